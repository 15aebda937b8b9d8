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
	"sync/atomic"
	"time"

	"github.com/seed-e5e2407e/turnkeys/generated"
)

type editor = generated.RequestEditorFn
type sender func(context.Context, ...editor) (*http.Response, error)

var (
	errCallTimeout    = fmt.Errorf("the timeout of the http.Client: %w", context.DeadlineExceeded)
	errAttemptTimeout = fmt.Errorf("no complete response within 30s: %w", context.DeadlineExceeded)
	errProxy          = errors.New("no connection through the proxy")
)

// call sends a request, reads and decodes the response, and retries until there is a result, or an error that a retry
// would not cure. If invalid is not nil, the arguments are invalid, and nothing is sent.
func call[T any](ctx context.Context, c *Client, op operation, invalid error,
	decode func(*response) (T, error), send sender,
) (T, error) {
	var none T
	if ctx == nil {
		invalid = errors.New("the context is nil")
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
			failure = c.responseError(op, r, err)
		}
		failure.Attempts = last.Attempts + 1
		wait, retry := retryWait(op, failure, c.retries, rand.Float64()) //nolint:gosec // a wait need not be unpredictable
		if deadline, hasDeadline := ctx.Deadline(); !retry || hasDeadline && time.Until(deadline) <= wait {
			return none, failure
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		last = failure
	}
	last.cause = c.explain(ctx, last.cause)
	return none, last
}

func (c *Client) attempt(ctx context.Context, op operation, send sender) (*response, *Error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 30*time.Second, errAttemptTimeout)
	defer cancel()
	var body createBody
	var traced, written atomic.Bool // written: the headers of a request with ctx were written, if only to a buffer
	var editors []editor
	if op.creates {
		editors = []editor{body.sendOnce}
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			GetConn:      func(string) { traced.Store(true) },
			WroteHeaders: func() { written.Store(true) },
		})
	}
	httpResponse, err := send(ctx, editors...)
	if err != nil {
		opErr, _ := errors.AsType[*net.OpError](err)
		notConnected := opErr != nil && opErr.Op == "dial" || isFinal(err)
		unread := !body.read.Load() && (body.closed.Load() || notConnected)
		neverLeft := unread || notConnected && traced.Load() && !written.Load()
		lost := &Error{Operation: op.id, cause: c.explain(ctx, err), incomplete: true}
		lost.outcomeUnknown = op.creates && !neverLeft
		return nil, lost
	}
	r := read(httpResponse)
	if r.readErr != nil {
		r.readErr = c.explain(ctx, r.readErr)
	}
	return r, nil
}

// createBody is the request body of a create. If the transport has closed it unread, the create was never sent.
type createBody struct {
	io.ReadCloser
	read, closed atomic.Bool
}

func (b *createBody) Close() error {
	b.closed.Store(true)
	return b.ReadCloser.Close()
}

func (b *createBody) Read(p []byte) (int, error) {
	b.read.Store(true)
	return b.ReadCloser.Read(p)
}

func (b *createBody) sendOnce(_ context.Context, request *http.Request) error {
	b.ReadCloser, request.Body = cmp.Or[io.ReadCloser](request.Body, http.NoBody), b
	request.GetBody = nil // with it, net/http may send the create twice
	request.Close = true  // net/http logs what follows the response on an idle connection, perhaps the secret
	return nil
}

// explainProxy adds the proxy to err: if it rejects CONNECT, net/http's error is only a status text such as "Forbidden".
func explainProxy(err error, transport http.RoundTripper, request *http.Request) error {
	standard, ok := cmp.Or(transport, http.DefaultTransport).(*http.Transport)
	if _, named := errors.AsType[*net.OpError](err); named || !ok || standard.Proxy == nil {
		return err
	}
	proxy, proxyErr := standard.Proxy(request)
	switch {
	case proxyErr != nil:
		return fmt.Errorf("%w: the transport's Proxy function has no valid address", errProxy) // proxyErr may contain a password
	case proxy == nil:
		return err
	}
	for status := 300; status <= 599; status++ {
		if text := http.StatusText(status); text != "" && text == err.Error() {
			return fmt.Errorf("%w %s: %w", errProxy, proxy.Host, err)
		}
	}
	return fmt.Errorf("through the proxy %s: %w", proxy.Host, err)
}

// explain adds the error and the cause of an ended context to err, and keeps the token out of the text.
func (c *Client) explain(ctx context.Context, err error) error {
	if end, cause := ctx.Err(), context.Cause(ctx); end != nil {
		if err != nil && !errors.Is(err, end) && !errors.Is(err, cause) {
			cause = fmt.Errorf("%w (%w)", cause, err)
		}
		if !errors.Is(cause, end) {
			cause = fmt.Errorf("%w: %w", end, cause)
		}
		err = cause
	} else if errors.Is(err, io.EOF) {
		err = fmt.Errorf("the connection was closed before the response: %w", err)
	}
	return &redactedError{c.redact(err.Error()), func() error { return err }}
}
