package fake

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/seed-e5e2407e/turnkeys/generated"
)

// departAsReported changes an answer to what the live API is reported to send in its place. The sources are those of
// contract.KnownDrift.
func departAsReported(answer *httptest.ResponseRecorder) {
	switch answer.Code {
	case http.StatusCreated:
		rewrite(answer, nameTheSecretSecret)
	case http.StatusBadRequest:
		rewrite(answer, addErrorChain)
	case http.StatusForbidden:
		rewrite(answer, leaveOutMessagesAndResult)
	case http.StatusTooManyRequests:
		rewrite(answer, lowerCode)
	}
}

func rewrite[Envelope any](answer *httptest.ResponseRecorder, change func(Envelope) any) {
	var envelope Envelope
	_ = json.Unmarshal(answer.Body.Bytes(), &envelope) // it is one of our own
	answer.Body.Reset()
	_ = json.NewEncoder(answer.Body).Encode(change(envelope))
}

// Source: pulumi-cloudflare issue 1674.
func nameTheSecretSecret(envelope generated.CreatedTurnKeyEnvelope) any {
	type result struct {
		Created  time.Time `json:"created"`
		Modified time.Time `json:"modified"`
		Name     string    `json:"name"`
		Secret   string    `json:"secret"`
		UID      string    `json:"uid"`
	}
	key := envelope.Result
	return struct {
		Errors   []generated.Message `json:"errors"`
		Messages []generated.Message `json:"messages"`
		Result   result              `json:"result"`
		Success  bool                `json:"success"`
	}{envelope.Errors, envelope.Messages, result{key.Created, key.Modified, key.Name, key.Key, key.UID}, true}
}

// Source: ddns-go issue 916.
func addErrorChain(envelope generated.FailureEnvelope) any {
	if envelope.Errors[0].Code != codeMalformedToken {
		return envelope
	}
	type chained struct {
		Code       int                 `json:"code"`
		ErrorChain []generated.Message `json:"error_chain"`
		Message    string              `json:"message"`
	}
	chain := []generated.Message{{Code: 6111, Message: "Invalid format for Authorization header"}}
	return struct {
		Errors   []chained           `json:"errors"`
		Messages []generated.Message `json:"messages"`
		Result   *struct{}           `json:"result"`
		Success  bool                `json:"success"`
	}{[]chained{{codeMalformedToken, chain, envelope.Errors[0].Message}}, envelope.Messages, nil, false}
}

// Source: CloudflareToAbuseIPDB issue 5.
func leaveOutMessagesAndResult(envelope generated.FailureEnvelope) any {
	return struct {
		Errors  []generated.Message `json:"errors"`
		Success bool                `json:"success"`
	}{envelope.Errors, false}
}

// Source: certbot-dns-cloudflare issue 6.
func lowerCode(envelope generated.FailureEnvelope) any {
	envelope.Errors[0].Code = 971
	return envelope
}
