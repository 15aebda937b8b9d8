package turnkeys

import (
	"cmp"
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
// would not cure. It sends nothing if invalid is what is wrong with the arguments.
func call[T any](ctx context.Context, c *Client, op operation, invalid error,
	decode func(*response) (T, error), send sender,
) (T, error) {
	var none T
	if ctx == nil {
		invalid = errNilContext
	}
	if invalid != nil {
		return none, &Error{Operation: op.id, cause: invalid}
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
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		last = failure
	}
	return none, c.ended(ctx, last)
}

// attempt sends the request once and reads the response.
func (c *Client) attempt(ctx context.Context, op operation, send sender) (*response, *Error) {
	ctx, cancel := context.WithTimeoutCause(ctx, attemptTimeout, errAttemptTimeout)
	defer cancel()
	// Other requests that carry the context are reported too, such as one for the transport's own token.
	var connecting, written atomic.Bool
	if op.creates {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			GetConn:      func(string) { connecting.Store(true) },
			WroteHeaders: func() { written.Store(true) }, // if only into a buffer
		})
	}
	httpResponse, err := send(ctx)
	if err != nil {
		neverLeft := !written.Load() && (connecting.Load() || isUnconnected(err))
		return nil, &Error{
			Operation: op.id, cause: c.explain(ctx, err), incomplete: true, outcomeUnknown: op.creates && !neverLeft,
		}
	}
	r := read(httpResponse)
	if r.readErr != nil {
		r.readErr = c.explain(ctx, r.readErr)
	}
	return r, nil
}

// sendOnce keeps net/http from sending a create twice. It also has the connection closed: what follows a response on
// an idle one, such as a copy of it, would be logged by net/http.
func sendOnce(_ context.Context, request *http.Request) error {
	request.GetBody, request.Close = nil, true
	return nil
}

// isUnconnected reports whether err proves that there was no connection, even if the transport reports nothing.
func isUnconnected(err error) bool {
	opErr, ok := errors.AsType[*net.OpError](err)
	return ok && slices.Contains([]string{"dial", "proxyconnect", "socks connect"}, opErr.Op) || isFinal(err)
}

// explainProxy names the proxy that rejected a connection. The error of net/http is only the words of the proxy's
// status, such as "Forbidden".
func explainProxy(err error, transport http.RoundTripper, request *http.Request) error {
	standard, ok := cmp.Or(transport, http.DefaultTransport).(*http.Transport)
	if !ok || standard.Proxy == nil {
		return err
	}
	proxy, proxyErr := standard.Proxy(request)
	if proxyErr != nil && proxyErr.Error() == err.Error() {
		return fmt.Errorf("%w: its address is invalid", errProxy) // and may contain a password
	}
	for status := 300; proxy != nil && status <= 599; status++ {
		if text := http.StatusText(status); text != "" && text == err.Error() {
			return fmt.Errorf("%w %s: %w", errProxy, proxy.Host, err)
		}
	}
	return err
}

// explain replaces err by the end of the context where that is the cause of it, and keeps the token out of its text.
func (c *Client) explain(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		err = contextError(ctx)
	case errors.Is(err, io.EOF):
		err = fmt.Errorf("the connection was closed before the response: %w", err)
	}
	return newCause(err, c.redact)
}

// ended is the error of a call whose context ended before an attempt. It keeps what is known of the last one.
func (c *Client) ended(ctx context.Context, last *Error) *Error {
	err := contextError(ctx)
	if last.cause != nil {
		err = fmt.Errorf("%w, while waiting to retry after: %w", err, last.cause)
	}
	last.cause = newCause(err, c.redact)
	return last
}

// contextError matches both the end of a context and the cause that the caller gave for it.
func contextError(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, ctx.Err()) {
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
	return context.Cause(ctx)
}
