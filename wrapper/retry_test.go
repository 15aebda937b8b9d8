package turnkeys_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// The tests of this file run in virtual time: waits take none, and are exact.

// script is a transport that answers the first request with the first answer, and so on, the last one over and over.
type script struct {
	answers []func(*http.Request) (*http.Response, error)
	sent    []time.Time
	bodies  []string
}

func (s *script) RoundTrip(request *http.Request) (*http.Response, error) {
	s.sent = append(s.sent, time.Now())
	if request.Body != nil {
		body, _ := io.ReadAll(request.Body)
		_ = request.Body.Close()
		s.bodies = append(s.bodies, string(body))
	}
	return s.answers[min(len(s.sent), len(s.answers))-1](request)
}

func (s *script) waits() []time.Duration {
	var waits []time.Duration
	for i := 1; i < len(s.sent); i++ {
		waits = append(waits, s.sent[i].Sub(s.sent[i-1]))
	}
	return waits
}

func (s *script) client(t *testing.T, options ...turnkeys.Option) *turnkeys.Client {
	t.Helper()
	options = append([]turnkeys.Option{turnkeys.WithHTTPClient(&http.Client{Transport: s})}, options...)
	client, err := turnkeys.New(accountID, apiToken, options...)
	require.NoError(t, err)
	return client
}

// answers is a script of statuses; 200 comes with what create and the operations on one key want.
func answers(statuses ...int) *script {
	s := &script{}
	for _, status := range statuses {
		s.answers = append(s.answers, answering(status, ""))
	}
	return s
}

func answering(status int, retryAfter string) func(*http.Request) (*http.Response, error) {
	body := envelope(createdJSON)
	if status >= 300 {
		body = `{"errors":[{"code":1000,"message":"refused"}],"messages":[],"result":null,"success":false}`
	}
	return func(*http.Request) (*http.Response, error) {
		response := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
		if retryAfter != "" {
			response.Header.Set("Retry-After", retryAfter)
		}
		return response, nil
	}
}

func failing(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

var errCut = errors.New("connection reset by peer")

func failed(t *testing.T, err error) *turnkeys.Error {
	t.Helper()
	var apiErr *turnkeys.Error
	require.ErrorAs(t, err, &apiErr)
	return apiErr
}

func TestWhatIsSentAgain(t *testing.T) {
	again := map[int]bool{429: true, 500: true, 502: true, 503: true, 504: true}
	for _, op := range operations {
		for _, status := range []int{302, 400, 401, 403, 404, 408, 409, 425, 429, 500, 501, 502, 503, 504, 505, 520, 530} {
			t.Run(fmt.Sprintf("%s answered %d", op.operationID, status), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server, want := answers(status), 1
					if again[status] && (op.operationID != "createTurnKey" || status == 429) {
						want = 3
					}
					_, err := op.call(t.Context(), server.client(t))
					assert.Len(t, server.sent, want)
					assert.Equal(t, want, failed(t, err).Attempts)
					assert.Equal(t, want > 1, strings.HasSuffix(err.Error(), "; 3 attempts"), "%v", err)
				})
			})
		}
		t.Run(op.operationID+" cut off", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, want := &script{answers: []func(*http.Request) (*http.Response, error){failing(errCut)}}, 3
				if op.operationID == "createTurnKey" {
					want = 1
				}
				_, err := op.call(t.Context(), server.client(t))
				require.ErrorIs(t, err, errCut)
				assert.Len(t, server.sent, want)
				assert.Equal(t, want == 1, errors.Is(err, turnkeys.ErrOutcomeUnknown))
			})
		})
	}
}

func TestSecondAttemptSucceedsWithTheSameBytes(t *testing.T) {
	for _, op := range operations {
		t.Run(op.operationID, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := answers(429, 429, 200)
				server.answers[2] = func(*http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(envelope(op.result)))}, nil
				}
				got, err := op.call(t.Context(), server.client(t))
				require.NoError(t, err)
				assert.Equal(t, op.want, got)
				assert.Len(t, server.sent, 3)
				for _, body := range server.bodies {
					assert.Equal(t, op.body, body)
				}
			})
		})
	}
}

func TestWaitsDoubleUpTo8SecondsWithJitter(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			server := answers(503)
			_, err := server.client(t, turnkeys.WithRetries(7)).Get(t.Context(), keyID)
			require.Error(t, err)
			ceiling := 500 * time.Millisecond
			require.Len(t, server.waits(), 7)
			for _, wait := range server.waits() {
				assert.GreaterOrEqual(t, wait, ceiling/2)
				assert.Less(t, wait, ceiling)
				ceiling = min(2*ceiling, 8*time.Second)
			}
			seen[server.waits()[0]] = true
		})
	}
	assert.Greater(t, len(seen), 40, "different first waits")
}

func TestRetryAfterIsWaitedFor(t *testing.T) {
	date := func(in time.Duration) string { // the bubble's clock begins at midnight UTC, 2000-01-01
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(in).Format(http.TimeFormat)
	}
	for name, tc := range map[string]struct {
		header string
		wait   time.Duration // 0: the usual wait
		final  bool
	}{
		"absent":                      {header: ""},
		"0":                           {header: "0"},
		"1":                           {header: "1", wait: time.Second},
		"60, the cap":                 {header: "60", wait: time.Minute},
		"61":                          {header: "61", final: true},
		"a date":                      {header: date(7 * time.Second), wait: 7 * time.Second},
		"a date at the cap":           {header: date(time.Minute), wait: time.Minute},
		"a date past the cap":         {header: date(61 * time.Second), final: true},
		"a past date":                 {header: date(-time.Hour)},
		"this moment":                 {header: date(0)},
		"the last date":               {header: "Fri, 31 Dec 9999 23:59:59 GMT", final: true},
		"negative":                    {header: "-1"},
		"signed":                      {header: "+1"},
		"a fraction":                  {header: "1.5"},
		"garbage":                     {header: "soon"},
		"a date and time of RFC 3339": {header: "2000-01-01T00:00:07Z"},
		"more than a duration":        {header: "9223372037", final: true},
		"more than an int64":          {header: "9223372036854775808", final: true},
		"more than a uint64":          {header: strings.Repeat("9", 40), final: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := answers(429, 200)
				server.answers[0] = answering(429, tc.header)
				start := time.Now()
				_, err := server.client(t).Create(t.Context(), "")
				switch {
				case tc.final:
					require.ErrorIs(t, err, turnkeys.ErrRateLimited)
					assert.Zero(t, time.Since(start))
					assert.Greater(t, failed(t, err).RetryAfter, time.Minute)
					assert.Contains(t, err.Error(), "try again in ")
				case tc.wait > 0:
					require.NoError(t, err)
					assert.Equal(t, []time.Duration{tc.wait}, server.waits())
				default:
					require.NoError(t, err)
					assert.Less(t, server.waits()[0], 500*time.Millisecond)
				}
			})
		})
	}
}

func TestRetryAfterIsWaitedForOnEveryStatusThatIsSentAgain(t *testing.T) {
	for _, status := range []int{429, 500, 502, 503, 504} {
		synctest.Test(t, func(t *testing.T) {
			server := answers(status, 200)
			server.answers[0] = answering(status, "9")
			_, err := server.client(t).Get(t.Context(), keyID)
			require.NoError(t, err)
			assert.Equal(t, []time.Duration{9 * time.Second}, server.waits())
		})
	}
}

func TestWithoutRetriesEverythingIsSentOnce(t *testing.T) {
	for _, op := range operations {
		for _, answer := range []func(*http.Request) (*http.Response, error){answering(429, ""), answering(503, ""), failing(errCut)} {
			synctest.Test(t, func(t *testing.T) {
				server := &script{answers: []func(*http.Request) (*http.Response, error){answer}}
				start := time.Now()
				_, err := op.call(t.Context(), server.client(t, turnkeys.WithRetries(0)))
				require.Error(t, err)
				assert.Len(t, server.sent, 1)
				assert.Zero(t, time.Since(start))
			})
		}
	}
}

func TestRetriedDeleteThatFindsTheKeyGoneIsNotFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := answers(0, 404)
		server.answers[0] = failing(errCut)
		_, err := server.client(t).Delete(t.Context(), keyID)
		require.ErrorIs(t, err, turnkeys.ErrNotFound)
		assert.Equal(t, 2, failed(t, err).Attempts)
	})
}

func TestCreateThatIsRefusedAndThenCutOffHasAnUnknownOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := answers(429, 0, 200)
		server.answers[1] = failing(errCut)
		_, err := server.client(t).Create(t.Context(), "")
		require.ErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
		assert.Len(t, server.sent, 2)
	})
}
