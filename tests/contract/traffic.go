package contract

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxChecked is how much of a body is kept and checked. Longer bodies pass, and are reported.
const maxChecked = 16 << 20

// traffic is what passed in one exchange.
type traffic struct {
	start          time.Time
	request        *http.Request // a copy; its body is sent
	sent, answered *capture

	status          int // 0: no answer
	header, trailer http.Header
	hijacked        bool
}

// capture keeps what passes of a body.
type capture struct {
	mu    sync.Mutex
	bytes []byte // the first maxChecked, or nil if there were more
	size  int64
	err   error // how it ended: io.EOF, errLeft, or what broke it; nil while more may come
}

// errLeft ends a body that its reader has left before the end.
var errLeft = errors.New("left before its end")

func (c *capture) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.size += int64(len(p)); c.size > maxChecked {
		c.bytes = nil
	} else {
		c.bytes = append(c.bytes, p...)
	}
	return len(p), nil
}

// end notes how the body ended, once.
func (c *capture) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
}

// passed returns a body as far as it passed.
func (c *capture) passed() passed {
	c.mu.Lock()
	defer c.mu.Unlock()
	return passed{c.bytes, c.size, c.err}
}

// sentBody returns what passed of the request's body. If that is not all, its reader has left it or its sender has given
// up: neither violates the document.
func (t *traffic) sentBody() passed {
	body := t.sent.passed()
	switch {
	case body.size > 0 && body.size == t.request.ContentLength:
		body.err = io.EOF // although nobody asked for the end
	case !body.complete():
		body.err = errLeft
	}
	return body
}

// answeredBody returns what passed of the response's body. A client that gives up does not make it a violation.
func (t *traffic) answeredBody() passed {
	body := t.answered.passed()
	if t.request.Context().Err() != nil && !body.complete() {
		body.err = errLeft
	}
	return body
}

type passed struct {
	bytes []byte
	size  int64
	err   error
}

func (p passed) complete() bool { return errors.Is(p.err, io.EOF) }

// left says that the reader of the body did not wait for its end.
func (p passed) left() bool { return p.err == nil || errors.Is(p.err, errLeft) }

// watched is a body that is captured while it is read.
type watched struct {
	io.ReadCloser

	capture *capture
	ended   func() // may be called more than once
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	_, _ = w.capture.Write(p[:n])
	if err != nil {
		w.capture.end(err)
		w.ended()
	}
	return n, err
}

func (w *watched) Close() error {
	w.capture.end(errLeft)
	err := w.ReadCloser.Close()
	w.ended()
	return err
}

func hasBody(body io.ReadCloser) bool { return body != nil && body != http.NoBody }
