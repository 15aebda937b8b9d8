package tests_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// The tests of this file run in virtual time: waits take none, and are exact. What is sent again, and after how long,
// is tested in wrapper/retry_test.go.

// hanging is a transport that does what net/http does when a context ends: it returns the context's cause.
func hanging(request *http.Request) (*http.Response, error) {
	<-request.Context().Done()
	return nil, context.Cause(request.Context())
}

// hangingBody answers at once, with a body that hangs.
func hangingBody(request *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: io.NopCloser(endsWith{request.Context()})}, nil
}

type endsWith struct{ ctx context.Context }

func (r endsWith) Read([]byte) (int, error) {
	<-r.ctx.Done()
	return 0, context.Cause(r.ctx)
}

func TestAttemptThatIsNotCompleteEndsAfter30Seconds(t *testing.T) {
	for name, transport := range map[string]testkit.RoundTripper{"no answer": hanging, "no end of the body": hangingBody} {
		for _, op := range testkit.Operations {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				_, err := op.Call(t.Context(), newClient(t, transport, turnkeys.WithRetries(1)))
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.ErrorContains(t, err, "no complete response within 30s")
				assert.Equal(t, creates(op), errors.Is(err, turnkeys.ErrOutcomeUnknown))
				if creates(op) {
					assert.Equal(t, 30*time.Second, time.Since(start), name)
				} else {
					assert.InDelta(t, 60.5, time.Since(start).Seconds(), 0.5, "%s: two attempts and the wait between", name)
				}
			})
		}
	}
}

func TestConnectionThatIsClosedBeforeTheAnswerIsSaidInWords(t *testing.T) {
	closed := testkit.RoundTripper(func(*http.Request) (*http.Response, error) { return nil, io.EOF })
	_, err := newClient(t, closed, turnkeys.WithRetries(0)).List(t.Context())
	require.ErrorIs(t, err, io.EOF)
	assert.EqualError(t, err, "turnkeys: listTurnKeys: the connection was closed before the response: EOF")
}

func TestFirstWaitsDiffer(t *testing.T) {
	waits := map[time.Duration]bool{}
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			_, err := newClient(t, answering(503, "", nil), turnkeys.WithRetries(1)).Get(t.Context(), testkit.KeyID)
			require.ErrorContains(t, err, "503 Service Unavailable; 2 attempts")
			waits[time.Since(start)] = true
		})
	}
	assert.Greater(t, len(waits), 10)
}

func TestDeadlineThatTheWaitWouldPassReturnsTheRealAnswerAtOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		retryAfter string
		deadline   time.Duration
	}{
		"Retry-After past the deadline": {"10", 5 * time.Second},
		"Retry-After at the deadline":   {"10", 10 * time.Second},
		"no time even for the jitter":   {"", 200 * time.Millisecond},
		"Retry-After past a minute":     {"61", time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tc.deadline)
				defer cancel()
				start := time.Now()
				_, err := newClient(t, answering(429, "", http.Header{"Retry-After": {tc.retryAfter}})).Create(ctx, "")
				require.ErrorIs(t, err, turnkeys.ErrRateLimited)
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				var apiErr *turnkeys.Error
				require.ErrorAs(t, err, &apiErr)
				assert.Equal(t, 1, apiErr.Attempts)
				assert.Zero(t, time.Since(start))
				if tc.retryAfter != "" {
					assert.ErrorContains(t, err, "; try again in "+apiErr.RetryAfter.String())
				}
			})
		})
	}
}

func TestRetryAfterIsWaitedForAndNoLonger(t *testing.T) {
	for _, op := range testkit.Operations {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			_, err := op.Call(t.Context(), newClient(t, answering(429, "", http.Header{"Retry-After": {"60"}})))
			require.ErrorContains(t, err, "; 3 attempts")
			assert.Equal(t, 2*time.Minute, time.Since(start), "two retries, unless an option says otherwise")
		})
	}
}

func TestTransportThatBreaksItsContractIsAnErrorAndNoPanic(t *testing.T) {
	for _, op := range testkit.Operations {
		nothing := clientOver(t, func(*http.Request) (*http.Response, error) { return nil, nil }) //nolint:nilnil // its fault
		_, err := op.Call(t.Context(), nothing)
		require.ErrorContains(t, err, "nil *Response with a nil error")
		bodiless := clientOver(t, func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 200}, nil })
		_, err = op.Call(t.Context(), bodiless)
		require.ErrorIs(t, err, turnkeys.ErrBadResponse)
	}
}

func TestCreateThatNeverLeftIsSentAgain(t *testing.T) {
	for failures, works := range map[int]bool{0: true, 1: true, 2: true, 3: false} {
		synctest.Test(t, func(t *testing.T) {
			network, _ := behaviour{answer: good}.network(create)
			dialled, reported := 0, 0
			transport := &http.Transport{DialContext: func(ctx context.Context, protocol, address string) (net.Conn, error) {
				if dialled++; dialled <= failures {
					return nil, errors.New("no route to host")
				}
				return network.DialContext(ctx, protocol, address)
			}}
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GetConn: func(string) { reported++ }})
			created, err := newClient(t, transport).Create(ctx, "video calls")
			assert.Equal(t, min(failures+1, 3), dialled)
			assert.Equal(t, dialled, reported, "the caller's own trace still works")
			if works {
				require.NoError(t, err)
				assert.Equal(t, testkit.Secret, created.Secret.Reveal())
			} else {
				require.ErrorContains(t, err, "no route to host")
				require.NotErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
			}
		})
	}
}
