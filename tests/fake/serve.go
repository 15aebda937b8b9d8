package fake

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// maxBody is how many bytes the body of a request may have.
const maxBody = 1 << 20

// document knows that the operations are under BasePath. The host does not count.
var document = func() *contract.Document {
	d, err := contract.OpenAPI().Under("http://localhost" + BasePath)
	panicOn("openapi.yaml", err)
	return d
}()

// ServeHTTP responds to one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, readErr := readBody(w, r)
	checked := a.check(r, body, readErr)
	faults := a.nextFaults(checked.OperationID)
	if wait(r.Context(), time.Duration(faults["delay"].value)) != nil {
		a.drop(r, checked.OperationID)
	}
	_ = wait(context.WithoutCancel(r.Context()), time.Duration(faults["late"].value))
	response := httptest.NewRecorder()
	if f, ok := faults["fail"]; ok {
		a.writeFault(response, r, f.value)
	} else if err := a.reject(r, checked, readErr); err != nil {
		writeFailure(response, r, err)
	} else {
		copied := r.WithContext(context.WithoutCancel(r.Context())) // the caller's keeps its body
		copied.Body = io.NopCloser(bytes.NewReader(body))
		a.router.ServeHTTP(response, copied)
	}
	if _, ok := faults["lose"]; ok {
		a.drop(r, checked.OperationID)
	}
	a.send(w, r, checked.OperationID, response)
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil { // a client's request, without a server in between
		return nil, nil
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
}

func isTooLarge(err error) bool {
	_, ok := errors.AsType[*http.MaxBytesError](err)
	return ok
}

// check compares a request with the document.
func (a *API) check(r *http.Request, body []byte, readErr error) contract.Checked {
	message := contract.Message{Header: r.Header.Clone(), Body: body, Err: readErr}
	if isTooLarge(readErr) {
		message.Err = contract.ErrPartial // the document has no limit
	}
	if r.ContentLength > 0 {
		message.Header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	}
	checked, _ := document.Examine(contract.Exchange{Method: r.Method, URL: r.URL, Request: message}, a.secrets())
	if a.onViolation != nil {
		for _, v := range checked.Violations {
			a.onViolation(v, a.redactedPath(r))
		}
	}
	return checked
}

var tokenPattern = regexp.MustCompile(`^[0-9A-Za-z_-]{40,}$`) // Cloudflare's have 40 or 53 characters

// reject returns why a request is rejected whatever keys there are, or nil.
func (a *API) reject(r *http.Request, checked contract.Checked, readErr error) error {
	if checked.OperationID == "" {
		return noOperation(r, a.redactedPath(r))
	}
	isSecurity := func(v contract.Violation) bool { return v.Rule == "security" }
	if slices.ContainsFunc(checked.Violations, isSecurity) {
		return errMalformedToken
	}
	token := bearerOf(r)
	accountID, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, BasePath+"/accounts/"), "/")
	switch account := a.account(accountID); {
	case account != nil && account.token == token:
	case tokenPattern.MatchString(token), slices.Contains(a.secrets().Tokens, token):
		return errUnauthorized
	default:
		return errMalformedToken
	}
	if isTooLarge(readErr) {
		return failure{http.StatusRequestEntityTooLarge, codeBadRequest, "The request body is larger than 1 MiB", nil}
	}
	for _, v := range checked.Violations {
		switch {
		case v.Rule == "operation": // a header that the fake ignores
		case v.At == "path:key_id":
			return errKeyNotFound
		case v.Rule == "contentType" || v.Rule == "contentEncoding":
			return failure{http.StatusUnsupportedMediaType, codeBadRequest, "Invalid request: " + v.At + ": " + v.Message, nil}
		default:
			return failure{http.StatusBadRequest, codeBadRequest, "Invalid request: " + v.At + ": " + v.Message, nil}
		}
	}
	return nil
}

// noOperation is the failure for a method and a path that are not documented.
func noOperation(r *http.Request, path string) failure {
	var allowed []string
	for _, o := range document.Operations() {
		found, _ := document.Examine(contract.Exchange{Method: o.Method, URL: r.URL}, contract.Secrets{})
		if found.OperationID == o.ID {
			allowed = append(allowed, o.Method)
		}
	}
	slices.Sort(allowed)
	if len(allowed) > 0 {
		return failure{http.StatusMethodNotAllowed, codeMethodNotAllowed, "Method " + r.Method + " not available for that URI.", allowed}
	}
	return failure{http.StatusNotFound, codeUnroutable, "Could not route to " + path + ", perhaps your object identifier is invalid?", nil}
}

// drop ends a request without a response: net/http closes the connection.
func (a *API) drop(r *http.Request, operationID string) {
	a.record(r, operationID, 0)
	panic(http.ErrAbortHandler)
}

func (a *API) send(w http.ResponseWriter, r *http.Request, operationID string, response *httptest.ResponseRecorder) {
	if a.asReported {
		departAsReported(operationID, response)
	}
	a.record(r, operationID, response.Code)
	maps.Copy(w.Header(), response.Header())
	w.Header().Set("CF-Ray", randomHex(8)+"-AMS")
	w.WriteHeader(response.Code)
	_, _ = w.Write(response.Body.Bytes())
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, says its documentation
	return hex.EncodeToString(b)
}

// redactedPath returns the path of a request as it may be shown: a confused client may have put a secret there.
func (a *API) redactedPath(r *http.Request) string {
	known := a.secrets()
	return credentials.Redact(r.URL.Path, slices.Concat(known.Keys, known.Tokens, []string{bearerOf(r)})...)
}

func bearerOf(r *http.Request) string {
	words := strings.Fields(r.Header.Get("Authorization"))
	return strings.Join(words[min(1, len(words)):], " ")
}
