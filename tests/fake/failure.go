package fake

import (
	"encoding/json"
	"errors"
	"net/http"
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
