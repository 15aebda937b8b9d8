package contract

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
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

// Middleware checks the request and the response after the handler returns. It does not use the Checker's round tripper.
// The response of a handler that hijacks the connection is not checked. The ResponseWriter passed to the handler has
// Flush and Hijack, and http.ResponseController can do with it what it can do with the server's. http.MaxBytesReader cannot
// make the server close the connection through it.
func (c *Checker) Middleware(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := c.begin(r, &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath}) // a server has many hosts
		if t == nil {
			handler.ServeHTTP(w, r)
			return
		}
		recorded := t.recordBody(r)
		defer c.end(t)
		defer t.received.end(io.ErrUnexpectedEOF) // if the handler panics: net/http breaks the connection
		handler.ServeHTTP(&responseWriter{w, t, slices.Clone(w.Header()["Content-Encoding"])}, recorded)
		t.returned(w.Header())
	})
}

// responseWriter records the response that a handler writes. The header that counts is the one sent: as it is when the
// handler begins the response, without the encoding that a middleware around this one announced before.
type responseWriter struct {
	http.ResponseWriter

	tap      *tap
	encoding []string // announced before
}

// Unwrap is for http.ResponseController.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *responseWriter) start(status int) {
	if w.tap.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.tap.status, w.tap.header = status, w.Header().Clone()
		if slices.Equal(w.tap.header["Content-Encoding"], w.encoding) {
			w.tap.header.Del("Content-Encoding")
		}
	}
}

func (w *responseWriter) WriteHeader(status int) {
	w.start(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *responseWriter) Write(p []byte) (int, error) {
	w.start(http.StatusOK)
	n, err := w.ResponseWriter.Write(p)
	_, _ = w.tap.received.Write(p[:n])
	if err != nil {
		w.tap.received.end(err)
	}
	return n, err
}

func (w *responseWriter) Flush() { _ = w.FlushError() }

func (w *responseWriter) FlushError() error {
	w.start(http.StatusOK)
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *responseWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	connection, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	w.tap.hijacked = err == nil
	return connection, buffered, err
}

// returned notes what net/http sends when a handler has returned: a 200 if it wrote nothing, and trailers.
func (t *tap) returned(header http.Header) {
	if t.status == 0 {
		t.status, t.header = http.StatusOK, header.Clone()
	}
	if t.hijacked {
		t.status = 0
	}
	t.trailer = http.Header{}
	for name, values := range header {
		trailer, ok := strings.CutPrefix(name, http.TrailerPrefix)
		if ok || slices.Contains(t.header.Values("Trailer"), name) {
			t.trailer[trailer] = values
		}
	}
	t.received.end(io.EOF)
}
