package conformance

import (
	"context"
	"maps"
	"slices"
	"time"
)

const (
	cleanupTimeout     = 30 * time.Second
	longestCleanupWait = 4 * time.Second
)

// cleanUp deletes what the run created and has not deleted.
func (r *run) cleanUp(ctx context.Context) {
	r.cleaning, r.toCome = true, nil
	for _, acc := range r.accounts {
		if r.isUnclean(acc) && r.spare() > 0 {
			r.begin("clean up", true)
			r.deleteRest(ctx, acc)
			r.end()
		}
	}
}

// deleteRest deletes the rest of the run's keys, and looks for those that may still appear.
func (r *run) deleteRest(ctx context.Context, acc *account) {
	for wait := time.Second; ; wait *= 2 {
		for _, k := range acc.live() {
			if !r.deletesHarm {
				r.do(ctx, acc.call(deleteTurnKey, k, ""))
			}
		}
		r.do(ctx, acc.call(listTurnKeys, nil, "after the keys were deleted"))
		for _, k := range acc.keys {
			if k.deleted && !k.gone { // a list may hide it
				r.awaitChanges(ctx)
				r.ask(ctx, afterDeletion(acc.call(getTurnKey, k, "after deletion")))
			}
		}
		if !r.isUnclean(acc) || r.deletesHarm || wait > longestCleanupWait || r.spare() < 1 || ctx.Err() != nil {
			return
		}
		r.progress("waiting for what is not deleted yet")
		r.sleep(ctx, wait)
		for _, c := range acc.creates {
			r.sleep(ctx, time.Until(c.at.Add(r.Settle)))
		}
	}
}

// isUnclean reports whether anything may be left to delete.
func (r *run) isUnclean(acc *account) bool {
	return slices.ContainsFunc(acc.creates, func(c response) bool { return (c.ok() || c.failed()) && !r.hasSettled(c) }) ||
		slices.ContainsFunc(acc.keys, func(k *key) bool { return !k.isProvenDeleted() })
}

// hasSettled reports whether a list would contain the key that a create made after all.
func (r *run) hasSettled(c response) bool { return c.account.listedAt.Sub(c.at) >= r.Settle }

// reportKeys reports for each key whether it is deleted or left.
func (r *run) reportKeys(acc *account) {
	// A server that edits a deleted key hides keys instead of deleting them.
	hides := slices.ContainsFunc(r.report.Violations, func(v Violation) bool {
		return v.OperationID == editTurnKey.ID && v.Rule == deleted.check
	})
	for _, k := range acc.keys {
		switch {
		case k.isProvenDeleted() && !hides:
			r.report.Deleted = append(r.report.Deleted, k.uid)
		case k.seen:
			r.report.Left = append(r.report.Left, LeftKey{UID: k.uid, Name: k.name(), Command: r.curl(acc.call(deleteTurnKey, k, ""))})
		default: // nothing shows that there is such a key, or that it is the run's
			r.leave(acc, k.name())
		}
	}
	for _, c := range acc.creates {
		if c.isLikelyCreate() || c.failed() && !r.hasSettled(c) {
			r.leave(acc, textOf(c.name))
		}
	}
	// New keys that no successful create explains: a rejected create may have made them, or someone else, so the command
	// does not delete them.
	for _, uid := range slices.Sorted(maps.Keys(acc.last)) {
		s, k := acc.last[uid], acc.byUID(uid)
		_, isOld := acc.first[uid]
		isNew := !isOld && s.created != nil && s.created.After(r.started.Add(-clockTolerance))
		if isNew && (k == nil || !k.seen) && !acc.isOfAnotherRun(s) && !r.othersWorkHere() {
			r.leave(acc, textOf(s.name))
		}
	}
}

// leave reports a key of which only the name is known.
func (r *run) leave(acc *account, name string) {
	r.report.Left = append(r.report.Left, LeftKey{Name: name, Command: r.curl(acc.call(listTurnKeys, nil, ""))})
}
