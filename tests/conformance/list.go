package conformance

import (
	"fmt"
	"slices"
)

// takeList notes what a list shows, and which keys of the run it shows first.
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
			k := acc.newKey("a key that no create showed")
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
		f.others, f.message = false, "is a second key of a create, or of a rejected one"
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
