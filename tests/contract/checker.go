// Package contract checks HTTP requests and responses against openapi.yaml, and reports each violation with its place.
//
//   - [HTTPClient] is for the test of a client, [Middleware] for the test of a server: both fail the test on a violation.
//   - Both are built on [Checker], which you can also use directly: an http.RoundTripper and a middleware that record
//     violations.
//   - [KnownDrift] lists what Cloudflare's live API is reported to do although its reference does not say so. Violations
//     of that kind are marked and fail nothing.
//
// A checker watches and changes nothing: bodies of any length stream through it. It checks the first 16 MiB of a body,
// and reports a longer one as too large to check.
package contract

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Checker checks each request and each response that passes through it against the document. Make it with [New]; it is
// safe for use by many goroutines at once.
type Checker struct {
	next     http.RoundTripper
	document *document
	baseURL  *url.URL // nil: check every request
	accepted []string

	mu        sync.Mutex
	exchanges []Exchange
	open      int      // exchanges that have not ended
	elsewhere int      // requests that were none of the checker's business
	secrets   []string // of the keys whose creation was seen
}

// Exchange is one request and its response, checked.
type Exchange struct {
	// OperationID and Path, a template, are "" if no operation is documented for the request.
	OperationID string `json:"operationId,omitempty"`
	Method      string `json:"method"`
	Path        string `json:"path,omitempty"`
	// Status is the response's, or 0 if there was none.
	Status int `json:"status,omitempty"`
	// Documented names the response in the document, such as "201" or "4XX"; "" if the document has none.
	Documented string `json:"documented,omitempty"`
	// Elapsed is the time until the end of the response's body.
	Elapsed    time.Duration `json:"elapsedNanoseconds"`
	Violations []Violation   `json:"violations,omitempty"`
}

// Option changes what a [Checker] checks.
type Option func(*Checker) error

// WithBaseURL limits the checks to the requests below a base URL, such as https://api.cloudflare.com/client/v4. Others
// pass through unchecked, and so do those below it that have nothing to do with the document, such as the verification
// of a token. In front of a handler, only the path of the base URL counts.
func WithBaseURL(baseURL string) Option {
	return func(c *Checker) error {
		u, err := url.Parse(strings.TrimRight(baseURL, "/"))
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("base URL: want one such as https://api.cloudflare.com/client/v4, got %q", baseURL)
		}
		c.baseURL = u
		return nil
	}
}

// WithAccepted names places where a violation is expected: it is reported as accepted and fails no test. A place is
// written OPERATION.STATUS:AT, as [Violation.Place] writes it. OPERATION may be *; STATUS is a status, a class such as
// 4XX, request, or *; and any segment of AT may be *: createTurnKey.201:/result/key, *.4XX:/errors/*/code,
// editTurnKey.request:/name.
func WithAccepted(places ...string) Option {
	return func(c *Checker) error {
		c.accepted = append(c.accepted, places...)
		return nil
	}
}

// WithDocument replaces openapi.yaml by another OpenAPI 3.0 document, in YAML or JSON.
func WithDocument(openapi []byte) Option {
	return func(c *Checker) (err error) {
		c.document, err = loadDocument(openapi)
		return err
	}
}

// New returns a Checker around next, or around http.DefaultTransport if next is nil. The error, of one line, says what
// is wrong with the document, the base URL or an accepted place.
func New(next http.RoundTripper, options ...Option) (*Checker, error) {
	if next == nil {
		next = http.DefaultTransport
	}
	c := &Checker{next: next}
	for _, option := range options {
		if err := option(c); err != nil {
			return nil, fmt.Errorf("contract: %w", err)
		}
	}
	if c.document == nil {
		document, err := embedded()
		if err != nil {
			return nil, fmt.Errorf("contract: %w", err)
		}
		c.document = document
	}
	for _, place := range c.accepted {
		if err := c.document.checkPlace(place); err != nil {
			return nil, fmt.Errorf("contract: %w", err)
		}
	}
	return c, nil
}

// Exchanges returns what was checked, in the order in which it ended: when the body of the response was read to its end
// or closed.
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

// Mark returns a violation with Known and Accepted set. The checker's own are marked; this is for those that a caller
// finds by comparing exchanges.
func (c *Checker) Mark(v Violation) Violation {
	for _, drift := range knownDrift {
		if drift.Matches(v) {
			v.Known = drift.Source
		}
	}
	v.Accepted = slices.ContainsFunc(c.accepted, v.Matches)
	return v
}

// begin notes a request, and returns nil if it is none of the checker's business.
func (c *Checker) begin(r *http.Request, concerned bool) *traffic {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !concerned {
		c.elsewhere++
		return nil
	}
	c.open++
	return &traffic{start: time.Now(), request: r.Clone(r.Context()), sent: &capture{}, answered: &capture{}}
}

// end checks what passed.
func (c *Checker) end(t *traffic) {
	elapsed := time.Since(t.start)
	exchange := c.check(t)
	exchange.Elapsed = elapsed
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	c.exchanges = append(c.exchanges, exchange)
}
