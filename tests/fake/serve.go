package fake

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// maxBody is how many bytes the body of a request may have.
const maxBody = 1 << 20

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	allowed := a.allowedMethods(r)
	if slices.Contains(allowed, r.Method) {
		a.router.ServeHTTP(w, r) // goes on in serve
		return
	}
	answer := httptest.NewRecorder()
	if len(allowed) == 0 {
		writeFailure(answer, r, unroutable(pathWithoutToken(r)))
	} else {
		answer.Header().Set("Allow", strings.Join(allowed, ", "))
		writeFailure(answer, r, methodNotAllowed(r.Method))
	}
	a.send(w, r, "", answer)
}

// allowedMethods returns the documented methods of a request's path. The router's own idea of them is broader: to it a
// GET is a HEAD too, and a path that is not clean is a redirect.
func (a *API) allowedMethods(r *http.Request) []string {
	for segment := range strings.SplitSeq(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/") {
		segment, _ = url.PathUnescape(segment)
		if segment == "" || segment == "." || segment == ".." {
			return nil
		}
	}
	var allowed []string
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodPatch, http.MethodPost, http.MethodPut} {
		probe := r.WithContext(r.Context())
		probe.Method = method
		if _, pattern := a.router.Handler(probe); strings.HasPrefix(pattern, method+" ") {
			allowed = append(allowed, method)
		}
	}
	return allowed
}

// serve makes a handler that answers a request for an operation: as the faults want it, with a refusal, or with what
// next answers. The generated strict handler has a middleware too, but calls it only after it has decoded the body.
func (a *API) serve(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.answer(operationOf(r), w, r, next) })
}

// operationOf returns the operation that the router has chosen for a request.
func operationOf(r *http.Request) *contract.Operation {
	all := contract.OpenAPI().Operations()
	return all[slices.IndexFunc(all, func(o *contract.Operation) bool { return o.Method+" "+BasePath+o.Path == r.Pattern })]
}

func (a *API) answer(operation *contract.Operation, w http.ResponseWriter, r *http.Request, next http.Handler) {
	body, readErr := readBody(w, r)
	r = r.WithContext(r.Context()) // a copy: the caller's keeps its body
	r.Body = io.NopCloser(bytes.NewReader(body))
	fault := a.nextFault(operation.ID)
	if wait(r.Context(), fault.delay) != nil {
		a.drop(r, operation.ID)
	}
	answer := httptest.NewRecorder()
	if fault.status != 0 {
		a.writeFault(answer, r, fault.status)
	} else if err := a.checkRequest(operation, r, body, readErr); err != nil {
		writeFailure(answer, r, err)
	} else {
		next.ServeHTTP(answer, r)
	}
	if fault.lost {
		a.drop(r, operation.ID)
	}
	a.send(w, r, operation.ID, answer)
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil { // a client's request, without a server in between
		return nil, nil
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
}

// drop ends a request without an answer: net/http closes the connection.
func (a *API) drop(r *http.Request, operationID string) {
	a.record(r, operationID, 0)
	panic(http.ErrAbortHandler)
}

func (a *API) send(w http.ResponseWriter, r *http.Request, operationID string, answer *httptest.ResponseRecorder) {
	if a.asReported {
		departAsReported(operationID, answer)
	}
	a.record(r, operationID, answer.Code)
	maps.Copy(w.Header(), answer.Header())
	w.Header().Set("CF-Ray", randomHex(8)+"-AMS")
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, says its documentation
	return hex.EncodeToString(b)
}

// pathWithoutToken returns a request's path as it may be shown: a confused client may have put its token there.
func pathWithoutToken(r *http.Request) string {
	return credentials.Redact(r.URL.Path, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
}
