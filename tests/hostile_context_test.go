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

	"github.com/seed-e5e2407e/turnkeys/tests/internal/clienttest"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

var errShutdown = errors.New("the program shuts down")

var contextEnds = []behaviour{
	{name: "before the answer", answer: stall("")},
	{name: "in the headers", answer: stall(head)},
	{name: "in the body", answer: stall(head + "Content-Length: 999\r\n\r\n" + half)},
	{name: "between attempts", answer: limited("30")},
	{name: "before the answer over HTTP/2", frames: silence},
	{name: "in the body over HTTP/2", frames: inOrder(okHeaders, data(half))},
	{name: "between attempts over HTTP/2", frames: inOrder(headers("429", "retry-after", "30"), end)},
}

func TestContextThatEndsReturnsAtOnceWithItsCause(t *testing.T) {
	for _, b := range contextEnds {
		for _, op := range clienttest.Operations {
			t.Run(b.name+"/"+op.ID, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					network, requests := b.network(op)
					transport := b.transport(network)
					defer closeIdle(transport)
					client := newClient(t, transport)
					ctx, cancel := context.WithCancelCause(t.Context())
					time.AfterFunc(time.Second, func() { cancel(errShutdown) })

					start := time.Now()
					_, err := op.Call(ctx, client)
					assert.Equal(t, time.Second, time.Since(start))
					require.ErrorIs(t, err, context.Canceled)
					require.ErrorIs(t, err, errShutdown)
					assert.Len(t, requests(), 1)
				})
			})
		}
	}
}

func TestContextThatHasEndedMatchesItsCauseAndSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errShutdown)
	late, cancelLate := context.WithDeadlineCause(t.Context(), time.Unix(0, 0), errShutdown)
	defer cancelLate()
	sent := 0
	client := newClient(t, testkit.RoundTripper(func(*http.Request) (*http.Response, error) {
		sent++
		return nil, errors.New("sent")
	}))
	for _, op := range clienttest.Operations {
		_, err := op.Call(ctx, client)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, errShutdown)
		_, err = op.Call(late, client)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, errShutdown)
		require.NotErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
	}
	assert.Zero(t, sent)
}

func TestNilContextIsAnError(t *testing.T) {
	client := newClient(t, testkit.RoundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return nil, errors.New("sent")
	}))
	for _, op := range clienttest.Operations {
		require.NotPanics(t, func() {
			_, err := op.Call(nil, client)
			var apiErr *turnkeys.Error
			require.ErrorAs(t, err, &apiErr)
			require.ErrorContains(t, err, "context")
			require.NotErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
		}, op.ID)
	}
}

func TestNilOptionIsAnError(t *testing.T) {
	require.NotPanics(t, func() {
		_, err := turnkeys.New(testkit.AccountID, testkit.Token, nil)
		require.ErrorContains(t, err, "option")
	})
}
