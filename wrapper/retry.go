package turnkeys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	attemptTimeout = 30 * time.Second
	firstWait      = 500 * time.Millisecond
	maxWait        = 60 * time.Second
	maxDrain       = 256 << 10
)

var errAttemptTimeout = fmt.Errorf("no complete answer within %s: %w", attemptTimeout, context.DeadlineExceeded)

var errNoResponse = errors.New("the transport returned neither a response nor an error")

// retryTransport decides what may be sent again: every operation but create can be repeated without harm.
type retryTransport struct {
	base    http.RoundTripper
	retries int
}

func newRetryTransport(base http.RoundTripper, retries int) *retryTransport {
	if base == nil {
		base = http.DefaultTransport
	}
	return &retryTransport{base: base, retries: retries}
}

// Do is RoundTrip, for a caller that needs no http.Client.
func (t *retryTransport) Do(request *http.Request) (*http.Response, error) {
	return t.RoundTrip(request)
}

// RoundTrip sends the request until an answer is final, the retries are used up, or the next wait would be too long.
func (t *retryTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	call := ctx.Value(callKey{}).(*call)
	for {
		response, err := t.attempt(call, request)
		if call.attempts > t.retries || ctx.Err() != nil || !call.mayRepeat(response, err) {
			return response, err
		}
		wait := waitAfter(call.attempts, response)
		if deadline, ok := ctx.Deadline(); wait > maxWait || ok && time.Until(deadline) <= wait {
			return response, err
		}
		resume := time.Now().Add(wait)
		discard(response, wait)
		if err := sleep(ctx, time.Until(resume)); err != nil {
			return nil, err
		}
		if request, err = rewound(request); err != nil {
			return nil, err
		}
	}
}

// attempt sends the request once, and notes whether it may have reached the server although no answer came back.
func (t *retryTransport) attempt(call *call, request *http.Request) (*http.Response, error) {
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	call.attempts++
	ctx, cancel := context.WithTimeoutCause(request.Context(), attemptTimeout, errAttemptTimeout)
	call.connection = connection{}
	if call.creates() { // for the others it makes no difference
		ctx = call.connection.trace(ctx)
	}

	response, err := t.base.RoundTrip(request.WithContext(ctx))
	if response == nil && err == nil {
		err = errNoResponse
	}
	call.unsettled = err != nil && !call.connection.neverHad()
	if err != nil {
		cancel()
		return nil, err
	}
	mend(response)
	response.Body = &attemptBody{ReadCloser: response.Body, cancel: cancel}
	return response, nil
}

// mend takes out of a response what would keep it from being read.
func mend(response *http.Response) {
	switch {
	case response.Body == nil:
		response.Body = http.NoBody
	case response.StatusCode == http.StatusSwitchingProtocols:
		_ = response.Body.Close() // a bare connection, which neither ends nor heeds the context
		response.Body = http.NoBody
	case response.StatusCode/100 == 3: // an http.Client would hide the status behind a Location that does not parse
		response.Header = response.Header.Clone() // a transport may share it
		response.Header.Del("Location")
	}
}

// connection notes how far a transport got with one.
type connection struct{ wanted, had atomic.Bool }

func (c *connection) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { c.wanted.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { c.had.Store(true) },
	})
}

// neverHad is false for a transport that reports nothing: that proves nothing.
func (c *connection) neverHad() bool { return c.wanted.Load() && !c.had.Load() }

// attemptBody ends the attempt's timeout with the reading of the answer.
type attemptBody struct {
	io.ReadCloser

	cancel context.CancelFunc
}

func (b *attemptBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

func (c *call) mayRepeat(response *http.Response, err error) bool {
	switch {
	case c.creates() && err != nil:
		return !c.unsettled
	case c.creates():
		return response.StatusCode == http.StatusTooManyRequests
	case err != nil:
		return true
	}
	return slices.Contains([]int{429, 500, 502, 503, 504}, response.StatusCode)
}

// waitAfter is what Retry-After says, or else a jittered wait that doubles from attempt to attempt, up to 8 s.
func waitAfter(attempts int, response *http.Response) time.Duration {
	if response != nil {
		if wait := retryAfter(response.Header); wait > 0 {
			return wait
		}
	}
	ceiling := firstWait << min(attempts-1, 4)
	return ceiling/2 + rand.N(ceiling/2) //nolint:gosec // a wait need not be unpredictable
}

// retryAfter reads a Retry-After header, in seconds or as a date; it is 0 if there is none to read, or it is past.
func retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(math.MaxInt64/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}

// discard reads what is left of an answer that is not used, so that its connection can be; no longer than patience,
// since it may never end.
func discard(response *http.Response, patience time.Duration) {
	if response == nil {
		return
	}
	timer := time.AfterFunc(patience, response.Body.(*attemptBody).cancel)
	defer timer.Stop()
	_, _ = io.CopyN(io.Discard, response.Body, maxDrain)
	_ = response.Body.Close()
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func rewound(request *http.Request) (*http.Request, error) {
	if request.GetBody == nil {
		return request, nil
	}
	body, err := request.GetBody()
	if err != nil {
		return nil, err
	}
	again := request.WithContext(request.Context())
	again.Body = body
	return again, nil
}
