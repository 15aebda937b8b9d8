package conformance

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

const atOnce = 6

// probeConcurrency creates keys at once, and gets them at once.
func (r *run) probeConcurrency(ctx context.Context) {
	if r.main.roomAtStart-len(r.main.live()) < atOnce || r.spare(call{}) < 4*atOnce {
		r.step().Skipped = "not enough room for six keys, or not enough requests left"
		return
	}
	var calls []call
	for i := range atOnce {
		k := r.main.newKey(fmt.Sprintf("key %d of six created at once", i+1))
		calls = append(calls, r.main.call(createTurnKey, k, "").withName(fmt.Sprintf("%s at once %d", r.name, i+1)))
	}
	var keys []*key
	for _, a := range r.askAtOnce(ctx, calls) {
		if a.about.uid != "" {
			keys = append(keys, a.about)
		}
	}
	r.awaitChanges(ctx)
	calls = nil
	for _, k := range keys {
		c := r.main.call(getTurnKey, k, "at once with others")
		if r.longestDelay == 0 {
			c.want.late = nil
		}
		calls = append(calls, c)
	}
	r.askAtOnce(ctx, calls)
	r.checkList(ctx, r.main, "after six creates at once")
}

// askAtOnce makes calls at the same time. Their retries are made one by one.
func (r *run) askAtOnce(ctx context.Context, calls []call) []response {
	responses := make([]response, len(calls))
	var wait sync.WaitGroup
	for i, c := range calls {
		wait.Go(func() { responses[i] = r.roundTrip(ctx, c) })
	}
	wait.Wait()
	r.count(len(calls))
	for i, a := range responses {
		r.note(&a) // all keys are noted before any retry is made
		responses[i] = r.check(a)
	}
	for i, a := range responses {
		responses[i] = r.follow(ctx, a)
	}
	return slices.Clip(responses)
}
