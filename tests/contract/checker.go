// Package contract checks HTTP requests and responses against openapi.yaml, and reports each violation with its place.
//
// Use [HTTPClient] to test a client and [Middleware] to test a server: both fail the test on a violation. Both are
// built on [Checker], a round tripper and a middleware that record violations. It turns each request and its response
// into an [Exchange], and passes it to [Document.Examine], a pure function that does all the checking. Violations that
// match [KnownDrift], reported behaviour that Cloudflare's reference does not document, are marked and fail no test.
//
// A Checker only observes: bodies of any length stream through it unchanged. It checks bodies of up to 16 MiB, and
// reports a longer one as too large to check.
package contract

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/record"
)

// Checker checks each request and each response that passes through it against the document. Create one with [New]. It is
// safe for concurrent use by multiple goroutines.
type Checker struct {
	next     http.RoundTripper
	load     func() (*Document, error)
	document *Document
	baseURL  *string // nil: check every request
	accepted []string

	mu        sync.Mutex
	exchanges []Checked
	open      int     // exchanges that have not ended
	elsewhere int     // requests outside the base URL
	secrets   Secrets // of the keys whose creation was seen
}

// Option changes what a [Checker] checks.
type Option func(*Checker)

// WithBaseURL limits checking to requests under a base URL, such as https://api.cloudflare.com/client/v4. Other requests
// pass through unchecked, as do requests under it that are unrelated to the document, such as token verification. As a
// middleware, the Checker compares only the path of the base URL.
func WithBaseURL(baseURL string) Option { return func(c *Checker) { c.baseURL = &baseURL } }

// WithAccepted names places where a violation is expected: it is reported as accepted and fails no test. A place is
// written OPERATION.STATUS:AT, as [Violation.Place] writes it: createTurnKey.201:/result/key. OPERATION and AT are
// globs as for path.Match; STATUS is a status, a class such as 4XX, request, or *. So *.4XX:/errors/*/code and
// *.request:query:* are places, too. The case of header names is ignored.
func WithAccepted(places ...string) Option {
	return func(c *Checker) { c.accepted = append(c.accepted, places...) }
}

// WithDocument replaces openapi.yaml with another OpenAPI 3.0 document, in YAML or JSON, that [Load] can read.
func WithDocument(openapi []byte) Option {
	return func(c *Checker) { c.load = func() (*Document, error) { return Load(openapi) } }
}

// WithTransport sets the round tripper that sends the requests, such as that of a TLS test server.
func WithTransport(next http.RoundTripper) Option { return func(c *Checker) { c.next = next } }

// New returns a Checker around next, or around http.DefaultTransport if next is nil. It returns a one-line error if the
// document, the base URL or an accepted place is invalid.
func New(next http.RoundTripper, options ...Option) (*Checker, error) {
	c := &Checker{next: next, load: embedded}
	for _, option := range options {
		option(c)
	}
	c.next = cmp.Or(c.next, http.DefaultTransport)
	var err error
	c.document, err = c.load()
	if err == nil && c.baseURL != nil {
		c.document, err = c.document.Under(*c.baseURL)
	}
	if err == nil {
		err = c.document.CheckPlaces(c.accepted)
	}
	if err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	return c, nil
}

// Exchanges returns the checked exchanges in the order they ended: when the response body was read to its end or closed.
func (c *Checker) Exchanges() []Checked {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.exchanges)
}

// Violations returns the violations of all exchanges.
func (c *Checker) Violations() []Violation {
	var all []Violation
	for _, e := range c.Exchanges() {
		all = append(all, e.Violations...)
	}
	return all
}

// Coverage returns how often each documented response was seen.
func (c *Checker) Coverage() Coverage { return c.document.Coverage(c.Exchanges()) }

// begin starts to record an exchange, or returns nil if its URL is outside the base URL.
func (c *Checker) begin(r *http.Request, u *url.URL) *tap {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.document.InScope(u) {
		c.elsewhere++
		return nil
	}
	c.open++
	return &tap{start: time.Now(), request: r.Clone(r.Context())}
}

// end checks the recorded exchange.
func (c *Checker) end(t *tap) {
	elapsed := time.Since(t.start)
	c.mu.Lock()
	known := c.secrets
	c.mu.Unlock()
	checked, secrets := c.document.Examine(t.exchange(), known)
	checked.Violations = c.document.Mark(checked.Violations, c.accepted)
	checked.Elapsed = elapsed
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	c.secrets = c.secrets.With(secrets)
	c.exchanges = append(c.exchanges, checked)
}

// tap records an exchange as it passes, without changing it.
type tap struct {
	start    time.Time
	request  *http.Request // a copy
	sent     record.Body
	response record.Response
}

// exchange returns what was recorded. It is no violation if a client gives up, or a handler does not read a request.
func (t *tap) exchange() Exchange {
	request, response := messageOf(&t.sent, true), messageOf(&t.response.Body, t.request.Context().Err() != nil)
	request.Header, request.Trailer = t.request.Header, t.request.Trailer
	response.Header, response.Trailer = t.response.Header, t.response.Trailer
	if t.request.ContentLength > 0 && request.Header != nil {
		request.Header.Set("Content-Length", strconv.FormatInt(t.request.ContentLength, 10))
	}
	if int64(len(request.Body)) == t.request.ContentLength {
		request.Err = nil // complete, although nobody read on to its end
	}
	return Exchange{Method: t.request.Method, URL: t.request.URL, Request: request, Response: response, Status: t.response.Status}
}

// messageOf returns a message with a recorded body. An incomplete one is truncated, or partial if that is no fault.
func messageOf(body *record.Body, mayBePartial bool) Message {
	kept, err := body.Kept()
	switch {
	case len(kept) > record.Limit:
		return Message{Err: ErrTooLarge}
	case errors.Is(err, io.EOF):
		return Message{Body: kept}
	case mayBePartial:
		return Message{Body: kept, Err: ErrPartial}
	}
	return Message{Body: kept, Err: cmp.Or(err, ErrPartial)}
}

func hasBody(body io.ReadCloser) bool { return body != nil && body != http.NoBody }

// recordRequest returns the request to pass on. If GetBody returns a copy of the body, that is recorded, so that
// net/http can still retry the request over another connection. Otherwise, the body is recorded while it is read.
func (t *tap) recordRequest(r *http.Request) *http.Request {
	if !hasBody(r.Body) {
		t.sent.End(io.EOF)
		return r
	}
	if r.GetBody != nil {
		if body, err := r.GetBody(); err == nil {
			_, _ = io.Copy(&t.sent, io.LimitReader(body, record.Limit+1))
			_ = body.Close()
			t.sent.End(io.EOF)
			return r
		}
	}
	recorded := r.WithContext(r.Context())
	t.sent.ReadCloser, recorded.Body = r.Body, &t.sent
	return recorded
}

// RoundTrip sends the request through the next round tripper and returns its response. Both are checked when the
// response body has been read to its end, or is closed.
func (c *Checker) RoundTrip(r *http.Request) (*http.Response, error) {
	t := c.begin(r, r.URL)
	if t == nil {
		return c.next.RoundTrip(r)
	}
	response, err := c.next.RoundTrip(t.recordRequest(r))
	if err != nil {
		c.end(t)
		return nil, err
	}
	recorded := &t.response
	recorded.Status, recorded.Header = response.StatusCode, response.Header.Clone()
	recorded.Body.OnEnd = func() { recorded.Trailer = response.Trailer; c.end(t) } // net/http sets it at the end of the body
	if !hasBody(response.Body) || response.StatusCode == http.StatusSwitchingProtocols {
		recorded.Body.End(io.EOF)
		return response, nil
	}
	recorded.Body.ReadCloser, response.Body = response.Body, &recorded.Body
	return response, nil
}

// CloseIdleConnections closes the next round tripper's idle connections.
func (c *Checker) CloseIdleConnections() {
	if next, ok := c.next.(interface{ CloseIdleConnections() }); ok {
		next.CloseIdleConnections()
	}
}

// Middleware checks the request and the response after the handler returns. It does not use the Checker's round tripper.
// The response of a handler that hijacks the connection is not checked. The ResponseWriter passed to the handler supports
// the same optional interfaces as the server's, but http.MaxBytesReader cannot make the server close the connection
// through it.
func (c *Checker) Middleware(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := c.begin(r, &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath}) // a server may have many host names
		if t == nil {
			handler.ServeHTTP(w, r)
			return
		}
		defer c.end(t)
		defer t.response.Body.End(io.ErrUnexpectedEOF) // if the handler panics: net/http breaks the connection
		handler.ServeHTTP(t.response.Writer(w), t.recordRequest(r))
		t.response.Returned(w.Header())
	})
}

// HTTPClient returns an http.Client for the client under test. The test fails when it ends if there was a violation that
// is neither known drift nor accepted, or if the client sent no request. A 5XX response is the server's fault and does
// not fail the test.
func HTTPClient(t testing.TB, options ...Option) *http.Client {
	t.Helper()
	isServers := func(v Violation) bool { return v.Rule == "status" && v.Status >= 500 }
	return &http.Client{Transport: newForTest(t, "this http.Client sent", isServers, options)}
}

// Middleware returns a handler that passes everything on to the handler under test. The test fails when it ends if there
// was a violation that is neither known drift nor accepted, or if the handler received no request.
func Middleware(t testing.TB, handler http.Handler, options ...Option) http.Handler {
	t.Helper()
	return newForTest(t, "this handler received", func(Violation) bool { return false }, options).Middleware(handler)
}

func newForTest(t testing.TB, subject string, passOver func(Violation) bool, options []Option) *Checker {
	t.Helper()
	c, err := New(nil, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		t.Helper()
		for _, v := range c.Violations() {
			if v.Fails() && !passOver(v) {
				t.Errorf("contract: %s", v)
			}
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case c.open > 0:
			t.Errorf("contract: %d responses were not checked: their bodies were neither read to the end nor closed", c.open)
		case len(c.exchanges) == 0 && c.elsewhere > 0:
			t.Errorf("contract: %s %d requests, none of them under %s", subject, c.elsewhere, c.document.base)
		case len(c.exchanges) == 0:
			t.Errorf("contract: %s no requests: does the code under test use it?", subject)
		}
	})
	return c
}
