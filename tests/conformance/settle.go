package conformance

import (
	"context"
	"slices"
	"time"
)

// askUntilSettled asks until the answer is what it should be, for as long as what is wrong with it may only be late.
func (r *run) askUntilSettled(ctx context.Context, ask func() (answer, []finding)) (answer, []finding) {
	start := time.Now()
	a, findings := ask()
	for isLate(findings) && time.Since(start) < r.Settle {
		if r.spareRequests() < 1 {
			r.addNotice(a.call, "may be late: there are no requests left to ask again")
			return a, slices.DeleteFunc(findings, func(f finding) bool { return f.late })
		}
		wait := r.untilNextAsk(time.Since(start))
		r.progress("waiting for " + a.id)
		r.sleep(ctx, wait)
		changed := r.lastChange // before this call, which may be a change too
		a, findings = ask()
		if len(findings) == 0 && a.status != 0 {
			r.addNotice(a.call, "settled after %.1f s", time.Since(start).Seconds())
			if !changed.IsZero() {
				r.longestDelay = max(r.longestDelay, time.Since(changed))
			}
		}
	}
	if ctx.Err() != nil { // it was not asked to the end
		r.step().Stopped = true
		return a, nil
	}
	return a, findings
}

func isLate(findings []finding) bool {
	return slices.ContainsFunc(findings, func(f finding) bool { return f.late })
}

// untilNextAsk returns how long to wait before the same is asked again. The last request to spare is made when the time
// is up.
func (r *run) untilNextAsk(elapsed time.Duration) time.Duration {
	left := r.Settle - elapsed
	if r.spareRequests() == 1 {
		return left
	}
	return min(left, max(r.Settle/10, 2*elapsed))
}

// awaitChanges waits until what was changed last can be seen, on a server that has turned out to be late.
func (r *run) awaitChanges(ctx context.Context) {
	if r.longestDelay > 0 {
		r.sleep(ctx, time.Until(r.lastChange.Add(min(r.longestDelay*3/2, r.Settle))))
	}
}

// awaitTick waits until a change to the key must show in its time of modification.
func (r *run) awaitTick(ctx context.Context, k *key) {
	tick := 20 * time.Millisecond
	if modified := k.current().modified; modified != nil && modified.Nanosecond() == 0 { // times in whole seconds
		tick = 1100 * time.Millisecond
	}
	r.sleep(ctx, time.Until(k.changed.Add(tick)))
}
