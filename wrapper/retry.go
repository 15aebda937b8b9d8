package turnkeys

import (
	"crypto/tls"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// retryWait returns how long to wait before a retry, and reports whether to retry. Jitter is from 0 to 1.
func retryWait(op operation, failure *Error, retries int, jitter float64) (wait time.Duration, retry bool) {
	if failure.Attempts > retries || !mayRetry(op, failure) {
		return 0, false
	}
	if wait = failure.RetryAfter; wait == 0 { // half of the wait doubles from 0.25 s to 4 s, half is jitter
		half := 250 * time.Millisecond << min(failure.Attempts-1, 4)
		wait = half + time.Duration(jitter*float64(half))
	}
	return wait, wait <= time.Minute
}

// mayRetry reports whether a retry can help and do no harm. A create is retried only if it provably made nothing.
func mayRetry(op operation, failure *Error) bool {
	switch {
	case failure.outcomeUnknown, isFinal(failure.cause):
		return false
	case failure.Is(ErrRateLimited):
		return true
	case op.creates:
		return failure.incomplete && failure.StatusCode == 0
	}
	return failure.incomplete || slices.Contains([]int{500, 502, 503, 504, 520, 521, 522, 523, 524}, failure.StatusCode)
}

// isFinal reports whether no retry can cure err. If so, nothing was sent.
func isFinal(err error) bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted || errors.Is(err, errProxy)
}

// retryAfter reads a Retry-After header, in seconds or as a date: 0 if there is none, or if the date is past.
func retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(math.MaxInt64/time.Second))) * time.Second
	}
	date, _ := http.ParseTime(value) // the zero time is past
	return max(0, time.Until(date))
}
