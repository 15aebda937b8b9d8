package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

const cleanupTimeout = 30 * time.Second

// cleanUp deletes what the run created and has not deleted.
func (r *run) cleanUp(ctx context.Context) {
	r.cleaning, r.toCome = true, nil
	for _, acc := range r.accounts {
		if acc.isUnclean() && r.spent < r.MaxRequests() {
			r.begin("clean up", true)
			r.deleteRest(ctx, acc)
			r.end()
		}
	}
}

func (r *run) deleteRest(ctx context.Context, acc *account) {
	for attempt := 0; ctx.Err() == nil; attempt++ {
		for _, k := range acc.live() {
			if !r.deletesHarm {
				r.do(ctx, acc.call(deleteTurnKey, k, ""))
			}
		}
		r.do(ctx, acc.call(listTurnKeys, nil, "after cleaning up"))
		r.lookForDeleted(ctx, acc)
		if !acc.isUnclean() || !acc.canBeCleaned(attempt) || r.deletesHarm || r.spent >= r.MaxRequests() {
			return
		}
		r.progress("waiting for what is not deleted yet")
		r.sleep(ctx, max(time.Second<<attempt, acc.untilSought(r.Settle)))
	}
}

// lookForDeleted gets each key that was deleted, once: a list may hide it.
func (r *run) lookForDeleted(ctx context.Context, acc *account) {
	for _, k := range slices.Clone(acc.keys) {
		if k.deleted && !k.gone {
			r.awaitChanges(ctx)
			r.ask(ctx, afterDeletion(acc.call(getTurnKey, k, "after deletion")))
		}
	}
}

// isUnclean reports whether anything may be left to delete.
func (acc *account) isUnclean() bool {
	return slices.ContainsFunc(acc.pending, func(p pendingCreate) bool { return !p.sought }) ||
		slices.ContainsFunc(acc.keys, func(k *key) bool { return !k.isProvenDeleted() })
}

// canBeCleaned reports whether one more attempt may help: not if all that is left are keys that the run may not change, or
// that the server repeatedly refuses to delete.
func (acc *account) canBeCleaned(attempt int) bool {
	return slices.ContainsFunc(acc.pending, func(p pendingCreate) bool { return !p.sought }) ||
		slices.ContainsFunc(acc.keys, func(k *key) bool {
			return !k.isProvenDeleted() && (k.seen || !k.got) && (attempt < 2 || k.mayBeDeleted)
		})
}

// untilSought returns how long it takes until a list can tell that no create made a key after all.
func (acc *account) untilSought(settle time.Duration) (wait time.Duration) {
	for _, p := range acc.pending {
		wait = max(wait, time.Until(p.since.Add(settle)))
	}
	return wait
}

// reportKeys reports for each key whether it is deleted or left.
func (r *run) reportKeys(acc *account) {
	// A server that once edits a deleted key hides keys instead of deleting them.
	hides := slices.ContainsFunc(acc.keys, func(k *key) bool { return k.undead })
	for _, k := range acc.keys {
		switch {
		case k.isProvenDeleted() && !hides:
			r.report.Deleted = append(r.report.Deleted, k.uid)
		case k.got && !k.seen: // nothing shows that there is such a key, or that it is the run's
			r.leave(acc, k.name())
		default:
			r.report.Left = append(r.report.Left, LeftKey{UID: k.uid, Name: k.name(), Command: r.curl(acc.call(deleteTurnKey, k, ""))})
		}
	}
	for _, p := range acc.pending {
		switch {
		case p.failed && p.listed && p.name == "": // it would be in the list, among the keys that nothing explains
		case p.failed && p.listed:
			r.report.Notices = append(r.report.Notices, Notice{
				Step: r.step().Name, Message: fmt.Sprintf("a failed create may still have created a key: look for one named %q", p.name),
			})
		default:
			r.leave(acc, p.name)
		}
	}
	for _, name := range acc.unusable {
		r.leave(acc, name)
	}
	if !r.othersWorkHere {
		r.reportUnexplained(acc)
	}
}

// leave reports a key that is known by its name only.
func (r *run) leave(acc *account, name string) {
	r.report.Left = append(r.report.Left, LeftKey{Name: name, Command: r.curl(acc.call(listTurnKeys, nil, ""))})
}

// reportUnexplained reports the keys that are new since the run began and that no create explains: a create that was
// rejected may have made them. They may also be those of others, so there is no command to delete them.
func (r *run) reportUnexplained(acc *account) {
	for _, uid := range slices.Sorted(maps.Keys(acc.otherKeys)) {
		s := acc.otherKeys[uid]
		isNew := !acc.firstListed[uid] && !acc.otherRuns[uid] && s.created != nil && s.created.After(r.started.Add(-clockTolerance))
		if isNew && s.name != nil {
			r.leave(acc, *s.name)
		}
	}
}
