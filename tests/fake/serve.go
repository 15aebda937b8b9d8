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
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// document is openapi.yaml with the operations under BasePath. The host does not matter.
var document = func() *contract.Document {
	d, err := contract.OpenAPI().Under("http://localhost" + BasePath)
	panicOn("openapi.yaml", err)
	return d
}()

// call is a request to an API.
type call struct {
	*http.Request

	body       []byte
	isTooLarge bool
	token      string
	accountID  string
	violations []contract.Violation
	shown      Request
}

// ServeHTTP responds to one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := a.newCall(w, r)
	faults := a.nextFaults(c.shown.Operation, c.accountID)
	if !a.wait(r.Context(), faults["delay"].delay) || !a.wait(context.Background(), faults["late"].delay) {
		a.drop(c)
	}
	response := httptest.NewRecorder()
	if f, ok := faults["fail"]; ok {
		a.writeFault(response, r, f.status)
	} else if err := a.reject(c); err != nil {
		writeFailure(response, r, err)
	} else {
		copied := *r // the caller's request keeps its body
		copied.Body = io.NopCloser(bytes.NewReader(c.body))
		a.router.ServeHTTP(response, &copied)
	}
	if _, ok := faults["lose"]; ok {
		a.drop(c)
	}
	if a.asReported {
		departAsReported(c.shown.Operation, response)
	}
	a.record(c, response.Code)
	maps.Copy(w.Header(), response.Header())
	w.Header().Set("CF-Ray", randomHex(8)+"-AMS")
	w.WriteHeader(response.Code)
	_, _ = w.Write(response.Body.Bytes())
}

// drop ends a call without a response: net/http closes the connection.
func (a *API) drop(c *call) {
	a.record(c, 0)
	panic(http.ErrAbortHandler)
}

// newCall reads a request, checks it against the document, and records its violations.
func (a *API) newCall(w http.ResponseWriter, r *http.Request) *call {
	c := &call{Request: r}
	var err error
	if r.Body != nil { // it may be nil if no server has read the request
		c.body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	}
	if _, c.isTooLarge = errors.AsType[*http.MaxBytesError](err); c.isTooLarge {
		err = contract.ErrPartial // the document has no limit
	}
	message := contract.Message{Header: r.Header, Body: c.body, Err: err}
	known := a.secrets()
	checked, _ := document.Examine(contract.Exchange{Method: r.Method, URL: r.URL, Request: message}, known)
	c.violations = document.Mark(checked.Violations, a.accepted)
	c.accountID, _, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, BasePath+"/accounts/"), "/")
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	c.token = strings.TrimSpace(token)
	hidden := slices.Concat(known.Keys, known.Tokens, []string{c.token})
	c.shown = Request{
		Method: checked.Method, Path: credentials.Redact(r.URL.Path, hidden...), Operation: checked.OperationID,
		Body: credentials.Redact(string(c.body), hidden...),
	}
	a.report(c)
	return c
}

var tokenPattern = regexp.MustCompile(`^[0-9A-Za-z_-]{40,}$`) // Cloudflare's tokens have 40 or 53 characters

// reject returns why a call is rejected whatever keys exist, or nil.
func (a *API) reject(c *call) error {
	a.mu.Lock()
	account := a.accounts[c.accountID]
	a.mu.Unlock()
	switch {
	case c.shown.Operation == "":
		return noOperation(c)
	case slices.ContainsFunc(c.violations, func(v contract.Violation) bool { return v.Rule == "security" }):
		return errMalformedToken
	case account != nil && account.token == c.token:
	case tokenPattern.MatchString(c.token), slices.Contains(a.secrets().Tokens, c.token):
		return errUnauthorized
	default:
		return errMalformedToken
	}
	if c.isTooLarge {
		return failure{http.StatusRequestEntityTooLarge, codeBadRequest, "The request body is larger than 1 MiB", nil}
	}
	for _, v := range c.violations {
		f := failure{http.StatusBadRequest, codeBadRequest, "Invalid request: " + v.At + ": " + v.Message, nil}
		switch {
		case v.Rule == "operation": // a header that the fake ignores
			continue
		case v.At == "path:key_id":
			return errKeyNotFound
		case v.Rule == "contentType", v.Rule == "contentEncoding":
			f.status = http.StatusUnsupportedMediaType
		}
		return f
	}
	return nil
}

// noOperation is the failure for a method and a path that are not documented.
func noOperation(c *call) failure {
	var allowed []string
	for _, o := range document.Operations() {
		found, _ := document.Examine(contract.Exchange{Method: o.Method, URL: c.URL}, contract.Secrets{})
		if found.OperationID == o.ID {
			allowed = append(allowed, o.Method)
		}
	}
	if len(allowed) == 0 {
		message := "Could not route to " + c.shown.Path + ", perhaps your object identifier is invalid?"
		return failure{http.StatusNotFound, codeUnroutable, message, nil}
	}
	slices.Sort(allowed)
	return failure{http.StatusMethodNotAllowed, codeMethodNotAllowed, "Method " + c.shown.Method + " not available for that URI.", allowed}
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, according to its documentation
	return hex.EncodeToString(b)
}
