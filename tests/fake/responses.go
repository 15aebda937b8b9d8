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

// failure is the reason that a request is rejected, and becomes a failure envelope.
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
)

// writeFailure writes a failure. Any other error is from the generated code, about a request that it could not decode.
func writeFailure(w http.ResponseWriter, _ *http.Request, err error) {
	f, ok := errors.AsType[failure](err)
	if !ok {
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

// departAsReported changes a response to what the live API is reported to send instead. The sources are those of
// contract.KnownDrift.
func departAsReported(operationID string, response *httptest.ResponseRecorder) {
	var envelope map[string]any // keeps fields that openapi.yaml gains
	if json.Unmarshal(response.Body.Bytes(), &envelope) != nil {
		return // the HTML page of a 5XX
	}
	switch {
	case operationID == "createTurnKey" && response.Code == http.StatusCreated: // pulumi-cloudflare issue 1674
		key := envelope["result"].(map[string]any)
		key["secret"] = key["key"]
		delete(key, "key")
	case operationID == "getTurnKey" && response.Code == http.StatusOK: // cloudflare-go issue 587
		envelope["errors"], envelope["messages"] = nil, nil
	case response.Code == http.StatusForbidden: // CloudflareToAbuseIPDB issue 5
		delete(envelope, "messages")
		delete(envelope, "result")
	case response.Code == http.StatusTooManyRequests: // certbot-dns-cloudflare issue 6
		firstError(envelope)["code"] = 971
	case response.Code == http.StatusBadRequest && firstError(envelope)["code"] == float64(codeMalformedToken): // ddns-go issue 916
		firstError(envelope)["error_chain"] = []map[string]any{{"code": 6111, "message": "Invalid format for Authorization header"}}
	}
	response.Body.Reset()
	_ = json.NewEncoder(response.Body).Encode(envelope)
}

func firstError(envelope map[string]any) map[string]any {
	return envelope["errors"].([]any)[0].(map[string]any)
}
