package conformance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What follows makes one call each, and compares the answer with what the server should hold.

func (r *run) create(ctx context.Context, k *key, name, words string) {
	a, findings := r.settled(ctx, func() (answer, []finding) {
		a := r.send(ctx, k.account.call(createTurnKey, "", words).withName(name))
		return a, r.created(a, k, name)
	})
	if isRefusedToken(a.status) && len(findings) > 0 && len(k.account.keys) == 0 && k.account == r.main {
		r.failed = fmt.Errorf("createTurnKey: %s: the token may list keys, and not create them; it needs the permission \"Calls Write\"", a)
		return
	}
	r.violateAll(a, findings)
}

// created takes up the key that an answer to create shows, whatever was asked for, and compares it with the name.
func (r *run) created(a answer, k *key, name string) []finding {
	acc := a.account
	r.changed = time.Now()
	if a.mayHaveFailedAfterTheFact() {
		acc.unanswered = append(acc.unanswered, name)
	}
	if a.status < 200 || a.status > 299 {
		return r.wantSuccess(a)
	}
	if a.key == nil || !validUID.MatchString(a.key.uid) {
		acc.unanswered = append(acc.unanswered, name)
		return nil // the checker has said what is missing
	}
	s := *a.key
	if acc.first[s.uid] || hasKey(acc.others, s.uid) {
		return []finding{{at: "/result/uid", message: "is that of a key that was there before; the run leaves that one alone"}}
	}
	var findings []finding
	if old := acc.byUID(s.uid); old != nil && !old.gone {
		return []finding{{at: "/result/uid", message: "is that of " + old.label}}
	} else if old != nil {
		old.uidReused = true
		findings = append(findings, finding{at: "/result/uid", message: "is that of " + old.label + ", which is deleted"})
	}
	if s.name != nil && *s.name != name {
		findings = append(findings, finding{at: "/result/name", message: "is not the name that was asked for"})
	}
	s.name = &name
	k.uid, k.secret, k.versions, k.changed = s.uid, s.secret, []seen{s}, time.Now()
	findings = append(findings, timesOfCreation(a)...)
	findings = append(findings, secretFindings(k, acc.keys, acc.id)...)
	acc.keys = append(acc.keys, k)
	return findings
}

// mayHaveFailedAfterTheFact says that the server may have done what was asked, although it, or what was sent first, failed.
func (a answer) mayHaveFailedAfterTheFact() bool {
	return a.status == 0 && a.err != errBudget || a.status >= 500 || a.faltered //nolint:errorlint // nothing wraps errBudget
}

func isRefusedToken(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

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

func (r *run) get(ctx context.Context, k *key) {
	r.awaitLag(ctx)
	a, findings := r.settled(ctx, func() (answer, []finding) {
		a := r.send(ctx, k.account.call(getTurnKey, k.uid, "of "+k.label))
		return a, r.compared(a, k)
	})
	r.violateAll(a, findings)
}

// compared compares the key in an answer with what it should be.
func (r *run) compared(a answer, k *key) []finding {
	if findings := r.wantSuccess(a); len(findings) > 0 || a.key == nil || a.status > 299 {
		if isMissing(a.status) && time.Since(k.changed) > r.Settle {
			findings[0].late = false
		}
		return findings
	}
	if r.isNotOurs(k, *a.key) {
		k.disown(*a.key)
		return []finding{{at: "/result", message: "is another key than " + k.label + "; the run leaves it alone"}}
	}
	return k.compare("/result", *a.key)
}

func (r *run) edit(ctx context.Context, k *key, name, words string) {
	r.awaitTick(ctx, k)
	a, findings := r.settled(ctx, func() (answer, []finding) {
		a := r.send(ctx, k.account.call(editTurnKey, k.uid, "of "+k.label+", "+words).withName(name))
		if findings := r.wantSuccess(a); len(findings) > 0 || a.key == nil || a.status > 299 {
			return a, findings
		}
		return a, editFindings(a, k, name)
	})
	r.violateAll(a, findings)
	r.edited(a, k, name)
}

func editFindings(a answer, k *key, name string) (all []finding) {
	s, was := a.key, k.is()
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

// edited notes what a key is after an edit.
func (r *run) edited(a answer, k *key, name string) {
	switch {
	case a.err == errBudget: //nolint:errorlint // nothing wraps it
		return
	case a.status == 0 || a.status >= 500:
		k.unsure = true
	case a.status > 299:
		return
	}
	version := seen{uid: k.uid, name: &name, created: k.is().created}
	if a.status != 0 && a.status < 300 && a.key != nil {
		version.modified = a.key.modified
	}
	k.versions = append(k.versions, version)
	k.changed, r.changed = time.Now(), time.Now()
}

func (r *run) delete(ctx context.Context, k *key) {
	a, findings := r.settled(ctx, func() (answer, []finding) {
		a := r.send(ctx, k.account.call(deleteTurnKey, k.uid, "of "+k.label))
		k.changed, r.changed = time.Now(), time.Now()
		if isMissing(a.status) && (a.faltered || k.deleteStatus >= 500) {
			k.gone, k.deleteStatus = true, a.status // the failed one had deleted it
			return a, nil
		}
		if a.status != 0 {
			k.deleteStatus = a.status
		}
		if a.status >= 200 && a.status <= 299 {
			k.gone = true
			r.deletes++
		}
		findings := r.compared(a, k)
		if k.gone {
			for i := range findings {
				findings[i].late = false // it cannot be asked again
			}
		}
		return a, findings
	})
	r.violateAll(a, findings)
}

// missing makes a call for a key that was deleted.
func (r *run) missing(ctx context.Context, op operation, k *key) {
	r.awaitLag(ctx)
	a, findings := r.settled(ctx, func() (answer, []finding) {
		c := k.account.call(op, k.uid, "of "+k.label+", which is deleted").toFail()
		if op.takesBody() {
			c = c.withName(r.name + " edited after its deletion")
		}
		a := r.send(ctx, c)
		return a, missingFindings(a)
	})
	r.violateAll(a, findings)
	if len(findings) > 0 && a.status >= 200 && a.status <= 299 && op != deleteTurnKey {
		k.stillThere = true
	}
}

func isMissing(status int) bool { return status == http.StatusNotFound || status == http.StatusGone }

// Cloudflare's codes that are known, by what they say.
var (
	tokenCodes   = []int64{6003, 9106, 10000, 10001}
	missingCodes = []int64{20008}
	routingCodes = []int64{7000, 7003}
	limitCodes   = []int64{971}
)

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

// codeFindings reports codes that are known to say something else than the status.
func codeFindings(a answer, wrong ...[]int64) (all []finding) {
	for i, code := range a.codes {
		if slices.Contains(slices.Concat(wrong...), code) {
			all = append(all, finding{at: fmt.Sprintf("/errors/%d/code", i), message: fmt.Sprintf("%d does not say why this was refused", code)})
		}
	}
	return all
}

// refused makes a call with a token that no server should take.
func (r *run) refused(ctx context.Context, acc *account, op operation, k *key) {
	words, uid := "with a token that is not valid", ""
	if op.onKey {
		words, uid = "of "+k.label+", "+words, k.uid
	}
	c := acc.call(op, uid, words).withToken(r.refusedToken).toFail()
	name := r.name + " with a token that is not valid"
	if op.takesBody() {
		c = c.withName(name)
	}
	a := r.send(ctx, c)
	r.violateAll(a, refusalFindings(a))
	if op == createTurnKey && a.status >= 200 && a.status < 300 {
		r.created(a, acc.newKey("the key that the token that is not valid created"), name)
	}
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
	if a.err == errBudget { //nolint:errorlint // nothing wraps it
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
	f := finding{at: "status", message: fmt.Sprintf("want %d at this point of the run", a.success())}
	f.late = isRefusedToken(a.status) || isMissing(a.status) && a.onKey
	return []finding{f}
}

func hasKey(m map[string]seen, uid string) bool { _, ok := m[uid]; return ok }

func isOtherRuns(s seen) bool { return s.name != nil && strings.Contains(*s.name, namePrefix) }
