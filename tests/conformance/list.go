package conformance

import (
	"fmt"
	"slices"
)

// takeList notes what a list shows: which deleted keys it is without, keys of the run whose uid was not known, and the
// keys of others.
func (r *run) takeList(a response) {
	acc := a.account
	for i, p := range acc.pending {
		acc.pending[i].listed = true
		acc.pending[i].sought = p.sought || a.at.Sub(p.since) >= r.Settle || p.failed && p.name == ""
	}
	for _, k := range acc.keys {
		k.unlisted = k.deleted
	}
	before := acc.otherKeys
	acc.otherKeys, acc.unusable, r.deletesSinceList = map[string]shownKey{}, nil, 0
	for i, s := range a.results {
		k := acc.byUID(s.uid)
		_, known := before[s.uid]
		switch {
		case s.uid == "":
		case k != nil:
			k.unlisted = false
		case known: // whatever its name is now
			acc.otherKeys[s.uid] = s
		case r.owns(s) && !usableUID.MatchString(s.uid):
			acc.unusable = append(acc.unusable, *s.name)
		case r.owns(s):
			r.adopt(a, i, s)
		default:
			acc.otherKeys[s.uid] = s
			if acc.isOfAnotherRun(s) {
				acc.otherRuns[s.uid] = true
			} else if acc.firstListed != nil {
				acc.dropPending("")
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

// adopt takes a key of the run that a list shows first. It is a fault if the create that made it failed, or if there is
// none.
func (r *run) adopt(a response, i int, s shownKey) {
	label := "a key whose create got no response with its uid"
	p := a.account.dropPending(*s.name)
	if p == nil {
		p = a.account.dropPending("")
	}
	if p == nil || p.failed {
		label = "a key of a rejected or failed create"
		message := r.creates[*s.name]
		if message == "" {
			message = "is a second key of a create, or of a rejected one"
		}
		r.addFindings(a, []finding{{at: fmt.Sprintf("/result/%d", i), check: "side_effect", message: message}})
	}
	k := a.account.newKey(label)
	k.uid, k.versions = s.uid, []shownKey{s}
	k.seen = true
	a.account.keys = append(a.account.keys, k)
}

// dropPending removes and returns the first create that may have made a key with this name, or nil.
func (acc *account) dropPending(name string) *pendingCreate {
	i := slices.IndexFunc(acc.pending, func(p pendingCreate) bool { return p.name == name })
	if i < 0 {
		return nil
	}
	p := acc.pending[i]
	acc.pending = slices.Delete(acc.pending, i, i+1)
	return &p
}

// judgeList compares a list with the keys that should be in it.
func (r *run) judgeList(a response) (all []finding) {
	acc := a.account
	listed := map[string]bool{}
	for i, s := range a.results {
		at := fmt.Sprintf("/result/%d", i)
		k := acc.byUID(s.uid)
		switch {
		case s.uid == "":
			continue
		case listed[s.uid]:
			all = append(all, finding{at: at, check: "list_repeats", message: "repeats a key that is already in the list"})
		case a.foreign[s.uid] != "":
			all = append(all, finding{at: at, check: "wrong_key", message: "is another key with the uid of " + a.foreign[s.uid] + "; the run leaves it alone"})
		case a.unordered:
		case k != nil && k.deleted:
			all = append(all, finding{at: at, check: "use_after_delete", message: "is " + k.label + ", although it was deleted", late: true})
		case k != nil:
			all = append(all, a.judgeKey(at, k, s)...)
		}
		listed[s.uid] = true
	}
	for _, k := range acc.live() {
		if !listed[k.uid] && !k.mayBeDeleted {
			all = append(all, finding{at: "/result", check: "not_in_list", message: "does not contain " + k.label, late: true})
		}
	}
	if a.unordered && r.longestDelay == 0 { // nothing has been late before
		for i := range all {
			all[i].late = false
		}
	}
	if acc.firstListed == nil {
		return all
	}
	all = append(all, r.judgeOthers(a, listed)...)
	missing := func(f finding) bool { return f.at == "/result" }
	if n := len(a.results); slices.ContainsFunc(all, missing) && slices.Contains([]int{10, 15, 20, 25, 30, 50, 100, 200, 250, 500}, n) {
		all = append(slices.DeleteFunc(all, func(f finding) bool { return f.others || missing(f) }), finding{
			at: "/result", check: "not_in_list", message: fmt.Sprintf("ends after %d keys, although there are more", n), late: true,
		})
	}
	return all
}

// judgeOthers compares the keys that the run did not create with the list before. Where others work too, or another run,
// they may change at any time.
func (r *run) judgeOthers(a response, listed map[string]bool) (all []finding) {
	acc := a.account
	unexplained := 0 // keys that creates without a name of the run's own may have made
	for _, p := range acc.pending {
		if p.name == "" && !p.failed {
			unexplained--
		}
	}
	for i, s := range a.results {
		at := finding{at: fmt.Sprintf("/result/%d", i), others: true}
		before, known := acc.otherKeys[s.uid]
		switch {
		case s.uid == "" || acc.byUID(s.uid) != nil || acc.otherRuns[s.uid]:
		case known && !isSame(before, s):
			all = append(all, at.because("side_effect", "a key that the run did not create has changed"))
		case !known && !r.owns(s) && !acc.isOfAnotherRun(s):
			if unexplained++; unexplained > 0 {
				at.late = true
				all = append(all, at.because("side_effect", "contains a new key that the run did not create"))
			}
		}
	}
	for uid := range acc.otherKeys {
		if !listed[uid] && !acc.otherRuns[uid] {
			at := finding{at: "/result", others: true}
			all = append(all, at.because("side_effect", "is missing a key that the previous list contained"))
		}
	}
	return all
}

func isSame(a, b shownKey) bool {
	sameName := a.name == nil || b.name == nil || *a.name == *b.name
	return sameName && !differ(a.created, b.created) && !differ(a.modified, b.modified)
}
