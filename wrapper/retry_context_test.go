package turnkeys_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

func TestDeadlineThatTheWaitWouldPassReturnsTheRealAnswerAtOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		retryAfter string
		deadline   time.Duration
	}{
		"Retry-After past the deadline": {"10", 5 * time.Second},
		"Retry-After at the deadline":   {"10", 10 * time.Second},
		"no time even for the jitter":   {"", 200 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tc.deadline)
				defer cancel()
				server, start := answers(429), time.Now()
				server.answers[0] = answering(429, tc.retryAfter)
				_, err := server.client(t).Create(ctx, "")
				require.ErrorIs(t, err, turnkeys.ErrRateLimited)
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				assert.Len(t, server.sent, 1)
				assert.Zero(t, time.Since(start))
			})
		})
	}
}

func TestContextThatIsCancelledDuringAWaitReturnsAtOnce(t *testing.T) {
	for _, op := range operations {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			server, start := answers(429), time.Now()
			server.answers[0] = answering(429, "30")
			_, err := op.call(ctx, server.client(t))
			require.ErrorIs(t, err, context.Canceled)
			require.NotErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
			assert.Equal(t, time.Second, time.Since(start))
			assert.Len(t, server.sent, 1)
		})
	}
}

func TestContextThatHasEndedSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, op := range operations {
		server := answers(200)
		_, err := op.call(ctx, server.client(t))
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
		assert.Zero(t, failed(t, err).Attempts)
		assert.Empty(t, server.sent)
	}
}

// hanging is a transport that does what net/http does when a context ends: it returns the context's cause.
func hanging(request *http.Request) (*http.Response, error) {
	<-request.Context().Done()
	return nil, context.Cause(request.Context())
}

// hangingBody answers at once, with a body that hangs.
func hangingBody(status int) func(*http.Request) (*http.Response, error) {
	return func(request *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Body: io.NopCloser(endsWith{request.Context()})}, nil
	}
}

type endsWith struct{ ctx context.Context }

func (r endsWith) Read([]byte) (int, error) {
	<-r.ctx.Done()
	return 0, context.Cause(r.ctx)
}

func TestContextThatEndsForAReasonMatchesBoth(t *testing.T) {
	errShutdown := errors.New("the program shuts down")
	for name, answer := range map[string]func(*http.Request) (*http.Response, error){
		"before the answer": hanging, "in its body": hangingBody(200),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(errShutdown) })
				server, start := &script{answers: []func(*http.Request) (*http.Response, error){answer}}, time.Now()
				_, err := server.client(t).Create(ctx, "")
				require.ErrorIs(t, err, context.Canceled)
				require.ErrorIs(t, err, errShutdown)
				require.ErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
				require.NotErrorIs(t, err, turnkeys.ErrBadResponse)
				assert.Equal(t, time.Second, time.Since(start))
			})
		})
	}
}

func TestAttemptWithoutAnAnswerEndsAfter30Seconds(t *testing.T) {
	for _, op := range operations {
		synctest.Test(t, func(t *testing.T) {
			server, start, creates := answers(0), time.Now(), op.operationID == "createTurnKey"
			server.answers[0] = hanging
			_, err := op.call(t.Context(), server.client(t, turnkeys.WithRetries(1)))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorContains(t, err, "no complete answer within 30s")
			assert.Equal(t, creates, errors.Is(err, turnkeys.ErrOutcomeUnknown))
			if creates {
				assert.Equal(t, 30*time.Second, time.Since(start))
			} else {
				assert.Len(t, server.sent, 2)
				assert.InDelta(t, 60.5, time.Since(start).Seconds(), 0.5, "two attempts and the wait between")
			}
		})
	}
}

func TestBodyThatNeverEndsIsGivenUpAfter30Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, start := answers(0), time.Now()
		server.answers[0] = hangingBody(200)
		_, err := server.client(t).Create(t.Context(), "")
		require.ErrorContains(t, err, "no complete answer within 30s")
		require.ErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
		assert.Equal(t, 30*time.Second, time.Since(start))
	})
}

func TestTimeoutOfTheCallersHTTPClientHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, start := answers(0), time.Now()
		server.answers[0] = hanging
		_, err := server.client(t, turnkeys.WithHTTPClient(&http.Client{Transport: server, Timeout: 3 * time.Second})).List(t.Context())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotContains(t, err.Error(), "https://", "the request's URL")
		assert.Equal(t, 3*time.Second, time.Since(start))
		assert.Len(t, server.sent, 1)
	})
}

func TestNothingOfAnAttemptOutlivesTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var attempts []context.Context
		keep := func(answer func(*http.Request) (*http.Response, error)) func(*http.Request) (*http.Response, error) {
			return func(request *http.Request) (*http.Response, error) {
				attempts = append(attempts, request.Context())
				return answer(request)
			}
		}
		server := answers(0, 0, 0)
		for i, answer := range []func(*http.Request) (*http.Response, error){failing(errCut), answering(503, ""), answering(200, "")} {
			server.answers[i] = keep(answer)
		}
		_, err := server.client(t).Get(t.Context(), keyID)
		require.NoError(t, err)
		require.Len(t, attempts, 3)
		for _, attempt := range attempts {
			assert.ErrorIs(t, attempt.Err(), context.Canceled, "its timer still runs")
		}
	})
}

func TestTransportThatBreaksItsContractIsAnErrorAndNoPanic(t *testing.T) {
	for _, op := range operations {
		synctest.Test(t, func(t *testing.T) {
			server := answers(0)
			server.answers[0] = func(*http.Request) (*http.Response, error) { return nil, nil } //nolint:nilnil // its fault
			_, err := op.call(t.Context(), server.client(t))
			require.ErrorContains(t, err, "nil *Response with a nil error")
			server.answers[0] = func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 200}, nil }
			_, err = op.call(t.Context(), server.client(t))
			require.ErrorIs(t, err, turnkeys.ErrBadResponse)
		})
	}
}

// dialer fails so often, and then connects to a server that answers every request alike.
type dialer struct{ failures, dialed int }

func (d *dialer) dial(context.Context, string, string) (net.Conn, error) {
	if d.dialed++; d.dialed <= d.failures {
		return nil, errors.New("no route to host")
	}
	near, far := net.Pipe()
	go func() {
		defer func() { _ = far.Close() }()
		if request, err := http.ReadRequest(bufio.NewReader(far)); err == nil {
			_, _ = io.Copy(io.Discard, request.Body)
			body := envelope(createdJSON)
			_, _ = io.WriteString(far, "HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body)
		}
	}()
	return near, nil
}

func TestCreateThatNeverLeftIsSentAgain(t *testing.T) {
	for failures, works := range map[int]bool{0: true, 1: true, 2: true, 3: false} {
		synctest.Test(t, func(t *testing.T) {
			network, reported := &dialer{failures: failures}, 0
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GetConn: func(string) { reported++ }})
			transport := &http.Transport{DialContext: network.dial}
			client, err := turnkeys.New(accountID, apiToken, turnkeys.WithBaseURL("http://localhost/client/v4"),
				turnkeys.WithHTTPClient(&http.Client{Transport: transport}))
			require.NoError(t, err)

			created, err := client.Create(ctx, "")
			assert.Equal(t, min(failures+1, 3), network.dialed)
			assert.Equal(t, network.dialed, reported, "the caller's own trace still works")
			if works {
				require.NoError(t, err)
				assert.Equal(t, secret, created.Secret.Reveal())
			} else {
				require.ErrorContains(t, err, "no route to host")
				require.NotErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
			}
		})
	}
}
