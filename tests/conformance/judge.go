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

// judge compares a response with what the request asked for, and with what the server should hold.
func (r *run) judge(a response) []finding {
	findings := a.judgeStatus()
	if a.status == http.StatusTooManyRequests && r.rejectedToken && a.want.check == unauthorized.check {
		findings = nil // too many invalid tokens, perhaps
	}
	if len(findings) == 0 && a.ok() && a.want.isSuccess() {
		findings = r.judgeResult(a)
	}
	return append(findings, r.judgeDisclosure(a)...)
}

func (r *run) judgeResult(a response) []finding {
	switch {
	case a.ID == "", a.undocumented && !a.enveloped:
		return nil // nothing is documented there
	case a.Operation == listTurnKeys && a.listed:
		return r.judgeList(a)
	case a.result == nil:
		return nil // the document's own check reports it
	case a.Operation == createTurnKey:
		return append(a.judgeCreated(), r.judgeSecret(a)...)
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
	if !a.hasExpectedName(s) {
		message := "is none of the names that concurrent edits gave it"
		return []finding{{at: at + "/name", check: "lost_update", message: message, late: true}}
	}
	is, old := k.current(), k.versions[:len(k.versions)-1]
	// A lost or delayed edit leaves the key as it was. Any other value is no matter of time.
	contradicts := func(at string, isOld bool) {
		f := finding{at: at, check: "inconsistent", message: "differs from earlier responses"}
		if isOld {
			f.check, f.message = "lost_update", "still has its value from before the edit"
			f.late = a.Operation != deleteTurnKey // which cannot be made again
		}
		all = append(all, f)
	}
	if s.name != nil && is.name != nil && *s.name != *is.name {
		contradicts(at+"/name", slices.ContainsFunc(old, func(v shownKey) bool { return v.name != nil && *v.name == *s.name }))
	}
	if differ(s.created, is.created) {
		contradicts(at+"/created", false)
	}
	if differ(s.modified, is.modified) {
		contradicts(at+"/modified", slices.ContainsFunc(old, func(v shownKey) bool {
			return v.modified != nil && v.modified.Equal(*s.modified)
		}))
	}
	return all
}

// differ reports whether both times are known, and not the same.
func differ(a, b *time.Time) bool { return a != nil && b != nil && !a.Equal(*b) }

const clockTolerance = 10 * time.Minute

func (a response) judgeCreated() []finding {
	s, all := a.result, a.judgeName()
	if a.about != nil && a.about.uid != s.uid && usableUID.MatchString(s.uid) {
		all = append(all, finding{at: "/result/uid", check: "uid_reused", message: "is the uid of a key that already existed"})
	}
	if s.created != nil && !a.isAboutNow(*s.created) {
		all = append(all, finding{at: "/result/created", check: "wrong_time", message: notNow})
	}
	if s.modified != nil && s.created != nil && s.modified.Sub(*s.created).Abs() > time.Minute {
		all = append(all, finding{at: "/result/modified", check: "wrong_time", message: "does not match created"})
	}
	return all
}

// judgeName compares the name of a created or edited key with the one in the request.
func (a response) judgeName() []finding {
	shown, was, f := a.result.name, a.before.name, finding{at: "/result/name", check: "wrong_name"}
	switch {
	case shown == nil:
		return nil
	case a.name != nil && *shown != *a.name:
		f.message = "is not the name in the request: " + howItDiffers(*shown, *a.name)
	case a.name == nil && was != nil && *shown != *was && *shown != "":
		f.message = "is neither the name from before nor empty"
	default:
		return nil
	}
	return []finding{f}
}

func (r *run) judgeEdited(a response) []finding {
	s, was := a.result, a.before
	all := append(a.judgeName(), a.judgeKey("/result", a.about, shownKey{uid: s.uid, created: s.created})...)
	switch {
	case s.modified == nil || was.modified == nil:
	case s.modified.Before(*was.modified):
		all = append(all, finding{at: "/result/modified", check: "wrong_time", message: "moved backwards"})
	case a.stoodStill() && r.tick == coarsestTick:
		all = append(all, finding{at: "/result/modified", check: "wrong_time", message: "was not updated by the edit"})
	case !s.modified.Equal(*was.modified) && !a.isAboutNow(*s.modified):
		all = append(all, finding{at: "/result/modified", check: "wrong_time", message: notNow})
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
	there, _ := http.ParseTime(a.header.Get("Date"))
	return min(t.Sub(a.at).Abs(), t.Sub(there).Abs()) <= clockTolerance
}

const notNow = "is more than ten minutes from the time of the request"
