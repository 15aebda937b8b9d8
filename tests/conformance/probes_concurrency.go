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
	if r.main.roomAtStart-len(r.main.live()) < atOnce || r.spareRequests() < 4*atOnce*r.requestsPerCall() {
		r.step().LeftOut = "there is not enough room for six keys, or not enough requests are left"
		return
	}
	var keys []*key
	var calls []call
	for i := range atOnce {
		k := r.main.newKey(fmt.Sprintf("key %d of six created at once", i+1))
		keys = append(keys, k)
		calls = append(calls, r.main.call(createTurnKey, "", "of "+k.label).withName(r.nameAtOnce(i)))
	}
	for i, a := range r.sendAtOnce(ctx, calls) {
		if findings := r.noteCreated(a, keys[i], r.nameAtOnce(i)); ctx.Err() == nil {
			r.addFindings(a, findings)
		}
	}
	keys = slices.DeleteFunc(keys, func(k *key) bool { return k.uid == "" })

	r.awaitChanges(ctx)
	calls = nil
	for _, k := range keys {
		calls = append(calls, r.main.call(getTurnKey, k.uid, "of "+k.label+", at once with others"))
	}
	for i, a := range r.sendAtOnce(ctx, calls) {
		keys[i].got = a.status != 0
		findings := r.compareKey(a, keys[i])
		if ctx.Err() != nil {
			return
		}
		if isLate(findings) && (r.longestDelay > 0 || !isMissing(a.status)) {
			r.get(ctx, keys[i])
			continue
		}
		r.addFindings(a, findings)
	}
	r.checkList(ctx, r.main, "after six creates at once")
}

func (r *run) nameAtOnce(i int) string { return fmt.Sprintf("%s at once %d", r.name, i+1) }

// sendAtOnce sends calls at the same time. What has to be asked again is asked one by one.
func (r *run) sendAtOnce(ctx context.Context, calls []call) []answer {
	answers := make([]answer, len(calls))
	var wait sync.WaitGroup
	for i, c := range calls {
		wait.Go(func() { answers[i] = r.roundTrip(ctx, c) })
	}
	wait.Wait()
	r.count(len(calls))
	exchanges := r.drain()
	for i, a := range answers {
		r.notePanic(a)
		for j, e := range exchanges { // which of them is the call's cannot be told, and does not matter
			if e.Status == a.status {
				a.exchange, exchanges = e, slices.Delete(exchanges, j, j+1)
				break
			}
		}
		answers[i] = r.accept(ctx, a)
	}
	return answers
}
