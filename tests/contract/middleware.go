package contract

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/felixge/httpsnoop"
)

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
		recorded := t.recordBody(r)
		defer c.end(t)
		defer t.received.end(io.ErrUnexpectedEOF) // if the handler panics: net/http breaks the connection
		handler.ServeHTTP(t.recordResponse(w), recorded)
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
	wrote := func(p []byte, err error) {
		_, _ = t.received.Write(p)
		if err != nil {
			t.received.end(err)
		}
	}
	return httpsnoop.Wrap(w, httpsnoop.Hooks{
		WriteHeader: func(next httpsnoop.WriteHeaderFunc) httpsnoop.WriteHeaderFunc {
			return func(status int) { started(status); next(status) }
		},
		Write: func(next httpsnoop.WriteFunc) httpsnoop.WriteFunc {
			return func(p []byte) (int, error) {
				started(http.StatusOK)
				n, err := next(p)
				wrote(p[:n], err)
				return n, err
			}
		},
		WriteString: func(next httpsnoop.WriteStringFunc) httpsnoop.WriteStringFunc {
			return func(s string) (int, error) {
				started(http.StatusOK)
				n, err := next(s)
				wrote([]byte(s[:n]), err)
				return n, err
			}
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
