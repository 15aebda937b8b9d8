package conformance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// ask makes a call, and retries it while that may help. It reports what is wrong with the last response.
func (r *run) ask(ctx context.Context, c call) response { return r.follow(ctx, r.send(ctx, c)) }

// follow does the same for a call whose first response is there.
func (r *run) follow(ctx context.Context, a response) response {
	start, changed, late := time.Now(), r.lastChange, false
	for !a.unsent {
		findings := r.judge(a)
		wait, why := r.retry(ctx, a, findings, time.Since(start))
		if why == "" || ctx.Err() != nil {
			r.conclude(ctx, a, findings)
			if late && ctx.Err() == nil {
				return r.noteDelay(ctx, a, findings, start, changed)
			}
			return a
		}
		if a.failed() {
			a.failure = a.summary()
		} else if a.account.first != nil {
			r.record(a)
		}
		late = late || why == waitingFor
		r.progress(why + " " + a.ID)
		r.sleep(ctx, wait)
		a = r.send(ctx, a.call)
	}
	return a
}

// noteDelay records how late the server was, or that it never settled. It repeats a read after Settle: by then a late replica
// has every change, but one that loses changes does not.
func (r *run) noteDelay(ctx context.Context, a response, findings []finding, start, changed time.Time) response {
	for _, f := range findings {
		r.unsettled[f.check] = r.unsettled[f.check] || f.late
	}
	if len(findings) > 0 {
		return a
	}
	r.notice(a.call, "as expected only after %.1f s", time.Since(start).Seconds())
	if !changed.IsZero() {
		r.longestDelay = max(r.longestDelay, time.Since(changed))
	}
	if a.Method != http.MethodGet || r.lookedAgain[a.ID] || r.spare() < 4 {
		return a
	}
	r.lookedAgain[a.ID] = true
	r.sleep(ctx, time.Until(r.lastChange.Add(r.Settle)))
	c, found := a.call, r.step().Violations
	c.settled = true
	for i := 0; i < 4 && r.step().Violations == found && !r.stopped(ctx); i++ {
		a = r.ask(ctx, c)
	}
	return a
}

// conclude reports what is wrong with the last response to a call.
func (r *run) conclude(ctx context.Context, a response, findings []finding) {
	if a.account.first == nil && !r.cleaning && ctx.Err() == nil {
		r.checkStart(ctx, a)
	}
	if a.isList() && a.want.isSuccess() && !a.unordered {
		defer r.takeList(a) // when its findings are in the report
	}
	switch {
	case ctx.Err() != nil || r.failed != nil: // the call was not made to its end
		r.step().Stopped = true
		return
	case a.status == http.StatusTooManyRequests && r.spare() < 1:
		r.skip("retries used up the requests for this step")
		return
	case a.creates() && a.status/100 == 4 && len(findings) > 0 && len(r.look(ctx, a.account).results) >= maxKeys:
		r.skip("others have filled the account")
		if len(r.main.keys) == 0 {
			r.fail("others have filled the account: delete a key to make room for the run")
		}
		return
	case a.failure != "" && !a.failed():
		r.notice(a.call, "first attempt: %s; retry: %s", a.failure, a.summary())
	}
	r.record(a)
	r.addFindings(a, findings)
	r.rejectedToken = r.rejectedToken || len(findings) == 0 && a.want.check == unauthorized.check
}

// look lists the keys once more, and judges nothing.
func (r *run) look(ctx context.Context, acc *account) response {
	return r.send(ctx, acc.call(listTurnKeys, nil, ""))
}

// retry returns how long to wait before a retry, and why; "" means no retry. A check that once did not settle is not waited
// for again.
func (r *run) retry(ctx context.Context, a response, findings []finding, elapsed time.Duration) (wait time.Duration, why string) {
	mayBeLate := func(f finding) bool { return f.late && !r.unsettled[f.check] }
	switch {
	case r.spare() < 1:
	case a.status == http.StatusTooManyRequests:
		return r.afterRateLimit(ctx, a, elapsed)
	case a.failed():
		if r.isException(a) {
			r.failures[a.ID] = a.number
			return time.Second, "retrying"
		}
	case elapsed < r.Settle && !a.settled && slices.ContainsFunc(findings, mayBeLate):
		return min(r.Settle-elapsed, max(r.Settle/10, 2*elapsed)), waitingFor
	}
	return 0, ""
}

const waitingFor = "waiting for"

// isException reports whether a failure is the first of an operation, or ten requests were made since the last one. A
// create that got no response is not repeated.
func (r *run) isException(a response) bool {
	last, failed := r.failures[a.ID]
	isLost := a.status == 0 && a.Operation == createTurnKey
	return !isLost && (!failed || r.spent()-last >= 10)
}

// Cloudflare rejects requests for five minutes at most.
const longestRateLimit = 5 * time.Minute

// afterRateLimit waits for as long as a 429 asks, or for twice as long as the last time.
func (r *run) afterRateLimit(ctx context.Context, a response, elapsed time.Duration) (wait time.Duration, why string) {
	wait = time.Second + elapsed
	if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); err == nil && seconds > 0 {
		wait = time.Duration(seconds) * time.Second
	}
	wait = max(0, wait-time.Since(a.at)) // for calls at once, the wait of the first may be enough
	isTooLong := r.rateLimited+wait > longestRateLimit
	mayBeAlone := isTooLong || a.want.check == unauthorized.check && elapsed >= time.Second // the only call that is rate-limited
	switch {
	case mayBeAlone && r.look(ctx, a.account).status != a.status:
	case isTooLong:
		r.fail("%s: 429 Too Many Requests for more than %s", a.ID, longestRateLimit)
	default:
		r.rateLimited += wait
		return wait, fmt.Sprintf("rate-limited: waiting %s for", wait.Round(time.Second))
	}
	return 0, ""
}

// spare returns the number of requests left after the remaining steps and deletions.
func (r *run) spare() int {
	left := r.MaxRequests() - r.spent()
	if r.cleaning {
		return left
	}
	if r.rateLimited > 0 && len(r.toCome) == 0 { // a rate limit may take each request twice
		left /= 2
	}
	for _, acc := range r.accounts {
		for _, k := range acc.keys {
			if !k.gone {
				left -= 2 // to delete the key, and to see that it is gone
			}
		}
	}
	return left - len(r.toCome) - 1 // for a list
}
