// Package record records bodies and a handler's response as they pass, without changing them.
package record

import (
	"errors"
	"io"
	"sync"
)

// ErrStopped means that a body was closed before its end.
var ErrStopped = errors.New("the reader of the body stopped before its end")

// Limit is the length of the longest body that is kept whole.
const Limit = 16 << 20

// Body records a body that is read through it or written to it.
type Body struct {
	io.ReadCloser

	// OnEnd is called once when the body ends, unless it is nil.
	OnEnd func()

	mu   sync.Mutex
	kept []byte
	err  error // how the body ended; nil while more may come
}

func (b *Body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	_, _ = b.Write(p[:n])
	if err != nil {
		b.End(err)
	}
	return n, err
}

// Close ends the body with ErrStopped if it has not ended.
func (b *Body) Close() error {
	b.End(ErrStopped)
	return b.ReadCloser.Close()
}

func (b *Body) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = append(b.kept, p[:min(len(p), Limit+1-len(b.kept))]...)
	return len(p), nil
}

// End notes how the body ended, io.EOF if it is complete. Only the first call counts.
func (b *Body) End(err error) {
	b.mu.Lock()
	isFirst := b.err == nil
	if isFirst {
		b.err = err
	}
	b.mu.Unlock()
	if isFirst && b.OnEnd != nil {
		b.OnEnd()
	}
}

// Kept returns the body, or the first Limit+1 bytes of a longer one, and how it ended: nil if it has not.
func (b *Body) Kept() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kept, b.err
}
