package fake

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/generated"
)

// Cloudflare's codes, except 20400, which the fake uses where Cloudflare's code is not known.
const (
	codeMalformedToken   = 6003
	codeMethodNotAllowed = 7001
	codeUnroutable       = 7003
	codeUnauthorized     = 10000
	codeRateLimited      = 10100
	codeKeyNotFound      = 20008
	codeBadRequest       = 20400
)

// failure is why a request is rejected, and becomes a failure envelope.
type failure struct {
	status, code int
	message      string
	allow        []string // the methods of the path
}

func (f failure) Error() string { return f.message }

var (
	errMalformedToken = failure{http.StatusBadRequest, codeMalformedToken, "Invalid request headers", nil}
	errUnauthorized   = failure{http.StatusForbidden, codeUnauthorized, "Authentication error", nil}
	errKeyNotFound    = failure{http.StatusNotFound, codeKeyNotFound, "TURN key not found", nil}
	errTooManyKeys    = failure{http.StatusBadRequest, codeBadRequest, "An account may have 1,000 TURN keys", nil}
)

// writeFailure writes a failure. Any other error is from the generated code, about a request that it could not decode.
func writeFailure(w http.ResponseWriter, _ *http.Request, err error) {
	var f failure
	if !errors.As(err, &f) {
		f = failure{http.StatusBadRequest, codeBadRequest, "The request does not fit its schema", nil}
	}
	if f.allow != nil {
		w.Header().Set("Allow", strings.Join(f.allow, ", "))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(generated.FailureEnvelope{
		Errors:   []generated.Message{{Code: f.code, Message: f.message}},
		Messages: []generated.Message{},
	})
}

// departAsReported changes a response to what the live API is reported to send in its place. The sources are those of
// contract.KnownDrift.
func departAsReported(operationID string, response *httptest.ResponseRecorder) {
	switch {
	case operationID == "createTurnKey" && response.Code == http.StatusCreated:
		rewrite(response, nameTheSecretSecret)
	case response.Code == http.StatusBadRequest:
		rewrite(response, addErrorChain)
	case response.Code == http.StatusForbidden:
		rewrite(response, leaveOutMessagesAndResult)
	case response.Code == http.StatusTooManyRequests:
		rewrite(response, lowerCode)
	case operationID == "getTurnKey" && response.Code == http.StatusOK:
		rewrite(response, nullLists)
	}
}

// object is one of JSON's. Fields that the document gains stay in it.
type object = map[string]any

func rewrite(response *httptest.ResponseRecorder, change func(envelope object)) {
	var envelope object
	_ = json.Unmarshal(response.Body.Bytes(), &envelope) // it is one of our own
	change(envelope)
	response.Body.Reset()
	_ = json.NewEncoder(response.Body).Encode(envelope)
}

// Source: pulumi-cloudflare issue 1674.
func nameTheSecretSecret(envelope object) {
	key := envelope["result"].(object)
	key["secret"] = key["key"]
	delete(key, "key")
}

// Source: ddns-go issue 916.
func addErrorChain(envelope object) {
	if err := firstError(envelope); err["code"] == float64(codeMalformedToken) {
		err["error_chain"] = []object{{"code": 6111, "message": "Invalid format for Authorization header"}}
	}
}

// Source: CloudflareToAbuseIPDB issue 5.
func leaveOutMessagesAndResult(envelope object) {
	delete(envelope, "messages")
	delete(envelope, "result")
}

// Source: certbot-dns-cloudflare issue 6.
func lowerCode(envelope object) { firstError(envelope)["code"] = 971 }

// Source: cloudflare-go issue 587.
func nullLists(envelope object) {
	envelope["errors"], envelope["messages"] = nil, nil
}

func firstError(envelope object) object { return envelope["errors"].([]any)[0].(object) }
