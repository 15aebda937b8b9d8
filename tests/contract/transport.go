package contract

import (
	"io"
	"net/http"
	"strings"
	"sync"
)

// RoundTrip sends the request through the next round tripper and returns its response. Both are checked when the
// response's body has been read to its end, or is closed.
func (c *Checker) RoundTrip(r *http.Request) (*http.Response, error) {
	t := c.begin(r, c.concerns(r))
	if t == nil {
		return c.next.RoundTrip(r)
	}
	response, err := c.next.RoundTrip(t.watchRequest(r))
	if err != nil {
		c.end(t)
		return nil, err
	}
	t.status, t.header, t.trailer = response.StatusCode, response.Header.Clone(), response.Trailer
	if !hasBody(response.Body) || t.status == http.StatusSwitchingProtocols {
		t.answered.end(io.EOF)
		c.end(t)
		return response, nil
	}
	response.Body = &watched{response.Body, t.answered, sync.OnceFunc(func() { c.end(t) })}
	return response, nil
}

// watchRequest returns the request to send. A body that can be had twice is copied: so net/http can still send it again
// over another connection.
func (t *traffic) watchRequest(r *http.Request) *http.Request {
	if !hasBody(r.Body) {
		t.sent.end(io.EOF)
		return r
	}
	if r.GetBody != nil {
		if body, err := r.GetBody(); err == nil {
			_, _ = io.Copy(t.sent, io.LimitReader(body, maxChecked+1))
			_ = body.Close()
			t.sent.end(io.EOF)
			return r
		}
	}
	watching := r.Clone(r.Context())
	watching.Body = &watched{r.Body, t.sent, func() {}}
	return watching
}

// CloseIdleConnections closes the next round tripper's idle connections.
func (c *Checker) CloseIdleConnections() {
	if next, ok := c.next.(interface{ CloseIdleConnections() }); ok {
		next.CloseIdleConnections()
	}
}

// concerns says whether a client's request is to be checked.
func (c *Checker) concerns(r *http.Request) bool {
	if c.baseURL == nil {
		return true
	}
	return strings.EqualFold(hostPort(r.URL), hostPort(c.baseURL)) && c.concernsPath(r.URL)
}
