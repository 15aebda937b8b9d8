package conformance

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

const cleanupTimeout = 30 * time.Second

// cleanUp deletes what the run created and has not deleted.
func (r *run) cleanUp(ctx context.Context) {
	r.cleaning, r.outOfRequests = true, false
	for _, acc := range r.accounts {
		if acc.unclean() {
			r.begin("clean up", true)
			r.deleteRest(ctx, acc)
			r.end()
		}
	}
}

func (r *run) deleteRest(ctx context.Context, acc *account) {
	for wait := time.Second; acc.unclean() && ctx.Err() == nil && !r.outOfRequests; wait *= 2 {
		for _, k := range acc.live() {
			if r.spareRequests() >= 2 && !r.deletesHarm && r.owns(ctx, k) { // one to see whether it is gone
				r.delete(ctx, k)
			}
		}
		r.list(ctx, acc, "after cleaning up")
		r.lookForDeleted(ctx, acc)
		if r.deletesHarm {
			return
		}
		if acc.unclean() {
			if !acc.canBeCleaned() {
				return
			}
			r.progress("waiting for what is not deleted yet")
			r.sleep(ctx, max(wait, acc.untilSought(r.Settle)))
		}
	}
}

// unclean says that there may be something to delete.
func (acc *account) unclean() bool {
	unsought := func(p pendingCreate) bool { return !p.sought }
	return slices.ContainsFunc(acc.pending, unsought) || slices.ContainsFunc(acc.keys, func(k *key) bool { return !k.isProvenDeleted() })
}

// untilSought returns how long it takes until a list can tell that no create made a key after all.
func (acc *account) untilSought(settle time.Duration) (wait time.Duration) {
	for _, p := range acc.pending {
		wait = max(wait, time.Until(p.since.Add(settle)))
	}
	return wait
}

// canBeCleaned reports whether waiting and trying again may help: not if all that is left are keys that the run may not
// touch.
func (acc *account) canBeCleaned() bool {
	mayHelp := func(k *key) bool { return !k.isProvenDeleted() && (k.seen || !k.got) }
	return acc.untilSought(0) > 0 || len(acc.pending) > 0 || slices.ContainsFunc(acc.keys, mayHelp)
}

// isProvenDeleted reports whether a delete was answered as if it worked, and both a list and a get bear it out.
func (k *key) isProvenDeleted() bool { return k.deleted && k.unlisted && k.gone || k.uidReused }

// lookForDeleted gets each key that was deleted, once: a list may hide it.
func (r *run) lookForDeleted(ctx context.Context, acc *account) {
	for _, k := range acc.keys {
		if k.deleted && !k.gone && !k.uidReused {
			r.callForDeleted(ctx, getTurnKey, k)
		}
	}
}

// reportKeys says of each key what became of it.
func (r *run) reportKeys(acc *account) {
	for _, k := range acc.keys {
		switch {
		case k.uidReused:
		case !k.isProvenDeleted() && k.got && !k.seen && !k.likely:
			r.leave(acc, k.nameInWords())
		case !k.isProvenDeleted():
			r.report.Left = append(r.report.Left, LeftKey{UID: k.uid, Name: k.nameInWords(), Command: r.commandFor(k)})
		case k.deleteStatus == http.StatusOK:
			r.report.Deleted = append(r.report.Deleted, k.uid)
		default:
			r.report.Notices = append(r.report.Notices, Notice{
				Step:    r.step().Name,
				Message: fmt.Sprintf("the run's key %s is gone, although its delete was answered with %d", k.uid, k.deleteStatus),
			})
		}
	}
	for _, p := range acc.pending {
		if p.failed {
			r.report.Notices = append(r.report.Notices, Notice{
				Step: r.step().Name, Message: fmt.Sprintf("a create that failed may have made a key all the same: look for the name %q", p.name),
			})
			continue
		}
		r.leave(acc, p.name)
	}
	for _, name := range acc.undeletable {
		r.leave(acc, name)
	}
	if !r.othersWorkHere {
		r.reportUnexplained(acc)
	}
}

// leave reports a key that is known by its name only.
func (r *run) leave(acc *account, name string) {
	r.report.Left = append(r.report.Left, LeftKey{Name: name, Command: r.curl("GET", acc, "")})
}

// reportUnexplained reports the keys that are new since the run began and that no create explains: a create that was
// rejected may have made them. They may also be those of others, so there is no command to delete them.
func (r *run) reportUnexplained(acc *account) {
	for _, uid := range slices.Sorted(maps.Keys(acc.otherKeys)) {
		s := acc.otherKeys[uid]
		if acc.firstListed[uid] || acc.otherRuns[uid] || s.name == nil || s.created == nil || s.created.Before(r.started.Add(-clockTolerance)) {
			continue
		}
		r.leave(acc, *s.name)
	}
}

// commandFor deletes a key of the run, or shows a key that may be that of others.
func (r *run) commandFor(k *key) string {
	method := http.MethodDelete
	if k.got && !k.seen {
		method = http.MethodGet
	}
	return r.curl(method, k.account, "/"+k.uid)
}

func (k *key) nameInWords() string {
	if name := k.current().name; name != nil {
		return *name
	}
	return ""
}

// curl returns a command that makes a request for the account.
func (r *run) curl(method string, acc *account, suffix string) string {
	variable := "CLOUDFLARE_API_TOKEN"
	if acc.id != r.AccountID {
		variable = "CLOUDFLARE_OTHER_API_TOKEN"
	}
	return fmt.Sprintf(`curl -X %s -H "Authorization: Bearer $%s" %s/accounts/%s/calls/turn_keys%s`,
		method, variable, strings.TrimSuffix(r.BaseURL, "/"), acc.id, suffix)
}
