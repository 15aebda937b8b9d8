package contract

import (
	"bufio"
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

	"github.com/felixge/httpsnoop"
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
	request, response := t.sent.message(true), t.received.message(t.request.Context().Err() != nil)
	request.Header, request.Trailer = t.request.Header, t.request.Trailer
	response.Header, response.Trailer = t.header, t.trailer
	if t.request.ContentLength > 0 && request.Header != nil {
		request.Header.Set("Content-Length", strconv.FormatInt(t.request.ContentLength, 10))
	}
	if int64(len(request.Body)) == t.request.ContentLength {
		request.Err = nil // although nobody asked for the end
	}
	return Exchange{Method: t.request.Method, URL: t.request.URL, Request: request, Response: response, Status: t.status}
}

// recorder keeps what passes of a body: of one that is read through it, or one that is written to it.
type recorder struct {
	io.ReadCloser

	onEnd func() // may be nil

	mu   sync.Mutex
	kept []byte // the first bytes, one more than are checked
	err  error  // how the body ended; nil while more may come
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	_, _ = r.Write(p[:n])
	if err != nil {
		r.end(err)
	}
	return n, err
}

func (r *recorder) Close() error {
	r.end(ErrPartial)
	return r.ReadCloser.Close()
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = append(r.kept, p[:min(len(p), maxBody+1-len(r.kept))]...)
	return len(p), nil
}

// end notes how the body ended. Only the first call counts.
func (r *recorder) end(err error) {
	r.mu.Lock()
	isFirst := r.err == nil
	if isFirst {
		r.err = err
	}
	r.mu.Unlock()
	if isFirst && r.onEnd != nil {
		r.onEnd()
	}
}

// message returns the body. Unless it is complete, it is truncated or, if its reader may have stopped early, partial.
func (r *recorder) message(mayBePartial bool) Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case len(r.kept) > maxBody:
		return Message{Err: ErrTooLarge}
	case errors.Is(r.err, io.EOF):
		return Message{Body: r.kept}
	case r.err == nil || mayBePartial:
		return Message{Body: r.kept, Err: ErrPartial}
	}
	return Message{Body: r.kept, Err: r.err}
}

func hasBody(body io.ReadCloser) bool { return body != nil && body != http.NoBody }

// recordRequest returns the request to pass on. A body that can be had twice is copied, so that net/http can still send
// it again over another connection. Another is recorded while it is read.
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
	t.status, t.header = response.StatusCode, response.Header.Clone()
	t.received.onEnd = func() { t.trailer = response.Trailer; c.end(t) } // net/http sets it at the end of the body
	if !hasBody(response.Body) || t.status == http.StatusSwitchingProtocols {
		t.received.end(io.EOF)
		return response, nil
	}
	t.received.ReadCloser, response.Body = response.Body, &t.received
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
		defer t.received.end(io.ErrUnexpectedEOF) // if the handler panics: net/http breaks the connection
		handler.ServeHTTP(t.recordResponse(w), t.recordRequest(r))
		t.returned(w.Header())
	})
}

// recordResponse wraps a response writer, keeping its optional interfaces. The header that counts is the one sent: as it
// is when the handler begins the response, without the encoding that a middleware around this one announced before.
func (t *tap) recordResponse(w http.ResponseWriter) http.ResponseWriter {
	encoding := slices.Clone(w.Header()["Content-Encoding"])
	started := func(status int) {
		if t.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
			t.status, t.header = status, w.Header().Clone()
			if slices.Equal(t.header["Content-Encoding"], encoding) {
				t.header.Del("Content-Encoding")
			}
		}
	}
	write := func(p []byte) (int, error) {
		started(http.StatusOK)
		n, err := w.Write(p)
		_, _ = t.received.Write(p[:n])
		if err != nil {
			t.received.end(err)
		}
		return n, err
	}
	return httpsnoop.Wrap(w, httpsnoop.Hooks{
		WriteHeader: func(next httpsnoop.WriteHeaderFunc) httpsnoop.WriteHeaderFunc {
			return func(status int) { started(status); next(status) }
		},
		Write: func(httpsnoop.WriteFunc) httpsnoop.WriteFunc { return write },
		WriteString: func(httpsnoop.WriteStringFunc) httpsnoop.WriteStringFunc {
			return func(s string) (int, error) { return write([]byte(s)) }
		},
		ReadFrom: func(next httpsnoop.ReadFromFunc) httpsnoop.ReadFromFunc {
			return func(r io.Reader) (int64, error) { started(http.StatusOK); return next(io.TeeReader(r, &t.received)) }
		},
		Flush: func(next httpsnoop.FlushFunc) httpsnoop.FlushFunc {
			return func() { started(http.StatusOK); next() }
		},
		FlushError: func(next httpsnoop.FlushErrorFunc) httpsnoop.FlushErrorFunc {
			return func() error { started(http.StatusOK); return next() }
		},
		Hijack: func(next httpsnoop.HijackFunc) httpsnoop.HijackFunc {
			return func() (connection net.Conn, buffered *bufio.ReadWriter, err error) {
				connection, buffered, err = next()
				t.hijacked = err == nil
				return connection, buffered, err
			}
		},
	})
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
