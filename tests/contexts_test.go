package tests_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

var errShutdown = errors.New("the program shuts down")

var contextEnds = []behaviour{
	{name: "before the response", respond: stall(""), lost: true},
	{name: "in the body", respond: stall(head + "Content-Length: 999\r\n\r\n" + half), want: rejected(200), lost: true},
	{name: "before the response over HTTP/2", frames: silence, lost: true},
	{name: "in the body over HTTP/2", frames: inOrder(okHeaders, data(half)), want: rejected(200), lost: true},
	{name: "after a 429", respond: failing(429, 971, "Retry-After: 30", "CF-Ray: 8f1d2c3b4a596877-AMS"), want: rejected(429, turnkeys.ErrRateLimited).withCode(971).saying("8f1d2c3b4a596877-AMS")},
	{name: "after a 503", only: others, respond: failing(503, 1000, "Retry-After: 30", "CF-Ray: 8f1d2c3b4a596877-AMS"), want: rejected(503).withCode(1000).saying("503 Service Unavailable")},
}

func TestContextThatEndsReturnsAtOnceWithItsCause(t *testing.T) {
	for _, b := range contextEnds {
		for _, op := range testkit.Operations {
			if b.appliesTo(op) {
				t.Run(b.name+"/"+op.ID, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						host := b.host(op)
						transport := b.transport(host)
						defer closeIdle(transport)
						ctx, cancel := context.WithCancelCause(t.Context())
						time.AfterFunc(time.Second, func() { cancel(errShutdown) })
						start := time.Now()
						got, err := op.Call(ctx, newClient(t, transport))
						assert.Equal(t, time.Second, time.Since(start))
						require.ErrorIs(t, err, errShutdown)
						b.want.is = append([]error{context.Canceled}, b.want.is...)
						b.checkRequests(t, op, host.requests())
						b.checkError(t, op, got, err)
					})
				})
			}
		}
	}
}

func TestContextThatEndsAfterAFailureKeepsBoth(t *testing.T) {
	for want, transport := range map[string]testkit.RoundTripper{
		"the cable is unplugged": func(*http.Request) (*http.Response, error) { return nil, errors.New("the cable is unplugged") },
		"Please wait (code 971)": responding(200, testkit.Failure("971", "Please wait"), nil),
		"was truncated": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))}, nil
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Millisecond, func() { cancel(errShutdown) })
			_, err := newClient(t, transport).List(ctx)
			require.ErrorIs(t, err, errShutdown)
			require.ErrorIs(t, err, context.Canceled)
			assert.ErrorContains(t, err, errShutdown.Error())
			assert.ErrorContains(t, err, want)
		})
	}
}

func TestContextThatHasEndedMatchesItsCauseAndSendsNothing(t *testing.T) {
	cancelled, cancel := context.WithCancelCause(t.Context())
	cancel(errShutdown)
	late, cancelLate := context.WithDeadlineCause(t.Context(), time.Unix(0, 0), errShutdown)
	defer cancelLate()
	client := newClient(t, mustNotSend(t))
	for _, op := range testkit.Operations {
		for ctx, end := range map[context.Context]error{cancelled: context.Canceled, late: context.DeadlineExceeded} {
			_, err := op.Call(ctx, client)
			require.ErrorIs(t, err, errShutdown)
			checkMatches(t, err, []error{end})
			apiErr, _ := errors.AsType[*turnkeys.Error](err)
			assert.Zero(t, apiErr.Attempts)
		}
		_, err := op.Call(nil, client)
		require.ErrorContains(t, err, "turnkeys: "+op.ID+": the context is nil")
		checkMatches(t, err, nil)
	}
}

// errgroup cancels the other calls of a group, with the error of the first failed call as the cause.
func TestContextThatEndsWithAnotherCallsErrorMatchesThatButNoSentinel(t *testing.T) {
	failed := &turnkeys.Error{StatusCode: 404, Errors: []turnkeys.Message{{Code: 20008}}}
	for _, op := range testkit.Operations {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Millisecond, func() { cancel(failed) })
			_, err := op.Call(ctx, newClient(t, testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			})))
			require.ErrorIs(t, err, failed)
			require.ErrorIs(t, err, context.Canceled)
			require.NotErrorIs(t, err, turnkeys.ErrNotFound)
		})
	}
}
