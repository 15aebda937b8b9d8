// Package contract holds requests and responses against openapi.yaml, and says where they depart from it.
//
// A [Checker] is an http.RoundTripper around another; [Run] drives a whole server through the five operations.
package contract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
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
	// OperationID is "" if no operation is documented for the request.
	OperationID string `json:"operationId,omitempty"`
	Method      string `json:"method"`
	Path        string `json:"path,omitempty"` // a template
	// Status is the response's, or 0 if there was none.
	Status int `json:"status,omitempty"`
	// Documented is the response in the document that this one is, such as "201" or "4XX", or "".
	Documented string        `json:"documented,omitempty"`
	Elapsed    time.Duration `json:"-"`
	Violations []Violation   `json:"violations"`
}

// New returns a Checker around next, or around http.DefaultTransport if next is nil.
func New(next http.RoundTripper) *Checker {
	if next == nil {
		next = http.DefaultTransport
	}
	return &Checker{next: next}
}

// RoundTrip checks the request, sends it through the next round tripper, and checks the response.
func (c *Checker) RoundTrip(r *http.Request) (*http.Response, error) {
	requestBody, err := readAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("contract: reading the request's body: %w", err)
	}
	checked, violations := embedded().checkRequest(r, requestBody)
	result := Exchange{Method: r.Method, Violations: violations}
	if checked.route != nil {
		result.OperationID, result.Path = checked.route.Operation.OperationID, checked.route.Path
	}
	start := time.Now()
	defer func() {
		result.Elapsed = time.Since(start)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.exchanges = append(c.exchanges, result)
	}()

	request := r.Clone(r.Context())
	if r.Body != nil && r.Body != http.NoBody {
		request.Body = io.NopCloser(bytes.NewReader(requestBody))
	}
	response, err := c.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	result.Status = response.StatusCode
	responseBody, readErr := readAll(response.Body)
	response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(responseBody), failing{readErr}))
	documented, violations := checked.checkResponse(response.StatusCode, response.Header, responseBody, readErr)
	result.Documented = documented
	result.Violations = append(result.Violations, violations...)
	return response, nil
}

// Exchanges returns everything that went through, in the order in which it ended.
func (c *Checker) Exchanges() []Exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.exchanges)
}

// Violations returns those of all exchanges.
func (c *Checker) Violations() []Violation { return violations(c.Exchanges()) }

func violations(exchanges []Exchange) []Violation {
	var all []Violation
	for _, e := range exchanges {
		all = append(all, e.Violations...)
	}
	return all
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
