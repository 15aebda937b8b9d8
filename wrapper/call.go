package turnkeys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync/atomic"
	"time"
)

// operation is an operation of openapi.yaml.
type operation struct {
	id      string // its operationId
	creates bool   // sending it twice makes two
}

// attemptTimeout is how long one attempt may take, reading the response included.
const attemptTimeout = 30 * time.Second

var (
	errNilContext     = errors.New("the context is nil")
	errCallTimeout    = fmt.Errorf("the timeout of the http.Client: %w", context.DeadlineExceeded)
	errAttemptTimeout = fmt.Errorf("no complete response within %s: %w", attemptTimeout, context.DeadlineExceeded)
	errProxy          = errors.New("no connection through the proxy")
)

// sender sends the request of a call once.
type sender func(context.Context) (*http.Response, error)

// call sends a request, reads and decodes the response, and retries until there is a result, or an error that a retry
// would not cure.
func call[T any](ctx context.Context, c *Client, op operation, decode func(*response) (T, error), send sender) (T, error) {
	var none T
	if ctx == nil {
		return none, unsent(op, errNilContext)
	}
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.timeout, errCallTimeout)
		defer cancel()
	}
	last := &Error{Operation: op.id}
	for ctx.Err() == nil {
		r, failure := c.attempt(ctx, op, send)
		if failure == nil {
			result, err := decode(r)
			if err == nil {
				return result, nil
			}
			failure = c.failed(op, r, err)
		}
		failure.Attempts = last.Attempts + 1

		wait, retry := retryWait(op, failure, c.retries, rand.Float64()) //nolint:gosec // a wait need not be unpredictable
		if deadline, ok := ctx.Deadline(); !retry || ctx.Err() != nil || ok && time.Until(deadline) <= wait {
			return none, failure
		}
		sleep(ctx, wait)
		last = failure
	}
	return none, c.ended(ctx, last)
}

// attempt sends the request once and reads the response.
func (c *Client) attempt(ctx context.Context, op operation, send sender) (*response, *Error) {
	attemptCtx, cancel := context.WithTimeoutCause(ctx, attemptTimeout, errAttemptTimeout)
	defer cancel()
	sendCtx, sent := attemptCtx, &progress{}
	if op.creates {
		sendCtx = sent.watch(attemptCtx)
	}
	httpResponse, err := send(sendCtx)
	if err != nil {
		return nil, &Error{
			Operation: op.id, cause: c.explain(ctx, attemptCtx, err), incomplete: true,
			outcomeUnknown: op.creates && !sent.neverLeft(err),
		}
	}
	r := read(httpResponse)
	if r.readErr != nil {
		r.readErr = c.explain(ctx, attemptCtx, r.readErr)
	}
	return r, nil
}

// sendOnce keeps net/http from sending a create twice, and nothing of its response stays behind on an idle connection,
// where net/http logs what it finds.
func sendOnce(_ context.Context, request *http.Request) error {
	request.GetBody = nil
	request.Close = true
	return nil
}

// progress is what net/http reports about a create. Other requests that carry the context are reported alike.
type progress struct {
	connecting atomic.Bool
	written    atomic.Bool // the headers of a request, if only into a buffer
}

func (p *progress) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { p.connecting.Store(true) },
		WroteHeaders: func() { p.written.Store(true) },
	})
}

// neverLeft reports whether err proves that the request never left. A transport that reports nothing is believed only
// where the error itself is the proof.
func (p *progress) neverLeft(err error) bool {
	if p.written.Load() {
		return false
	}
	opErr, ok := errors.AsType[*net.OpError](err)
	unconnected := ok && slices.Contains([]string{"dial", "proxyconnect", "socks connect"}, opErr.Op)
	return p.connecting.Load() || unconnected || isFinal(err)
}

// explainProxy names the proxy in the error of a request that net/http could not send through it. net/http itself
// reports only the words of the proxy's status, such as "Forbidden".
func explainProxy(err error, transport http.RoundTripper, request *http.Request) error {
	if transport == nil {
		transport = http.DefaultTransport
	}
	standard, ok := transport.(*http.Transport)
	if !ok || standard.Proxy == nil {
		return err
	}
	proxy, proxyErr := standard.Proxy(request)
	switch {
	case proxyErr != nil && proxyErr.Error() == err.Error():
		return fmt.Errorf("%w, whose address is invalid", errProxy) // and may contain a password
	case proxy != nil && isStatusText(err.Error()):
		return fmt.Errorf("%w %s: %w", errProxy, proxy.Host, err)
	}
	return err
}

func isStatusText(text string) bool {
	for status := 300; status <= 599; status++ {
		if text == http.StatusText(status) && text != "" {
			return true
		}
	}
	return false
}

// explain replaces err by the end of a context where that is the cause of it, and keeps the token out of its text.
func (c *Client) explain(ctx, attemptCtx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		err = contextError(ctx)
	case errors.Is(attemptCtx.Err(), context.DeadlineExceeded):
		err = errAttemptTimeout
	case errors.Is(err, io.EOF):
		err = fmt.Errorf("the connection was closed before the response: %w", err)
	}
	return newCause(err, c.redact)
}

// ended is the error of a call whose context ended before an attempt. It keeps the response to the last one.
func (c *Client) ended(ctx context.Context, last *Error) *Error {
	err := contextError(ctx)
	switch {
	case last.cause != nil:
		err = fmt.Errorf("%w, while waiting to retry after: %w", err, last.cause)
	case last.Attempts > 0:
		err = fmt.Errorf("%w, while waiting to retry", err)
	}
	last.cause = newCause(err, c.redact)
	return last
}

// contextError matches both the end of a context and the cause that the caller gave for it.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

func sleep(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
