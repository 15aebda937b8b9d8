package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// list lists the keys, and compares all of them with what the server should hold.
func (r *run) list(ctx context.Context, acc *account, words string) {
	r.awaitChanges(ctx)
	a, findings := r.askUntilSettled(ctx, func() (answer, []finding) {
		a := r.send(ctx, acc.call(listTurnKeys, "", words))
		if findings := r.wantSuccess(a); len(findings) > 0 || !a.isList() {
			return a, findings
		}
		return a, r.compareList(a)
	})
	r.addFindings(a, findings)
	if !a.isList() {
		return
	}
	r.compareOthers(a)
	acc.undeletable, r.deletesSinceList = nil, 0
	for i, p := range acc.pending {
		acc.pending[i].sought = p.sought || a.at.Sub(p.since) >= r.Settle
	}
	for _, s := range a.keys {
		if r.isOfThisRun(s) && !validUID.MatchString(s.uid) {
			acc.undeletable = append(acc.undeletable, *s.name)
		}
	}
	for _, k := range acc.keys {
		k.unlisted = k.deleted
	}
	for _, s := range a.keys {
		if k := acc.byUID(s.uid); k != nil {
			k.unlisted = false
		}
	}
}

// compareList compares the run's keys with a list of them.
func (r *run) compareList(a answer) (all []finding) {
	acc := a.account
	listed := map[string]bool{}
	for i, s := range a.keys {
		at := fmt.Sprintf("/result/%d", i)
		k := acc.byUID(s.uid)
		switch {
		case listed[s.uid] && s.uid != "":
			all = append(all, finding{at: at, message: "shows a key that the list has shown already"})
		case k != nil && r.isNotOurs(k, s):
			all = append(all, finding{at: at, message: "shows another key by the uid of " + k.label + "; the run leaves it alone"})
			k.disown(s)
		case k != nil && k.deleted:
			all = append(all, finding{at: at, message: "shows " + k.label + ", which is deleted", late: true})
		case k != nil:
			all = append(all, k.compare(at, s)...)
		}
		listed[s.uid] = true
	}
	for _, k := range acc.live() {
		if !listed[k.uid] && !k.mayBeDeleted {
			all = append(all, finding{at: "/result", message: "does not show " + k.label, late: true})
		}
	}
	return all
}

// compareOthers compares the keys that the run did not create with the list before.
func (r *run) compareOthers(a answer) {
	acc := a.account
	now := map[string]shownKey{}
	for i, s := range a.keys {
		if s.uid == "" || acc.byUID(s.uid) != nil {
			continue
		}
		at := fmt.Sprintf("/result/%d", i)
		before, known := acc.otherKeys[s.uid]
		switch {
		case acc.firstListed == nil: // this is the first list
		case known:
			if !sameKey(before, s) && !isOfSomeRun(before) {
				r.othersChanged(a, at, "a key that is not the run's has changed")
			}
		case r.isOfThisRun(s) && validUID.MatchString(s.uid):
			label, explained := acc.explain(*s.name)
			if !explained {
				r.addViolation(a, at, "sequence", "a create that was refused or failed has made a key")
			}
			acc.keys = append(acc.keys, &key{account: acc, label: label, uid: s.uid, versions: []shownKey{s}})
			continue
		case !isOfSomeRun(s) && !acc.mayHaveMade():
			r.othersChanged(a, at, "shows a key that the run did not create")
		}
		now[s.uid] = s
	}
	for uid, s := range acc.otherKeys {
		if !hasKey(now, uid) && !isOfSomeRun(s) {
			r.othersChanged(a, "/result", "does not show a key that was there before the run")
		}
	}
	acc.otherKeys = now
	if acc.firstListed == nil {
		acc.firstListed = map[string]bool{}
		for uid := range maps.Keys(now) {
			acc.firstListed[uid] = true
		}
	}
}

// explain finds the create that made a key with this name, and calls the key by it. It is a fault if that create failed,
// or if there is none.
func (acc *account) explain(name string) (label string, ok bool) {
	i := slices.IndexFunc(acc.pending, func(p pendingCreate) bool { return p.name == name })
	if i < 0 || acc.pending[i].failed {
		ok, label = false, "a key of a create that was refused or failed"
	} else {
		ok, label = true, "the key of a create whose answer was lost"
	}
	if i >= 0 {
		acc.pending = slices.Delete(acc.pending, i, i+1)
	}
	return label, ok
}

// mayHaveMade reports whether a create without a name of the run's own got no response: each explains one key.
func (acc *account) mayHaveMade() bool {
	i := slices.IndexFunc(acc.pending, func(p pendingCreate) bool { return p.name == "" })
	if i >= 0 {
		acc.pending = slices.Delete(acc.pending, i, i+1)
	}
	return i >= 0
}

// othersChanged reports a change that somebody else may have made: where nobody else works, a violation, after which the
// run changes nothing more, and after a delete deletes nothing more.
func (r *run) othersChanged(a answer, at, message string) {
	if r.othersWorkHere {
		r.addNotice(a.call, "%s: somebody else may work with this account", message)
		return
	}
	r.addViolation(a, at, "sequence", message)
	r.halted = true
	if r.deletesSinceList > 0 && !r.deletesHarm {
		r.deletesHarm = true
		r.addNotice(a.call, "a delete may have harmed a key that is not the run's: the run deletes nothing more")
	}
}

func sameKey(a, b shownKey) bool {
	sameName := a.name == nil || b.name == nil || *a.name == *b.name
	return sameName && !differ(a.created, b.created) && !differ(a.modified, b.modified)
}

func (r *run) isOfThisRun(s shownKey) bool {
	return s.name != nil && strings.Contains(*s.name, r.name)
}

// isNotOurs says that a uid that came from a create is that of a key which was there before.
func (r *run) isNotOurs(k *key, s shownKey) bool {
	if s.uid != k.uid || s.name == nil || !differ(s.created, k.current().created) || r.isOfThisRun(s) {
		return false
	}
	return !slices.ContainsFunc(k.versions, func(v shownKey) bool { return v.name != nil && *v.name == *s.name })
}

// disown leaves a key alone from now on.
func (k *key) disown(s shownKey) {
	k.account.otherKeys[k.uid] = s
	k.account.keys = slices.DeleteFunc(k.account.keys, func(other *key) bool { return other == k })
	k.uid = ""
}
