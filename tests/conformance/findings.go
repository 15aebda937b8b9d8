package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// finding is something about an answer that the answers before it do not bear out.
type finding struct {
	at, message string
	late        bool // it may be right in a moment
	others      bool // it is about a key that the run did not create
}

// compare returns how an answer, at a JSON pointer, differs from what the key is.
func (k *key) compare(at string, s shownKey) (all []finding) {
	if s.uid != "" && s.uid != k.uid {
		return []finding{{at: at + "/uid", message: "is that of another key"}}
	}
	is := k.current()
	if k.uncertain {
		k.uncertain, is.name, is.modified = false, s.name, s.modified
	}
	k.learn(s)
	if s.name != nil && *s.name != *is.name {
		stale := k.hasBeen(func(v shownKey) bool { return v.name != nil && *v.name == *s.name })
		all = append(all, contradiction(at+"/name", stale))
	}
	if differ(s.created, is.created) {
		all = append(all, contradiction(at+"/created", false))
	}
	if differ(s.modified, is.modified) {
		stale := k.hasBeen(func(v shownKey) bool { return v.modified != nil && v.modified.Equal(*s.modified) })
		all = append(all, contradiction(at+"/modified", stale))
	}
	return all
}

// hasBeen says that a version of the key before the last edit was like this.
func (k *key) hasBeen(like func(shownKey) bool) bool {
	return slices.ContainsFunc(k.versions[:len(k.versions)-1], like)
}

func contradiction(at string, stale bool) finding {
	if stale {
		return finding{at: at, message: "is what it was before the edit", late: true}
	}
	return finding{at: at, message: "is not what the answers before said"}
}

// learn takes from an answer what no answer before has said.
func (k *key) learn(s shownKey) {
	is := k.current()
	if is.name == nil {
		is.name = s.name
	}
	if is.created == nil {
		is.created = s.created
	}
	if is.modified == nil {
		is.modified = s.modified
	}
}

// differ says that both times are known, and not the same.
func differ(a, b *time.Time) bool { return a != nil && b != nil && !a.Equal(*b) }

const clockTolerance = 10 * time.Minute

// timesOfCreation compares the times of a new key with the clock, here or, as the Date header tells it, there.
func timesOfCreation(a answer) (all []finding) {
	s := a.key
	if s.created != nil && !a.isAboutNow(*s.created) {
		all = append(all, finding{at: "/result/created", message: "is more than ten minutes away from the time of the request"})
	}
	if s.modified != nil && s.created != nil && s.modified.Sub(*s.created).Abs() > time.Minute {
		all = append(all, finding{at: "/result/modified", message: "is not the time of creation"})
	}
	return all
}

func (a answer) isAboutNow(t time.Time) bool {
	if t.Sub(a.at).Abs() <= clockTolerance {
		return true
	}
	there, err := http.ParseTime(a.header.Get("Date"))
	return err == nil && t.Sub(there).Abs() <= clockTolerance
}

func editFindings(a answer, k *key, name string) (all []finding) {
	s, was := a.key, k.current()
	if s.uid != k.uid {
		all = append(all, finding{at: "/result/uid", message: "is not that of the key"})
	}
	if s.name != nil && *s.name != name {
		all = append(all, finding{at: "/result/name", message: "is not the name that was asked for"})
	}
	if differ(s.created, was.created) {
		all = append(all, finding{at: "/result/created", message: "is not what the answers before said"})
	}
	switch {
	case s.modified == nil || was.modified == nil:
	case s.modified.Before(*was.modified):
		all = append(all, finding{at: "/result/modified", message: "went back"})
	case s.modified.Equal(*was.modified):
		all = append(all, finding{at: "/result/modified", message: "did not move with the edit"})
	case !a.isAboutNow(*s.modified):
		all = append(all, finding{at: "/result/modified", message: "is more than ten minutes away from the time of the request"})
	}
	return all
}

func missingFindings(a answer) []finding {
	switch {
	case a.status == 0:
		return lostFindings(a)
	case isMissing(a.status):
		return codeFindings(a, tokenCodes, routingCodes, limitCodes)
	case a.status >= 500 || a.status >= 300 && a.status < 400:
		return nil // the checker has said so
	}
	late := a.status < 300 || isRefusedToken(a.status)
	return []finding{{at: "status", message: "want 404 or 410: the key was deleted", late: late}}
}

func refusalFindings(a answer) []finding {
	switch a.status {
	case 0:
		return lostFindings(a)
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return codeFindings(a, missingCodes, routingCodes, limitCodes)
	}
	if a.status >= 500 || a.status >= 300 && a.status < 400 {
		return nil // the checker has said so
	}
	return []finding{{at: "status", message: "want 400, 401 or 403: the token is not valid"}}
}

func lostFindings(a answer) []finding {
	if a.unsent {
		return nil
	}
	return []finding{{at: "status", message: "no answer came"}}
}

// wantSuccess returns what is wrong with the status of a call that should work. What is not documented, the checker
// reports.
func (r *run) wantSuccess(a answer) []finding {
	if a.status == 0 {
		return lostFindings(a)
	}
	if a.status < 400 || a.status > 499 {
		return nil
	}
	f := finding{at: "status", message: fmt.Sprintf("want %d at this point of the run", a.success)}
	f.late = isRefusedToken(a.status) || isMissing(a.status) && a.onKey
	return []finding{f}
}

// codeFindings reports codes that are known to say something else than the status.
func codeFindings(a answer, wrong ...[]int64) (all []finding) {
	for i, code := range a.codes {
		if slices.Contains(slices.Concat(wrong...), code) {
			all = append(all, finding{at: fmt.Sprintf("/errors/%d/code", i), message: fmt.Sprintf("%d does not say why this was refused", code)})
		}
	}
	return all
}

// Cloudflare's codes that are known, by what they say.
var (
	tokenCodes   = []int64{6003, 9106, 10000, 10001}
	missingCodes = []int64{20008}
	routingCodes = []int64{7000, 7003}
	limitCodes   = []int64{971}
)

func isMissing(status int) bool { return status == http.StatusNotFound || status == http.StatusGone }

func isRefusedToken(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}
