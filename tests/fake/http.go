package fake

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/generated"
)

// Cloudflare's codes, but for those from 20400 on, which stand in for codes that nobody has published.
const (
	codeMalformedToken = 6003
	codeUnroutable     = 7003
	codeUnauthorized   = 10000
	codeKeyNotFound    = 20008
	codeBadBody        = 20400
	codeTooManyKeys    = 20401
	codeFault          = 20402
)

const maxRequestBody = 64 << 10

// failure is the error of an operation, and becomes a failure envelope.
type failure struct {
	status, code int
	message      string
}

func (f failure) Error() string { return f.message }

func writeFailure(w http.ResponseWriter, _ *http.Request, err error) {
	var f failure
	if !errors.As(err, &f) { // a body whose JSON does not fit the generated types
		f = failure{http.StatusBadRequest, codeBadBody, "The request's body does not fit its schema"}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(generated.FailureEnvelope{
		Errors:   []generated.Message{{Code: f.code, Message: f.message}},
		Messages: []generated.Message{},
	})
}

func unroutable(w http.ResponseWriter, r *http.Request) {
	writeFailure(w, r, failure{http.StatusNotFound, codeUnroutable, "Could not route to " + r.URL.Path + ", perhaps your object identifier is invalid?"})
}

var bearer = regexp.MustCompile(`^Bearer [0-9A-Za-z._~+/=-]+$`)

// authenticate lets a request through whose token is good for the account in its path.
func (a *API) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := r.Header.Get("Authorization")
		account := a.accounts[r.PathValue("account_id")]
		switch {
		case !bearer.MatchString(header):
			writeFailure(w, r, failure{http.StatusBadRequest, codeMalformedToken, "Invalid request headers"})
		case account == nil, header != "Bearer "+account.token:
			writeFailure(w, r, failure{http.StatusForbidden, codeUnauthorized, "Authentication error"})
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// requireJSONObject refuses what the generated decoder would let pass: a body that is cut off, goes on after its
// document, or is not an object.
func requireJSONObject(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost && r.Method != http.MethodPut {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBody))
		var object map[string]any
		switch {
		case err != nil:
			writeFailure(w, r, failure{http.StatusBadRequest, codeBadBody, "The request's body is cut off or too large"})
		case json.Unmarshal(body, &object) != nil || object == nil:
			writeFailure(w, r, failure{http.StatusBadRequest, codeBadBody, "The request's body is not one JSON object"})
		default:
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(w, r)
		}
	})
}

func hasDotOrEmptySegment(path string) bool {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	return slices.ContainsFunc(segments, func(s string) bool { return s == "" || s == "." || s == ".." })
}

func newRayID() string { return randomHex(8) + "-AMS" }

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, says its documentation
	return hex.EncodeToString(b)
}
