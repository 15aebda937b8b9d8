package contract

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/record"
)

// tap records an exchange as it passes, without changing it.
type tap struct {
	start    time.Time
	request  *http.Request // a copy
	sent     record.Body
	response record.Response
}

// exchange returns what has passed. A client that gives up, and a handler that does not read a request, break no rule.
func (t *tap) exchange() Exchange {
	request, response := messageOf(&t.sent, true), messageOf(&t.response.Body, t.request.Context().Err() != nil)
	request.Header, request.Trailer = t.request.Header, t.request.Trailer
	response.Header, response.Trailer = t.response.Header, t.response.Trailer
	if t.request.ContentLength > 0 && request.Header != nil {
		request.Header.Set("Content-Length", strconv.FormatInt(t.request.ContentLength, 10))
	}
	if int64(len(request.Body)) == t.request.ContentLength {
		request.Err = nil // although nobody asked for the end
	}
	return Exchange{Method: t.request.Method, URL: t.request.URL, Request: request, Response: response, Status: t.response.Status}
}

// messageOf returns a body. Unless it is complete, it is truncated or, if its reader may have stopped early, partial.
func messageOf(body *record.Body, mayBePartial bool) Message {
	kept, err := body.Kept()
	switch {
	case len(kept) > maxBody:
		return Message{Err: ErrTooLarge}
	case errors.Is(err, io.EOF):
		return Message{Body: kept}
	case mayBePartial:
		return Message{Body: kept, Err: ErrPartial}
	}
	return Message{Body: kept, Err: cmp.Or(err, ErrPartial)}
}

func hasBody(body io.ReadCloser) bool { return body != nil && body != http.NoBody }

// recordRequest returns the request to pass on. A body that can be had twice is copied, so that net/http can still send
// it again over another connection. Another is recorded while it is read.
func (t *tap) recordRequest(r *http.Request) *http.Request {
	if !hasBody(r.Body) {
		t.sent.End(io.EOF)
		return r
	}
	if r.GetBody != nil {
		if body, err := r.GetBody(); err == nil {
			_, _ = io.Copy(&t.sent, io.LimitReader(body, maxBody+1))
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
		t := c.begin(r, &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath}) // a server has many hosts
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
