package turnkeys

import (
	"crypto/tls"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestWhatIsRetried(t *testing.T) {
	transient := []int{429, 500, 502, 503, 504, 520, 521, 522, 523, 524}
	for _, op := range []operation{createTurnKey, listTurnKeys, getTurnKey, editTurnKey, deleteTurnKey} {
		isRetried := func(failure *Error) bool {
			failure.Attempts = 1
			_, retry := retryWait(op, failure, 1, 0)
			return retry
		}
		for status := 100; status <= 999; status++ {
			want := slices.Contains(transient, status) && (!op.creates || status == 429)
			assert.Equal(t, want, isRetried(&Error{StatusCode: status}), "%s, %d", op.id, status)
			for _, code := range []int{971, 10100} {
				assert.True(t, isRetried(&Error{StatusCode: status, Errors: []Message{{Code: 1000}, {Code: code}}}), "%s, %d with %d", op.id, status, code)
			}
		}
		assert.True(t, isRetried(&Error{incomplete: true}), "%s, never sent", op.id)
		assert.Equal(t, !op.creates, isRetried(&Error{incomplete: true, StatusCode: 200}), "%s, truncated", op.id)
		assert.False(t, isRetried(&Error{StatusCode: 429, outcomeUnknown: true}), "%s, outcome unknown", op.id)
		for _, final := range []error{&tls.CertificateVerificationError{Err: http.ErrNotSupported}, errProxy} {
			assert.False(t, isRetried(&Error{incomplete: true, cause: final}), "%s, %v", op.id, final)
		}
	}
}

func TestNothingIsRetriedMoreOftenThanAllowed(t *testing.T) {
	for retries := range 3 {
		for attempts := 1; attempts <= 4; attempts++ {
			_, retry := retryWait(getTurnKey, &Error{StatusCode: 503, Attempts: attempts}, retries, 0)
			assert.Equal(t, attempts <= retries, retry, "%d attempts, %d retries", attempts, retries)
		}
	}
}

func TestWaitsDoubleUpTo8SecondsWithJitterInTheSecondHalf(t *testing.T) {
	ceiling := 500 * time.Millisecond
	for attempts := 1; attempts <= 70; attempts++ {
		for jitter, want := range map[float64]time.Duration{0: ceiling / 2, 0.5: ceiling * 3 / 4, 1: ceiling} {
			wait, retry := retryWait(getTurnKey, &Error{StatusCode: 503, Attempts: attempts}, 70, jitter)
			assert.True(t, retry)
			assert.Equal(t, want, wait, "attempt %d, jitter %v", attempts, jitter)
		}
		ceiling = min(2*ceiling, 8*time.Second)
	}
}

func TestRetryAfterIsWaitedForUpToAMinute(t *testing.T) {
	for asked, want := range map[time.Duration]bool{time.Second: true, time.Minute: true, time.Minute + 1: false} {
		wait, retry := retryWait(createTurnKey, &Error{StatusCode: 429, Attempts: 1, RetryAfter: asked}, 1, 0)
		assert.Equal(t, asked, wait)
		assert.Equal(t, want, retry, "%v", asked)
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	const most = 9223372036 * time.Second
	synctest.Test(t, func(t *testing.T) { // its clock begins at midnight UTC, 2000-01-01
		for value, want := range map[string]time.Duration{
			"": 0, "0": 0, "1": time.Second, "61": 61 * time.Second,
			"-1": 0, "+1": 0, " 1": 0, "1.5": 0, "1e3": 0, "soon": 0, "2000-01-01T00:00:07Z": 0,
			"9223372037": most, "9223372036854775808": most, strings.Repeat("9", 40): most,
			"Sat, 01 Jan 2000 00:00:07 GMT":    7 * time.Second,
			"Saturday, 01-Jan-00 00:00:07 GMT": 7 * time.Second,
			"Sat Jan  1 00:00:07 2000":         7 * time.Second,
			"Sat, 01 Jan 2000 00:00:00 GMT":    0,
			"Fri, 31 Dec 1999 23:00:00 GMT":    0,
		} {
			assert.Equal(t, want, retryAfter(http.Header{"Retry-After": {value}}), "%q", value)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"", "60", "-1", "18446744073709551616", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0000 00:00:00 GMT", "\x00"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		asked := retryAfter(http.Header{"Retry-After": {value}})
		assert.GreaterOrEqual(t, asked, time.Duration(0))
		wait, retry := retryWait(getTurnKey, &Error{StatusCode: 429, Attempts: 1, RetryAfter: asked}, 1, 0)
		assert.Equal(t, asked <= time.Minute, retry)
		assert.Positive(t, wait)
	})
}
