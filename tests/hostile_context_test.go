package tests_test

import (
	"context"
	"errors"
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
	{name: "before the answer", answer: stall(""), lost: true},
	{name: "in the body", answer: stall(head + "Content-Length: 999\r\n\r\n" + half), lost: true},
	{name: "between attempts", answer: limited("30")},
	{name: "before the answer over HTTP/2", frames: silence, lost: true},
	{name: "in the body over HTTP/2", frames: inOrder(okHeaders, data(half)), lost: true},
}

func TestContextThatEndsReturnsAtOnceWithItsCause(t *testing.T) {
	for _, b := range contextEnds {
		for _, op := range testkit.Operations {
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
					require.ErrorIs(t, err, errShutdown)
					matches := []error{context.Canceled}
					if b.lost && creates(op) {
						matches = append(matches, turnkeys.ErrOutcomeUnknown)
					}
					checkMatches(t, err, matches)
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
		require.NotPanics(t, func() {
			_, err := op.Call(nil, client)
			require.ErrorContains(t, err, "context")
			require.NotErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
		}, op.ID)
	}
}
