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
			if r.spareRequests() >= 2 && !r.deletesHarm { // one to see whether it is gone
				r.delete(ctx, k)
			}
		}
		r.list(ctx, acc, "after cleaning up")
		if r.deletesHarm {
			return
		}
		if acc.unclean() {
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

// isProvenDeleted says that a delete was answered as if it worked, and that the lists since then bear it out.
func (k *key) isProvenDeleted() bool { return k.deleted && k.unlisted || k.uidReused }

// reportKeys says of each key what became of it.
func (r *run) reportKeys(acc *account) {
	lying := slices.ContainsFunc(acc.keys, func(k *key) bool { return k.gotAfterDelete })
	for _, k := range acc.keys {
		switch {
		case k.uidReused:
		case !k.isProvenDeleted(), lying:
			r.report.Left = append(r.report.Left, LeftKey{UID: k.uid, Name: k.nameInWords(), Command: r.deleteCommand(acc, k.uid)})
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
		r.report.Left = append(r.report.Left, LeftKey{Name: p.name, Command: "curl " + r.curlArguments(acc, "")})
	}
	for _, name := range acc.undeletable {
		r.report.Left = append(r.report.Left, LeftKey{Name: name, Command: "curl " + r.curlArguments(acc, "")})
	}
	if !r.othersWorkHere {
		r.reportUnexplained(acc)
	}
}

// reportUnexplained reports the new keys that no answer to a create showed. Where nobody else works, they are the run's.
func (r *run) reportUnexplained(acc *account) {
	for _, uid := range slices.Sorted(maps.Keys(acc.otherKeys)) {
		s := acc.otherKeys[uid]
		if acc.firstListed[uid] || isOfSomeRun(s) {
			continue
		}
		left := LeftKey{Command: "curl " + r.curlArguments(acc, "")}
		if s.name != nil {
			left.Name = *s.name
		}
		if validUID.MatchString(uid) {
			left.UID, left.Command = uid, r.deleteCommand(acc, uid)
		}
		r.report.Left = append(r.report.Left, left)
	}
}

func (r *run) deleteCommand(acc *account, uid string) string {
	return "curl -X DELETE " + r.curlArguments(acc, "/"+uid)
}

func (k *key) nameInWords() string {
	if name := k.current().name; name != nil {
		return *name
	}
	return ""
}

func (r *run) curlArguments(acc *account, suffix string) string {
	variable := "CLOUDFLARE_API_TOKEN"
	if acc.id != r.AccountID {
		variable = "CLOUDFLARE_OTHER_API_TOKEN"
	}
	return fmt.Sprintf(`-H "Authorization: Bearer $%s" %s/accounts/%s/calls/turn_keys%s`,
		variable, strings.TrimSuffix(r.BaseURL, "/"), acc.id, suffix)
}
