package contract

import (
	"io"
	"net/http"
	"sync"
)

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
	t.status, t.header, t.trailer = response.StatusCode, response.Header.Clone(), response.Trailer
	if !hasBody(response.Body) || t.status == http.StatusSwitchingProtocols {
		t.received.end(io.EOF)
		c.end(t)
		return response, nil
	}
	response.Body = t.received.record(response.Body, sync.OnceFunc(func() { c.end(t) }))
	return response, nil
}

// recordRequest returns the request to send. A body that can be had twice is copied, so that net/http can still send it
// again over another connection.
func (t *tap) recordRequest(r *http.Request) *http.Request {
	if !hasBody(r.Body) {
		t.sent.end(io.EOF)
		return r
	}
	if r.GetBody != nil {
		if body, err := r.GetBody(); err == nil {
			_, _ = io.Copy(&t.sent, io.LimitReader(body, maxBody+1))
			_ = body.Close()
			t.sent.end(io.EOF)
			return r
		}
	}
	recorded := r.Clone(r.Context())
	recorded.Body = t.sent.record(r.Body, func() {})
	return recorded
}

// CloseIdleConnections closes the next round tripper's idle connections.
func (c *Checker) CloseIdleConnections() {
	if next, ok := c.next.(interface{ CloseIdleConnections() }); ok {
		next.CloseIdleConnections()
	}
}
