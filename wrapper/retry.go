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

const (
	firstWait = 500 * time.Millisecond
	maxWait   = 60 * time.Second
)

// transient are the statuses that a retry may cure; 520 to 524 are Cloudflare's own.
var transient = []int{429, 500, 502, 503, 504, 520, 521, 522, 523, 524}

// retryWait returns how long to wait before a failed call is retried, and whether it is. Jitter is from 0 to 1.
func retryWait(op operation, failure *Error, retries int, jitter float64) (wait time.Duration, retry bool) {
	if failure.Attempts > retries || !mayRetry(op, failure) {
		return 0, false
	}
	if wait = failure.RetryAfter; wait == 0 {
		wait = backoff(failure.Attempts, jitter)
	}
	return wait, wait <= maxWait
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
	return failure.incomplete || slices.Contains(transient, failure.StatusCode)
}

// isFinal reports whether no retry can cure err. It also proves that nothing was sent.
func isFinal(err error) bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted || errors.Is(err, errProxy)
}

// backoff doubles from attempt to attempt, up to 8 s; the second half of it is jitter.
func backoff(attempts int, jitter float64) time.Duration {
	ceiling := firstWait << min(attempts-1, 4)
	return ceiling/2 + time.Duration(jitter*float64(ceiling/2))
}

// retryAfter reads a Retry-After header, in seconds or as a date. It is 0 if there is none, or it is past.
func retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(math.MaxInt64/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}
