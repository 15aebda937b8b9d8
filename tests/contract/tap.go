package contract

import (
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

// exchange returns what has passed.
func (t *tap) exchange() Exchange {
	request := t.sent.message()
	request.Header, request.Trailer = t.request.Header, t.request.Trailer
	if t.request.ContentLength > 0 && request.Header != nil {
		request.Header.Set("Content-Length", strconv.FormatInt(t.request.ContentLength, 10))
	}
	switch {
	case int64(len(request.Body)) == t.request.ContentLength:
		request.Err = nil // although nobody asked for the end
	case request.Err != nil && !errors.Is(request.Err, ErrTooLarge):
		request.Err = ErrPartial // the handler stopped early, or the client gave up
	}
	response := t.received.message()
	response.Header, response.Trailer = t.header, t.trailer
	if t.request.Context().Err() != nil && response.Err != nil && !errors.Is(response.Err, ErrTooLarge) {
		response.Err = ErrPartial // the client gave up
	}
	return Exchange{Method: t.request.Method, URL: t.request.URL, Request: request, Response: response, Status: t.status}
}

// recorder keeps what passes of a body: of one that is read through it, or one that is written to it.
type recorder struct {
	io.ReadCloser

	onEnd func() // may be called more than once

	mu   sync.Mutex
	kept []byte // nil if there was more than maxBody
	size int64
	err  error // how the body ended; nil while more may come
}

// record returns a body that is recorded while it is read.
func (r *recorder) record(body io.ReadCloser, onEnd func()) io.ReadCloser {
	r.ReadCloser, r.onEnd = body, onEnd
	return r
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
	if r.size += int64(len(p)); r.size > maxBody {
		r.kept = nil
	} else {
		r.kept = append(r.kept, p...)
	}
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
	case r.size > maxBody:
		return Message{Err: ErrTooLarge}
	case r.err == nil:
		return Message{Body: r.kept, Err: ErrPartial}
	case errors.Is(r.err, io.EOF):
		return Message{Body: r.kept}
	}
	return Message{Body: r.kept, Err: r.err}
}

func hasBody(body io.ReadCloser) bool { return body != nil && body != http.NoBody }
