package record

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/felixge/httpsnoop"
)

// Response is what a handler sends.
type Response struct {
	// Status is 0 if nothing was sent, or if the handler has taken over the connection.
	Status          int
	Header, Trailer http.Header
	Body            Body

	hijacked bool
}

// Writer wraps a response writer, keeping its optional interfaces. It records the header as it is when the handler
// begins the response, but without a Content-Encoding that an outer middleware had already set.
func (r *Response) Writer(w http.ResponseWriter) http.ResponseWriter {
	encoding := slices.Clone(w.Header()["Content-Encoding"])
	started := func(status int) {
		if r.Status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
			r.Status, r.Header = status, w.Header().Clone()
			if slices.Equal(r.Header["Content-Encoding"], encoding) {
				r.Header.Del("Content-Encoding")
			}
		}
	}
	write := func(p []byte) (int, error) {
		started(http.StatusOK)
		n, err := w.Write(p)
		_, _ = r.Body.Write(p[:n])
		if err != nil {
			r.Body.End(err)
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
			return func(from io.Reader) (int64, error) { started(http.StatusOK); return next(io.TeeReader(from, &r.Body)) }
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
				r.hijacked = err == nil
				return connection, buffered, err
			}
		},
	})
}

// Returned notes what net/http sends when the handler has returned: a 200 if it wrote nothing, and trailers.
func (r *Response) Returned(header http.Header) {
	if r.Status == 0 {
		r.Status, r.Header = http.StatusOK, header.Clone()
	}
	if r.hijacked {
		r.Status = 0
	}
	r.Trailer = http.Header{}
	for name, values := range header {
		trailer, ok := strings.CutPrefix(name, http.TrailerPrefix)
		if ok || slices.Contains(r.Header.Values("Trailer"), name) {
			r.Trailer[trailer] = values
		}
	}
	r.Body.End(io.EOF)
}
