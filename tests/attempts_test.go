package tests_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// The tests in this file run in virtual time, so that waits cost nothing and are exact. wrapper/retry_test.go tests
// what is retried, and after how long.

// responding is a transport that gives every request the same response.
func responding(status int, body string, header http.Header) testkit.RoundTripper {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

// once returns a client that makes only one attempt per call, through a transport.
func once(t *testing.T, transport testkit.RoundTripper) *turnkeys.Client {
	t.Helper()
	return newClient(t, transport, turnkeys.WithRetries(0))
}

// hanging is a transport that returns the cause of the context once it ends, as net/http does.
func hanging(request *http.Request) (*http.Response, error) {
	<-request.Context().Done()
	return nil, context.Cause(request.Context())
}

func TestHTTPClientsTimeoutCoversEveryAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, sent := time.Now(), 0
		client := newClient(t, nil, turnkeys.WithHTTPClient(&http.Client{Timeout: 40 * time.Second, Transport: testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
			sent++
			return hanging(r)
		})}))
		_, err := client.Get(t.Context(), testkit.KeyID)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "the timeout of the http.Client")
		assert.Equal(t, 40*time.Second, time.Since(start))
		assert.Equal(t, 2, sent, "an attempt takes at most 30 seconds")
	})
}

func TestFirstWaitsDiffer(t *testing.T) {
	waits := map[time.Duration]bool{}
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			_, err := newClient(t, responding(503, "", nil), turnkeys.WithRetries(1)).Get(t.Context(), testkit.KeyID)
			require.ErrorContains(t, err, "503 Service Unavailable; 2 attempts")
			waits[time.Since(start)] = true
		})
	}
	assert.Greater(t, len(waits), 10)
}

func TestWaitThatWouldPassTheDeadlineReturnsTheResponseAtOnce(t *testing.T) {
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
				_, err := newClient(t, responding(429, "", http.Header{"Retry-After": {tc.retryAfter}})).Create(ctx, "")
				checkMatches(t, err, []error{turnkeys.ErrRateLimited})
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

func TestRetryAfterIsWaitedForOnEveryStatus(t *testing.T) {
	for _, status := range []int{429, 503, 522} {
		for _, op := range testkit.Operations {
			if creates(op) && status != 429 {
				continue
			}
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				_, err := op.Call(t.Context(), newClient(t, responding(status, "", http.Header{"Retry-After": {"60"}})))
				require.ErrorContains(t, err, "; try again in 1m0s; 3 attempts")
				assert.Equal(t, 2*time.Minute, time.Since(start), "two retries, unless an option changes that")
			})
		}
	}
}

func TestCreateThatNeverLeftIsKnownThroughEveryTransport(t *testing.T) {
	for _, tc := range transports {
		synctest.Test(t, func(t *testing.T) {
			absent := behaviour{absent: true, unsent: true, retries: 2, requests: 3, want: noResponse(), tls: tc.protocols == overTLS}
			absent.meetsThrough(t, create, tc.through)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		untrusted := behaviour{respond: good, tls: true, untrusted: true, unsent: true, retries: 2, want: noResponse()}
		untrusted.meetsThrough(t, create, logging)
	})
}

func TestCreateThatMayHaveLeftIsNotRetried(t *testing.T) {
	retriesElsewhere := func(withContext func(context.Context) context.Context) func(*http.Transport) http.RoundTripper {
		return func(plain *http.Transport) http.RoundTripper { // the last error does not show that the first request was sent
			return testkit.RoundTripper(func(r *http.Request) (response *http.Response, err error) {
				body, _ := io.ReadAll(r.Body)
				for _, transport := range []*http.Transport{plain, {DialContext: (&testkit.Network{}).DialContext}} {
					r = r.Clone(withContext(r.Context()))
					r.Body = io.NopCloser(bytes.NewReader(body))
					response, err = transport.RoundTrip(r)
				}
				return response, err
			})
		}
	}
	sameContext := func(ctx context.Context) context.Context { return ctx }
	withoutTrace := func(context.Context) context.Context { return context.Background() }
	fails := func(*http.Transport) http.RoundTripper {
		return testkit.RoundTripper(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })
	}
	synctest.Test(t, func(t *testing.T) {
		behaviour{respond: cut(""), retries: 2, want: noResponse(), lost: true}.meetsThrough(t, create, retriesElsewhere(sameContext))
		behaviour{respond: cut(""), retries: 2, want: noResponse(), lost: true}.meetsThrough(t, create, retriesElsewhere(withoutTrace))
		behaviour{respond: good, retries: 2, want: noResponse(), lost: true, unsent: true}.meetsThrough(t, create, fails)
	})
}

// The bubble panics if the connection is left open.
func TestCreateThatIsCancelledInTheTLSHandshakeLeavesNoConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := behaviour{frames: allOfIt, tls: true}
		host := b.host(create)
		serve := host.Serve
		host.Serve = func(conn net.Conn) {
			time.Sleep(2 * time.Second) // on the bubble's clock
			serve(conn)
		}
		transport := b.transport(host)
		defer closeIdle(transport)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := b.client(t, transport).Create(ctx, "video calls")
		checkMatches(t, err, []error{context.DeadlineExceeded})
		time.Sleep(2 * time.Second)
		assert.Empty(t, host.requests())
	})
}

func TestCreateWhoseContextEndsBeforeItsTransportActsWasNotSent(t *testing.T) {
	host := behaviour{respond: good}.host(create)
	transport := &http.Transport{DialContext: host.DialContext}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := once(t, func(r *http.Request) (*http.Response, error) {
		cancel()
		return transport.RoundTrip(r)
	}).Create(ctx, "video calls")
	checkMatches(t, err, []error{context.Canceled})
	assert.Empty(t, host.Dials())
}
