package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// list lists the keys, and compares all of them with what the server should hold.
func (r *run) list(ctx context.Context, acc *account, words string) {
	r.awaitChanges(ctx)
	a, findings := r.askUntilSettled(ctx, func() (answer, []finding) {
		a := r.send(ctx, acc.call(listTurnKeys, "", words))
		if findings := r.wantSuccess(a); len(findings) > 0 || !a.isList() {
			return a, findings
		}
		return a, append(r.compareList(a), r.compareOthers(a)...)
	})
	r.addFindings(a, findings)
	if a.isList() {
		r.takeList(a)
	}
}

// takeList notes what a list shows: which deleted keys it is without, keys of the run whose uid was not known, and the
// keys of others.
func (r *run) takeList(a answer) {
	acc := a.account
	for i, p := range acc.pending {
		acc.pending[i].sought = p.sought || a.at.Sub(p.since) >= r.Settle
	}
	for _, k := range acc.keys {
		k.unlisted = k.deleted
	}
	before := acc.otherKeys
	acc.otherKeys, acc.undeletable, r.deletesSinceList = map[string]shownKey{}, nil, 0
	for i, s := range a.keys {
		k := acc.byUID(s.uid)
		switch {
		case k != nil:
			k.unlisted = false
		case hasKey(before, s.uid): // whatever its name is now
			acc.otherKeys[s.uid] = s
		case r.isOfThisRun(s) && !validUID.MatchString(s.uid):
			acc.undeletable = append(acc.undeletable, *s.name)
		case r.isOfThisRun(s):
			label, explained := acc.explain(*s.name)
			if !explained {
				r.addViolation(a, fmt.Sprintf("/result/%d", i), "sequence", "a create that was refused or failed has made a key")
			}
			acc.keys = append(acc.keys, &key{account: acc, label: label, uid: s.uid, versions: []shownKey{s}, seen: true})
		case s.uid != "":
			acc.otherKeys[s.uid] = s
			if acc.isOfAnotherRun(s) {
				acc.otherRuns[s.uid] = true
			}
		}
	}
	if acc.firstListed == nil {
		acc.firstListed = map[string]bool{}
		for uid := range acc.otherKeys {
			acc.firstListed[uid] = true
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
		case k != nil && r.isForeign(k, s):
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

// compareOthers compares the keys that the run did not create with the list before. Where others work too, or another
// run, they may change at any time.
func (r *run) compareOthers(a answer) (all []finding) {
	acc := a.account
	listed := map[string]bool{}
	for i, s := range a.keys {
		listed[s.uid] = true
		at := fmt.Sprintf("/result/%d", i)
		before, known := acc.otherKeys[s.uid]
		switch {
		case s.uid == "" || acc.byUID(s.uid) != nil || acc.otherRuns[s.uid]:
		case known && !sameKey(before, s):
			all = append(all, finding{at: at, message: "a key that is not the run's has changed", others: true})
		case !known && !r.isOfThisRun(s) && !acc.isOfAnotherRun(s) && !acc.mayHaveMade():
			all = append(all, finding{at: at, message: "shows a key that the run did not create", late: true, others: true})
		}
	}
	for uid := range acc.otherKeys {
		if !listed[uid] && !acc.otherRuns[uid] {
			all = append(all, finding{at: "/result", message: "does not show a key that was there before the run", others: true})
		}
	}
	return all
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
func (r *run) othersChanged(a answer, f finding) {
	if r.othersWorkHere {
		r.addNotice(a.call, "%s: somebody else may work with this account", f.message)
		return
	}
	r.addViolation(a, f.at, "sequence", f.message)
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

// isOfThisRun reports whether the key's name is one that this run gave: the first digits tell, for a name may be cut.
func (r *run) isOfThisRun(s shownKey) bool {
	return s.name != nil && strings.Contains(strings.ToLower(*s.name), r.name[:len(namePrefix)+12])
}

// isOfAnotherRun reports whether a run created the key. Its name tells, or that it has just been emptied, as a run does.
func (acc *account) isOfAnotherRun(s shownKey) bool {
	switch {
	case s.name == nil:
		return false
	case *s.name != "" || s.created == nil || s.modified == nil:
		return strings.Contains(*s.name, namePrefix)
	}
	isCopy := func(k *key) bool {
		created := k.versions[0].created
		return created != nil && created.Equal(*s.created)
	}
	return s.modified.After(*s.created) && time.Since(*s.modified) < clockTolerance && !slices.ContainsFunc(acc.keys, isCopy)
}

// isForeign reports whether what is shown by the uid of the run's key is the key of somebody else. Otherwise it may show
// that the key is the run's.
func (r *run) isForeign(k *key, s shownKey) bool {
	named := func(v shownKey) bool { return s.name != nil && v.name != nil && *v.name == *s.name }
	created := k.versions[0].created
	sameCreation := s.created != nil && created != nil && s.created.Equal(*created)
	k.likely = k.likely || sameCreation && s.name != nil && *s.name == ""
	switch {
	case s.uid != k.uid || s.name == nil:
		return false
	case r.isOfThisRun(s):
		k.seen = true
		return false
	case !r.isOfThisRun(k.versions[0]): // it was created without a name of the run's own
		k.seen = k.seen || sameCreation && strings.Contains(k.body, *s.name) && !created.Before(r.started.Add(-clockTolerance))
	}
	return !slices.ContainsFunc(k.versions, named) && (!sameCreation || !k.seen && !strings.Contains(k.body, *s.name))
}

// disown leaves a key alone from now on. The one that the create made may be there by another uid.
func (k *key) disown(s shownKey) {
	acc := k.account
	acc.keys = slices.DeleteFunc(acc.keys, func(other *key) bool { return other == k })
	acc.pending = append(acc.pending, pendingCreate{name: *k.versions[0].name, since: k.changed})
	acc.otherKeys[k.uid] = s
	k.uid = ""
}

// owns reports whether the run may change the key: it has got it, and knows it by its name.
func (r *run) owns(ctx context.Context, k *key) bool {
	if !k.got && k.uid != "" {
		r.get(ctx, k)
	}
	return k.seen && k.uid != ""
}
