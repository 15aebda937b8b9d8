package contract

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// tap records an exchange as it passes, without changing it.
type tap struct {
	start           time.Time
	request         *http.Request // a copy
	sent, received  recorder      // the bodies
	status          int           // 0: no response
	header, trailer http.Header   // of the response
	hijacked        bool
}

// exchange returns what has passed. A client that gives up, and a handler that does not read a request, break no rule.
func (t *tap) exchange() Exchange {
	request, response := t.sent.message(), t.received.message()
	request.Header, request.Trailer = t.request.Header, t.request.Trailer
	response.Header, response.Trailer = t.header, t.trailer
	if t.request.ContentLength > 0 && request.Header != nil {
		request.Header.Set("Content-Length", strconv.FormatInt(t.request.ContentLength, 10))
	}
	if int64(len(request.Body)) == t.request.ContentLength {
		request.Err = nil // although nobody asked for the end
	}
	if request.Err != nil && !errors.Is(request.Err, ErrTooLarge) {
		request.Err = ErrPartial
	}
	if t.request.Context().Err() != nil && response.Err != nil && !errors.Is(response.Err, ErrTooLarge) {
		response.Err = ErrPartial
	}
	return Exchange{Method: t.request.Method, URL: t.request.URL, Request: request, Response: response, Status: t.status}
}

// recorder keeps what passes of a body: of one that is read through it, or one that is written to it.
type recorder struct {
	io.ReadCloser

	onEnd func() // may be called more than once

	mu   sync.Mutex
	kept []byte // the first bytes, one more than are checked
	err  error  // how the body ended; nil while more may come
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	_, _ = r.Write(p[:n])
	if err != nil {
		r.end(err)
		r.onEnd()
	}
	return n, err
}

func (r *recorder) Close() error {
	r.end(ErrPartial)
	err := r.ReadCloser.Close()
	r.onEnd()
	return err
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = append(r.kept, p[:min(len(p), maxBody+1-len(r.kept))]...)
	return len(p), nil
}

// end notes how the body ended, once.
func (r *recorder) end(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
}

func (r *recorder) message() Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case len(r.kept) > maxBody:
		return Message{Err: ErrTooLarge}
	case errors.Is(r.err, io.EOF):
		return Message{Body: r.kept}
	}
	return Message{Body: r.kept, Err: cmp.Or(r.err, ErrPartial)}
}

func hasBody(body io.ReadCloser) bool { return body != nil && body != http.NoBody }

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
	t.received.ReadCloser, t.received.onEnd = response.Body, sync.OnceFunc(func() { c.end(t) })
	response.Body = &t.received
	return response, nil
}

// recordRequest returns the request to send. A body that can be had twice is copied, so that net/http can still send it
// again over another connection.
func (t *tap) recordRequest(r *http.Request) *http.Request {
	if hasBody(r.Body) && r.GetBody != nil {
		if body, err := r.GetBody(); err == nil {
			_, _ = io.Copy(&t.sent, io.LimitReader(body, maxBody+1))
			_ = body.Close()
			t.sent.end(io.EOF)
			return r
		}
	}
	return t.recordBody(r)
}

// recordBody returns a request whose body is recorded while it is read.
func (t *tap) recordBody(r *http.Request) *http.Request {
	if !hasBody(r.Body) {
		t.sent.end(io.EOF)
		return r
	}
	recorded := r.WithContext(r.Context())
	t.sent.ReadCloser, t.sent.onEnd, recorded.Body = r.Body, func() {}, &t.sent
	return recorded
}

// CloseIdleConnections closes the next round tripper's idle connections.
func (c *Checker) CloseIdleConnections() {
	if next, ok := c.next.(interface{ CloseIdleConnections() }); ok {
		next.CloseIdleConnections()
	}
}
