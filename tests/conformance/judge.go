package conformance

import (
	"net/http"
	"slices"
	"time"
)

// finding is something in a response that contradicts the document, the request or earlier responses.
type finding struct {
	at, check, message string
	late               bool // it may be right in a moment
	notice             bool // it is no violation
	others             bool // it is about a key that the run did not create
}

func (f finding) because(check, message string) finding {
	f.check, f.message = check, message
	return f
}

// judge compares a response with what the request asked for, and with what the server should hold.
func (r *run) judge(a response) []finding {
	return append(r.judgeResponse(a), r.judgeDisclosure(a)...)
}

func (r *run) judgeResponse(a response) []finding {
	if findings := a.judgeStatus(); len(findings) > 0 || !a.ok() || !a.want.isSuccess() {
		if a.status == http.StatusTooManyRequests && r.rejectedToken && a.want.check == unauthorized.check { // too many invalid tokens, perhaps
			return nil
		}
		return findings
	}
	switch {
	case a.ID == "", a.want.pages && !a.enveloped:
		return nil // nothing is documented there
	case a.Operation == listTurnKeys && a.listed:
		return r.judgeList(a)
	case a.result == nil && a.want.open:
		return []finding{{at: "body", check: "wrong_key", message: "is neither a 4XX nor a " + a.ID + " result"}}
	case a.result == nil:
		return nil // the document's own check reports it
	case a.Operation == createTurnKey:
		return r.judgeCreated(a)
	case a.foreign[a.result.uid] != "":
		return []finding{{at: "/result", check: "wrong_key", message: "is a key other than " + a.about.label + "; the run leaves it alone"}}
	case a.Operation == editTurnKey:
		return r.judgeEdited(a)
	case a.about != nil:
		return a.judgeKey("/result", a.about, *a.result)
	}
	return nil
}

// judgeKey compares a key in the response, at a JSON pointer, with what it should be.
func (a response) judgeKey(at string, k *key, s shownKey) (all []finding) {
	if s.uid != "" && s.uid != k.uid {
		return []finding{{at: at + "/uid", check: "wrong_key", message: "is the uid of another key"}}
	}
	if a.oneOf != nil && !a.isOneOf(s) {
		return []finding{{at: at + "/name", check: "lost_update", message: "is none of the names that it was given at once", late: true}}
	}
	is := k.current()
	if a.Operation == deleteTurnKey {
		is = a.before
	}
	if s.name != nil && is.name != nil && *s.name != *is.name {
		all = append(all, k.contradiction(at+"/name", func(v shownKey) bool { return v.name != nil && *v.name == *s.name }))
	}
	if differ(s.created, is.created) {
		all = append(all, finding{at: at + "/created", check: "inconsistent", message: "differs from earlier responses"})
	}
	if differ(s.modified, is.modified) {
		all = append(all, k.contradiction(at+"/modified", func(v shownKey) bool { return v.modified != nil && v.modified.Equal(*s.modified) }))
	}
	if a.Operation == deleteTurnKey { // it cannot be asked again
		for i := range all {
			all[i].late = false
		}
	}
	return all
}

// contradiction tells a lost or delayed edit, after which the key is as it was, from any other value.
func (k *key) contradiction(at string, like func(shownKey) bool) finding {
	if slices.ContainsFunc(k.versions[:len(k.versions)-1], like) {
		return finding{at: at, check: "lost_update", message: "still has its value from before the edit", late: true}
	}
	return finding{at: at, check: "inconsistent", message: "differs from earlier responses"}
}

// differ reports whether both times are known, and not the same.
func differ(a, b *time.Time) bool { return a != nil && b != nil && !a.Equal(*b) }

const clockTolerance = 10 * time.Minute

func (r *run) judgeCreated(a response) (all []finding) {
	s := a.result
	if a.taken != "" {
		all = append(all, finding{at: "/result/uid", check: "uid_reused", message: a.taken})
	}
	if s.name != nil && a.name != nil && *s.name != *a.name {
		all = append(all, finding{at: "/result/name", check: "wrong_name", message: "is not the name in the request: " + howItDiffers(*s.name, *a.name)})
	}
	if s.created != nil && !a.isAboutNow(*s.created) {
		all = append(all, a.notNow("/result/created"))
	}
	if s.modified != nil && s.created != nil && s.modified.Sub(*s.created).Abs() > time.Minute {
		all = append(all, finding{at: "/result/modified", check: "wrong_time", message: "does not match created"})
	}
	return append(all, r.judgeSecret(a)...)
}

func (r *run) judgeEdited(a response) (all []finding) {
	s, was := a.result, a.before
	if s.uid != a.about.uid {
		all = append(all, finding{at: "/result/uid", check: "wrong_key", message: "is not the uid of the edited key"})
	}
	if s.name != nil && a.name != nil && *s.name != *a.name {
		all = append(all, finding{at: "/result/name", check: "wrong_name", message: "is not the name in the request: " + howItDiffers(*s.name, *a.name)})
	}
	if s.name != nil && a.name == nil && was.name != nil && *s.name != *was.name && *s.name != "" {
		all = append(all, finding{at: "/result/name", check: "wrong_name", message: "is neither the name from before nor empty"})
	}
	if differ(s.created, was.created) {
		all = append(all, finding{at: "/result/created", check: "inconsistent", message: "differs from earlier responses"})
	}
	switch {
	case s.modified == nil || was.modified == nil:
	case s.modified.Before(*was.modified):
		all = append(all, finding{at: "/result/modified", check: "wrong_time", message: "moved backwards"})
	case a.stoodStill() && r.tick == coarsestTick:
		all = append(all, finding{at: "/result/modified", check: "wrong_time", message: "was not updated by the edit"})
	case !s.modified.Equal(*was.modified) && !a.isAboutNow(*s.modified):
		all = append(all, a.notNow("/result/modified"))
	}
	return all
}

// stoodStill reports whether an edit changed the name, and not the time of modification.
func (a response) stoodStill() bool {
	if a.Operation != editTurnKey || !a.ok() || a.result == nil || a.result.modified == nil || a.before.modified == nil {
		return false
	}
	renamed := a.name != nil && a.before.name != nil && *a.name != *a.before.name
	return renamed && a.result.modified.Equal(*a.before.modified)
}

// isAboutNow compares a time with the clock, here or, as the Date header tells it, there.
func (a response) isAboutNow(t time.Time) bool {
	if t.Sub(a.at).Abs() <= clockTolerance {
		return true
	}
	there, err := http.ParseTime(a.header.Get("Date"))
	return err == nil && t.Sub(there).Abs() <= clockTolerance
}

func (a response) notNow(at string) finding {
	return finding{at: at, check: "wrong_time", message: "is more than ten minutes from the time of the request"}
}
