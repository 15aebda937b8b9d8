package contract

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

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
		if hasBody(r.Body) {
			r = r.WithContext(r.Context())
			r.Body = t.sent.record(r.Body, func() {})
		} else {
			t.sent.end(io.EOF)
		}
		defer c.end(t)
		defer t.received.end(io.ErrUnexpectedEOF) // if the handler panics: net/http breaks the connection
		handler.ServeHTTP(&responseWriter{w, t, slices.Clone(w.Header()["Content-Encoding"])}, r)
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
