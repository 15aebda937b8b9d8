package conformance

import (
	"context"
	"fmt"
	"slices"
)

// maxKeys is how many keys an account may have, according to openapi.yaml.
const maxKeys = 1000

// openAccount lists the keys of an account, before anything is done to it.
func (r *run) openAccount(ctx context.Context, acc *account) {
	c := acc.call(listTurnKeys, nil, "at the start")
	r.begin(c.String(), false)
	defer r.end()
	if r.do(ctx, c); acc.first != nil {
		r.accounts = append(r.accounts, acc)
	}
}

// checkStart finds out from the first response whether a run can be made at all.
func (r *run) checkStart(ctx context.Context, a response) {
	call := a.ID
	if a.account != r.main {
		call = "second account: " + call
	}
	switch {
	case a.status == 0:
		r.fail("%s: %w; check that the server is running and the base URL is correct", call, a.err)
	case isUnauthorized(a.status), a.hasCode(tokenCodes):
		r.fail("%s: %s; check the API token and that it belongs to this account", call, a.summary())
	case a.isFromElsewhere() && r.findsNoAPI(ctx, a.account):
		if r.fail("%s: %s; check the base URL", call, a.summary()); a.status >= 500 {
			r.fail("the server returns %s for every request", a.summary())
		}
	case !a.isList():
		r.notice(a.call, "without a list of the keys, the run cannot tell its own keys from others, so it stops here")
		r.halted = true
	case len(a.results) >= maxKeys:
		r.fail("the account is full (%d keys): delete one to make room for the run", len(a.results))
	}
}

// fail says why the run cannot go on.
func (r *run) fail(format string, args ...any) { r.failed = fmt.Errorf(format, args...) }

// findsNoAPI makes another request to find out whether the API is at the base URL: the list alone may be broken.
func (r *run) findsNoAPI(ctx context.Context, acc *account) bool {
	return r.send(ctx, invalidToken(changeFirst(acc.token))(acc.call(getTurnKey, nil, ""))).isFromElsewhere()
}

// takeList records a list, and adopts keys that the run created but no create response contained.
func (r *run) takeList(a response) {
	acc, shown := a.account, map[string]shownKey{}
	for _, s := range a.results {
		if !usableUID.MatchString(s.uid) {
			continue
		}
		if before, known := acc.last[s.uid]; known && acc.isOfAnotherRun(before) {
			s.name = before.name // it stays that run's, whatever its name becomes
		}
		shown[s.uid] = s
		if r.owns(s.name) && acc.byUID(s.uid) == nil && !acc.isOthers(s.uid) {
			if i := acc.createOf(*s.name); i >= 0 {
				acc.creates = slices.Delete(acc.creates, i, i+1)
			}
			k := acc.newKey("a key that no create returned")
			k.uid, k.versions = s.uid, []shownKey{s}
			acc.keys = append(acc.keys, k)
		}
	}
	acc.last, acc.listedAt = shown, a.at
	if acc.first == nil {
		acc.first = shown
	}
}

// judgeList compares a list with the keys that should be in it.
func (r *run) judgeList(a response) (all []finding) {
	acc, listed := a.account, map[string]bool{}
	for i, s := range a.results {
		at := fmt.Sprintf("/result/%d", i)
		k := acc.byUID(s.uid)
		switch {
		case !usableUID.MatchString(s.uid):
			continue
		case listed[s.uid]:
			all = append(all, finding{at: at, check: "list_repeats", message: "repeats a key that is already in the list"})
		case k == nil:
			all = append(all, r.judgeOther(a, at, s)...)
		case a.unordered:
		case k.deleted:
			all = append(all, finding{at: at, check: deleted.check, message: "is " + k.label + ", although it was deleted", late: true})
		default:
			all = append(all, a.judgeKey(at, k, s)...)
		}
		listed[s.uid] = true
	}
	var missing []finding
	for _, k := range acc.live() {
		if !listed[k.uid] && !k.uncertain {
			missing = append(missing, finding{at: "/result", check: "not_in_list", message: "does not contain " + k.label, late: true})
		}
	}
	for uid, s := range acc.last {
		if !listed[uid] && acc.byUID(uid) == nil && !acc.isOfAnotherRun(s) {
			message := "is missing a key that the previous list contained"
			missing = append(missing, finding{at: "/result", check: "side_effect", message: message, others: true})
		}
	}
	if n := len(a.results); len(missing) > 0 && slices.Contains([]int{10, 15, 20, 25, 30, 50, 100, 200, 250, 500}, n) {
		message := fmt.Sprintf("ends after %d keys, although there are more", n)
		missing = []finding{{at: "/result", check: "not_in_list", message: message, late: true}}
	}
	return append(all, missing...)
}

// judgeOther compares a key that is not known to be the run's with the list before. Where others work too, or another run,
// they may change it at any time.
func (r *run) judgeOther(a response, at string, s shownKey) []finding {
	acc, f := a.account, finding{at: at, check: "side_effect", others: true}
	before, known := acc.last[s.uid]
	mayExplain := func(c response) bool { return c.isLikelyCreate() && !r.owns(c.name) }
	changed := s.name != nil && before.name != nil && *s.name != *before.name ||
		differ(s.created, before.created) || differ(s.modified, before.modified)
	switch {
	case acc.first == nil, known && (acc.isOfAnotherRun(before) || !changed):
		return nil
	case known:
		f.message = "a key that the run did not create has changed"
	case r.owns(s.name):
		f.others, f.message = false, "is a second key from one create, or a rejected create made it"
		if i := acc.createOf(*s.name); i >= 0 && acc.creates[i].isLikelyCreate() {
			return nil
		} else if i >= 0 {
			f.message = fmt.Sprintf("%s returned %s, but created this key", acc.creates[i].call, acc.creates[i].summary())
		}
	case acc.isOfAnotherRun(s), slices.ContainsFunc(acc.creates, mayExplain):
		return nil
	default:
		f.message, f.late = "contains a new key that the run did not create", true
	}
	return []finding{f}
}
