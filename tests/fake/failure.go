package fake

import (
	"encoding/json"
	"errors"
	"net/http"

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

// failure is why a request is refused, and becomes a failure envelope.
type failure struct {
	status, code int
	message      string
}

func (f failure) Error() string { return f.message }

var (
	errMalformedToken = failure{http.StatusBadRequest, codeMalformedToken, "Invalid request headers"}
	errUnauthorized   = failure{http.StatusForbidden, codeUnauthorized, "Authentication error"}
	errKeyNotFound    = failure{http.StatusNotFound, codeKeyNotFound, "TURN key not found"}
	errTooManyKeys    = failure{http.StatusBadRequest, codeBadRequest, "An account may hold 1,000 TURN keys"}
)

func badRequest(message string) failure {
	return failure{http.StatusBadRequest, codeBadRequest, message}
}

func unroutable(path string) failure {
	return failure{http.StatusNotFound, codeUnroutable, "Could not route to " + path + ", perhaps your object identifier is invalid?"}
}

func methodNotAllowed(method string) failure {
	return failure{http.StatusMethodNotAllowed, codeMethodNotAllowed, "Method " + method + " not available for that URI."}
}

// writeFailure writes a failure; any other error is the generated code's, about a request that it could not decode.
func writeFailure(w http.ResponseWriter, _ *http.Request, err error) {
	var f failure
	if !errors.As(err, &f) {
		f = badRequest("The request does not fit its schema")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(generated.FailureEnvelope{
		Errors:   []generated.Message{{Code: f.code, Message: f.message}},
		Messages: []generated.Message{},
	})
}
