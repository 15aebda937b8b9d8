package tests_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
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

func TestContextThatEndsAfterANetworkErrorKeepsBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errUnplugged := errors.New("the cable is unplugged")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Millisecond, func() { cancel(errShutdown) })
		_, err := newClient(t, testkit.RoundTripper(func(*http.Request) (*http.Response, error) { return nil, errUnplugged })).List(ctx)
		checkMatches(t, err, []error{context.Canceled})
		for _, is := range []error{errShutdown, errUnplugged} {
			require.ErrorIs(t, err, is)
			require.ErrorContains(t, err, is.Error())
		}
	})
}

func TestContextThatHasEndedMatchesItsCauseAndSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errShutdown)
	late, cancelLate := context.WithDeadlineCause(t.Context(), time.Unix(0, 0), errShutdown)
	defer cancelLate()
	client := newClient(t, mustNotSend(t))
	for _, op := range testkit.Operations {
		for ctx, end := range map[context.Context]error{ctx: context.Canceled, late: context.DeadlineExceeded} {
			_, err := op.Call(ctx, client)
			require.ErrorIs(t, err, errShutdown)
			checkMatches(t, err, []error{end})
			var apiErr *turnkeys.Error
			require.ErrorAs(t, err, &apiErr)
			assert.Zero(t, apiErr.Attempts)
		}
	}
}

func TestNilContextIsAnError(t *testing.T) {
	client := newClient(t, mustNotSend(t))
	for _, op := range testkit.Operations {
		_, err := op.Call(nil, client)
		require.ErrorContains(t, err, "turnkeys: "+op.ID+": the context is nil")
		checkMatches(t, err, nil)
	}
}
