package conformance

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// note notes what a call has done, whether it should have or not, before anything about the response is judged.
func (r *run) note(a *response) {
	if a.noted {
		return
	}
	a.noted = true
	if a.undocumented && !a.enveloped { // a page
		return
	}
	if a.about != nil {
		a.before = a.about.current()
	}
	switch a.Operation {
	case createTurnKey:
		r.noteCreate(a)
	case editTurnKey:
		a.noteEdit()
	case deleteTurnKey:
		r.noteDelete(a)
	case getTurnKey:
		a.noteGet()
	}
	if a.Method != http.MethodGet && (a.ok() || a.failed()) {
		r.lastChange = time.Now()
	}
	switch {
	case !a.ok():
	case a.result != nil && a.about != nil && a.Operation != createTurnKey:
		r.noteShown(a, a.about, *a.result)
	case a.isList():
		for _, s := range a.results {
			if k := a.account.byUID(s.uid); k != nil && s.uid != "" {
				r.noteShown(a, k, s)
			}
		}
	}
}

// noteShown learns from a key that a response shows.
func (r *run) noteShown(a *response, k *key, s shownKey) {
	if k.uid == "" || s.uid != k.uid {
		return
	}
	if a.Method == http.MethodGet && r.recognize(k, s) {
		if a.foreign == nil {
			a.foreign = map[string]string{}
		}
		a.foreign[k.uid] = k.label
		k.disown(s)
		return
	}
	if k.uncertain && a.Operation != editTurnKey && !a.unordered && (a.oneOf == nil || a.isOneOf(s)) {
		k.uncertain = false
		is := &k.versions[len(k.versions)-1]
		is.name, is.modified = s.name, s.modified
		a.before = *is
	}
}

// isOneOf reports whether a key has one of the names that it may have.
func (a *response) isOneOf(s shownKey) bool {
	return s.name == nil || slices.Contains(a.oneOf, *s.name)
}

// usableUID is what fits a path. The document's own check reports a uid of another form.
var usableUID = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

// noteCreate adds the key that a create shows to the run's, so that it is deleted whatever is wrong with it.
func (r *run) noteCreate(a *response) {
	acc := a.account
	if !a.ok() || a.result == nil || !usableUID.MatchString(a.result.uid) {
		r.notePending(*a)
		if a.name != nil && !a.ok() {
			r.creates[*a.name] = fmt.Sprintf("%s returned %s, but created this key", a.call, a.summary())
		}
		return
	}
	s := *a.result
	if acc.isOthers(s.uid) {
		a.taken = "is the uid of a key that already existed; the run leaves that key alone"
		r.notePending(*a)
		return
	}
	if old := acc.byUID(s.uid); old != nil && !old.deleted {
		a.taken = "is already the uid of " + old.label
		return
	} else if old != nil {
		a.taken = "is the uid of " + old.label + ", which was deleted"
		acc.keys = slices.DeleteFunc(acc.keys, func(k *key) bool { return k == old })
	}
	k := a.about
	if k == nil {
		k = acc.newKey("a key of a create that should have been rejected")
		k.uncertain = true
	}
	if a.name != nil {
		s.name = a.name
	}
	k.uid, k.secret, k.body, k.versions, k.changed = s.uid, s.secret, a.body, []shownKey{s}, time.Now()
	acc.keys = append(acc.keys, k)
}

// notePending notes a create that may have made a key although the response does not show its uid.
func (r *run) notePending(a response) {
	p := pendingCreate{since: time.Now()}
	if a.name != nil && r.owns(shownKey{name: a.name}) {
		p.name = *a.name
	}
	p.failed = a.status >= 500 || a.retried || a.status == 0 && !a.want.isSuccess()
	if !a.unsent && (a.ok() || p.failed || a.status == 0) {
		a.account.pending = append(a.account.pending, p)
	}
}

func (a *response) noteEdit() {
	k := a.about
	if k == nil || len(k.versions) == 0 || !a.ok() && !a.failed() {
		if k != nil && isMissing(a.status) {
			k.undead = false
		}
		return
	}
	k.undead = k.deleted && a.ok()
	version := shownKey{uid: k.uid, name: a.name, created: a.before.created}
	if a.ok() && a.result != nil {
		version.modified = a.result.modified
	}
	if version.name == nil && a.result != nil {
		version.name = a.result.name
	}
	k.uncertain = k.uncertain || a.failed() || !a.want.isSuccess()
	if a.unordered {
		a.before.modified = nil
	}
	k.versions, k.changed = append(k.versions, version), time.Now()
}

func (r *run) noteDelete(a *response) {
	k := a.about
	switch {
	case k == nil || k.uid == "" || a.unsent:
	case a.ok():
		k.deleted, k.changed = true, time.Now()
		r.deletesSinceList++
	case isMissing(a.status) && (a.retried || k.mayBeDeleted) && a.want.isSuccess(): // the failed one has deleted it
		k.deleted = true
		a.want = deleted
	case a.failed():
		k.mayBeDeleted, k.changed = true, time.Now()
	}
}

func (a *response) noteGet() {
	k := a.about
	if k == nil || a.status == 0 || a.failed() || !isOwnAddress(a.call) {
		return
	}
	k.got = true
	if k.deleted {
		k.gone = a.status/100 == 4 && !isUnauthorized(a.status) && a.status != http.StatusTooManyRequests
	}
}
