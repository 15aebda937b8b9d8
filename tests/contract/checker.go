// Package contract holds requests and responses against openapi.yaml, and says where they depart from it.
//
// A [Checker] checks what passes through it: as an http.RoundTripper in a client, as a middleware in a server.
// [HTTPClient] is one for a test. [Run] drives a whole server through the five operations.
package contract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// maxBody is how much of a body is held against the document.
const maxBody = 32 << 20

// Checker is a round tripper that holds every request and every response against the document. It changes neither, and
// passes on those that violate it. Make it with [New]; it is safe for use by many goroutines at once.
type Checker struct {
	next http.RoundTripper

	mu        sync.Mutex
	exchanges []Exchange
}

// Exchange is one request and its response, checked.
type Exchange struct {
	// OperationID and Path, a template, are "" if no operation is documented for the request.
	OperationID string `json:"operationId,omitempty"`
	Method      string `json:"method"`
	Path        string `json:"path,omitempty"`
	// Status is the response's, or 0 if there was none.
	Status int `json:"status,omitempty"`
	// Documented is the response in the document that this one is, such as "201" or "4XX", or "".
	Documented string        `json:"documented,omitempty"`
	Elapsed    time.Duration `json:"elapsedNanoseconds"`
	Violations []Violation   `json:"violations,omitempty"`
}

// New returns a Checker around next, or around http.DefaultTransport if next is nil.
func New(next http.RoundTripper) *Checker {
	if next == nil {
		next = http.DefaultTransport
	}
	return &Checker{next: next}
}

// HTTPClient returns an http.Client for the code under test. If anything that passes through it violates the document,
// the test fails when it ends, with a line for each violation.
func HTTPClient(t testing.TB) *http.Client {
	t.Helper()
	checker := New(nil)
	t.Cleanup(func() {
		for _, v := range checker.Violations() {
			t.Errorf("contract: %s", v)
		}
	})
	return &http.Client{Transport: checker}
}

// RoundTrip checks the request, sends it through the next round tripper, and checks the response.
func (c *Checker) RoundTrip(r *http.Request) (*http.Response, error) {
	request, result, err := check(r)
	if err != nil {
		return nil, fmt.Errorf("contract: reading the request's body: %w", err)
	}
	defer c.record(result)
	response, err := c.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := readAll(response.Body)
	response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
	result.finish(response.StatusCode, response.Header, body, err)
	return response, nil
}

// Middleware checks what a handler gets and what it answers: a gateway or another fake, say. It hands an answer on
// when the handler has returned, so a handler that streams does not stream through it.
func (c *Checker) Middleware(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, result, err := check(r)
		if err != nil {
			http.Error(w, "contract: the request's body could not be read", http.StatusBadRequest)
			return
		}
		defer c.record(result)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		body := answer.Body.Bytes()
		result.finish(answer.Code, answer.Header(), body, nil)

		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(body)
	})
}

// Exchanges returns everything that went through, in the order in which it ended.
func (c *Checker) Exchanges() []Exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.exchanges)
}

// Violations returns those of all exchanges.
func (c *Checker) Violations() []Violation {
	var all []Violation
	for _, e := range c.Exchanges() {
		all = append(all, e.Violations...)
	}
	return all
}

func (c *Checker) record(u *underway) {
	u.Elapsed = time.Since(u.start)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.exchanges = append(c.exchanges, u.Exchange)
}

// underway is an exchange whose request has been checked.
type underway struct {
	Exchange

	checked *exchange
	start   time.Time
}

// check checks a request, and returns it with a body that can be read again.
func check(r *http.Request) (*http.Request, *underway, error) {
	body, err := readAll(r.Body)
	if err != nil {
		return nil, nil, err
	}
	request := r.Clone(r.Context())
	if r.Body != nil && r.Body != http.NoBody {
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	checked, violations := embedded().checkRequest(r, body)
	u := &underway{Exchange: Exchange{Method: checked.method, Violations: violations}, checked: checked, start: time.Now()}
	if checked.route != nil {
		u.OperationID, u.Path = checked.route.Operation.OperationID, checked.route.Path
	}
	return request, u, nil
}

func (u *underway) finish(status int, header http.Header, body []byte, readErr error) {
	documented, violations := u.checked.checkResponse(status, header, body, readErr)
	u.Status, u.Documented = status, documented
	u.Violations = append(u.Violations, violations...)
}

// readAll reads and closes a body.
func readAll(body io.ReadCloser) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	defer func() { _ = body.Close() }()
	data, err := io.ReadAll(io.LimitReader(body, maxBody))
	if err == nil && len(data) == maxBody {
		err = errors.New("contract: the body is too large to check")
	}
	return data, err
}

// failing is the end of a body that could not be read to its end.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}
