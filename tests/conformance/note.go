package conformance

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// note notes what a call has done, whether it should have or not, before anything about the response is judged.
func (r *run) note(a *response) {
	if a.undocumented && !a.enveloped { // a page
		return
	}
	k, mayHaveWorked := a.about, a.ok() || a.failed()
	if k != nil {
		a.before = k.current()
	}
	switch {
	case a.Operation == createTurnKey:
		r.noteCreate(a)
	case k == nil:
	case a.Operation == editTurnKey && mayHaveWorked:
		a.noteEdit()
	case a.Operation == deleteTurnKey:
		a.noteDelete()
	case a.Operation == getTurnKey && k.deleted && !a.failed() && isOwnAddress(a.call):
		k.gone = a.status/100 == 4 && !isUnauthorized(a.status) && a.status != http.StatusTooManyRequests
	}
	if a.Method != http.MethodGet && mayHaveWorked {
		r.lastChange = time.Now()
	}
	for _, s := range a.results {
		if k := a.account.byUID(s.uid); k != nil && a.ok() && (a.about == k || a.listed) && a.Operation != createTurnKey {
			r.noteShown(a, k, s)
		}
	}
}

// noteShown learns from a key that a response shows, under the uid of one of the run's keys.
func (r *run) noteShown(a *response, k *key, s shownKey) {
	first := k.versions[0]
	sameCreation := s.created != nil && first.created != nil && s.created.Equal(*first.created)
	isNamed := func(v shownKey) bool { return v.name != nil && *v.name == *s.name }
	switch {
	case a.Method != http.MethodGet || s.name == nil:
	case r.owns(s.name):
		k.seen = true
	case sameCreation && !r.owns(first.name): // it was created without a name of the run's own
		k.seen = k.seen || strings.Contains(k.body, *s.name)
	case !sameCreation && !slices.ContainsFunc(k.versions, isNamed): // it is somebody else's
		k.seen = false
	}
	if k.uncertain && a.Operation != editTurnKey && !a.unordered && a.hasExpectedName(s) {
		k.uncertain = false
		is := &k.versions[len(k.versions)-1]
		is.name, is.modified = s.name, s.modified
		a.before = *is
	}
}

// hasExpectedName reports whether a key has one of the names that it may have.
func (a *response) hasExpectedName(s shownKey) bool {
	return a.oneOf == nil || s.name == nil || slices.Contains(a.oneOf, *s.name)
}

// usableUID is what fits a path. The document's own check reports a uid of another form.
var usableUID = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

// noteCreate adds the key that a create shows to the run's, so that it is deleted whatever is wrong with it.
func (r *run) noteCreate(a *response) {
	acc := a.account
	if !a.ok() || a.result == nil || !usableUID.MatchString(a.result.uid) || acc.isOthers(a.result.uid) {
		acc.creates = append(acc.creates, *a)
		return
	}
	s := *a.result
	if old := acc.byUID(s.uid); old != nil {
		old.deleted, old.gone = false, false
		return
	}
	k := a.about
	if k == nil {
		k = acc.newKey("the key from a create that should have been rejected")
		k.uncertain = true
	}
	s.name = cmp.Or(a.name, s.name)
	k.uid, k.secret, k.body, k.versions, k.changed = s.uid, s.secret, a.body, []shownKey{s}, time.Now()
	acc.keys = append(acc.keys, k)
	r.forms = append(r.forms, otherForms(s.secret)...)
}

// isLikelyCreate reports whether a create should have made a key, although its response does not show it.
func (a response) isLikelyCreate() bool { return a.ok() || a.status == 0 && a.want.isSuccess() }

func (a *response) noteEdit() {
	k := a.about
	version := shownKey{uid: k.uid, name: a.name, created: a.before.created}
	if a.ok() && a.result != nil {
		version.name, version.modified = cmp.Or(a.name, a.result.name), a.result.modified
	}
	k.uncertain = k.uncertain || a.failed() || !a.want.isSuccess()
	if a.unordered {
		a.before.modified = nil
	}
	k.versions, k.changed = append(k.versions, version), time.Now()
}

func (a *response) noteDelete() {
	k := a.about
	switch {
	case a.ok():
		k.deleted, k.changed = true, time.Now()
	case isMissing(a.status) && (a.failure != "" || k.uncertain) && a.want.isSuccess(): // the failed one has deleted it
		k.deleted = true
		a.want = deleted
	case a.failed():
		k.uncertain, k.changed = true, time.Now()
	}
}
