package turnkeys

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"
)

// operation is one of the document's.
type operation struct {
	id      string // its operationId
	creates bool   // sending it twice makes two keys
}

// attemptTimeout is how long one attempt may take, its answer's body included.
const attemptTimeout = 30 * time.Second

var (
	errNilContext     = errors.New("the context is nil")
	errCallTimeout    = fmt.Errorf("the http.Client's timeout: %w", context.DeadlineExceeded)
	errAttemptTimeout = fmt.Errorf("no complete answer within %s: %w", attemptTimeout, context.DeadlineExceeded)
	errRepeated       = errors.New("the server reset the stream or closed the connection before it answered")
)

// do makes a call: it builds, sends, reads and decodes until there is a result, or an error that another attempt would
// not cure. It sends nothing if invalid says what is wrong with the arguments.
func do[T any](ctx context.Context, c *Client, op operation, invalid error,
	decode func(answer) (T, error), build func() (*http.Request, error),
) (T, error) {
	var none T
	if ctx == nil {
		invalid = errNilContext
	}
	if invalid != nil {
		return none, refuse(op, invalid)
	}
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.timeout, errCallTimeout)
		defer cancel()
	}
	for attempts := 1; ; attempts++ {
		if ctx.Err() != nil {
			return none, c.interrupted(ctx, op, attempts-1)
		}
		a, failure := c.attempt(ctx, op, build)
		if failure == nil {
			result, err := decode(a)
			if err == nil {
				return result, nil
			}
			failure = c.failed(op, a, err)
		}
		failure.Attempts = attempts

		wait, again := retryWait(op, failure, c.retries, rand.Float64()) //nolint:gosec // a wait need not be unpredictable
		if deadline, ok := ctx.Deadline(); !again || ctx.Err() != nil || ok && time.Until(deadline) <= wait {
			return none, failure
		}
		if !sleep(ctx, wait) {
			return none, c.interrupted(ctx, op, attempts)
		}
	}
}

// attempt sends the request once and reads the answer, all within the attempt's time.
func (c *Client) attempt(ctx context.Context, op operation, build func() (*http.Request, error)) (answer, *Error) {
	request, err := build()
	if err != nil {
		return answer{}, refuse(op, err)
	}
	attemptCtx, cancel := context.WithTimeoutCause(ctx, attemptTimeout, errAttemptTimeout)
	defer cancel()
	sent := newSending(op, request, cancel)
	request = request.WithContext(httptrace.WithClientTrace(attemptCtx, &sent.ClientTrace))
	header := c.header.get().Clone()
	maps.Copy(header, request.Header) // the Content-Type, where there is a body
	request.Header = header
	request.Close = op.creates // so that nothing of the answer stays behind on an idle connection

	response, err := c.httpClient.get().Do(request)
	if err != nil {
		return answer{}, c.unanswered(op, sent, c.explain(ctx, attemptCtx, sent, err))
	}
	a := read(response)
	if a.readErr != nil {
		a.readErr = c.explain(ctx, attemptCtx, sent, a.readErr)
	}
	return a, nil
}

// unanswered is the error of an attempt that got no answer.
func (c *Client) unanswered(op operation, sent *sending, cause error) *Error {
	return &Error{
		Operation:      op.id,
		cause:          hide(cause),
		incomplete:     true,
		outcomeUnknown: op.creates && !neverSent(sent, cause),
	}
}

// neverSent reports whether the request provably never reached the server. A transport that does not report what it
// does is believed only where the error itself is the proof.
func neverSent(sent *sending, cause error) bool {
	if sent.written.Load() {
		return false
	}
	dial, isNetErr := errors.AsType[*net.OpError](cause)
	return sent.connected.Load() || isNetErr && dial.Op == "dial" || isUntrusted(cause)
}

func isUntrusted(err error) bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted
}

// explain replaces err by the end of a context where that is the cause of it, and keeps secrets out of its text.
func (c *Client) explain(ctx, attemptCtx context.Context, sent *sending, err error) error {
	if urlErr, ok := errors.AsType[*url.Error](err); ok {
		err = urlErr.Err // without the URL, which says no more than the operation
	}
	switch {
	case ctx.Err() != nil:
		err = contextError(ctx)
	case sent.repeated.Load():
		err = errRepeated
	case errors.Is(attemptCtx.Err(), context.DeadlineExceeded):
		err = errAttemptTimeout
	case errors.Is(err, io.EOF):
		err = fmt.Errorf("the connection was closed before the answer: %w", err)
	}
	return redactError(err, c.apiToken.get())
}

// interrupted is the error of a call whose context ended between two attempts, or before the first.
func (c *Client) interrupted(ctx context.Context, op operation, attempts int) *Error {
	return &Error{Operation: op.id, Attempts: attempts, cause: hide(redactError(contextError(ctx), c.apiToken.get()))}
}

// contextError matches both the end of a context and the cause that the caller gave for it.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

func sleep(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
