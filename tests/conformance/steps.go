package conformance

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The methods in this file make one call each, and compare the answer with what the server should hold.

func (r *run) create(ctx context.Context, k *key, name, words string) {
	a, findings := r.askUntilSettled(ctx, func() (answer, []finding) {
		a := r.send(ctx, k.account.call(createTurnKey, "", words).withName(name))
		return a, r.noteCreated(a, k, name)
	})
	if isRefusedToken(a.status) && len(findings) > 0 && len(k.account.keys) == 0 && k.account == r.main {
		r.failed = fmt.Errorf("createTurnKey: %s: the token may list keys, and not create them; it needs the permission \"Calls Write\"", a)
		return
	}
	r.addFindings(a, findings)
}

// noteCreated adds the key that an answer to create shows to the run's, so that it is deleted whatever is wrong with it.
func (r *run) noteCreated(a answer, k *key, name string) []finding {
	acc := a.account
	r.lastChange = time.Now()
	r.notePending(a, name)
	if a.status < 200 || a.status > 299 {
		return r.wantSuccess(a)
	}
	if a.key == nil || !validUID.MatchString(a.key.uid) {
		return nil // the checker has said what is missing
	}
	s := *a.key
	if acc.firstListed[s.uid] || hasKey(acc.otherKeys, s.uid) {
		return []finding{{at: "/result/uid", message: "is that of a key that was there before; the run leaves that one alone"}}
	}
	var findings []finding
	if old := acc.byUID(s.uid); old != nil && !old.deleted {
		return []finding{{at: "/result/uid", message: "is that of " + old.label}}
	} else if old != nil {
		old.uidReused = true
		findings = append(findings, finding{at: "/result/uid", message: "is that of " + old.label + ", which is deleted"})
	}
	if s.name != nil && *s.name != name {
		findings = append(findings, finding{at: "/result/name", message: "is not the name that was asked for"})
	}
	s.name = &name
	k.uid, k.secret, k.body, k.versions, k.changed = s.uid, s.secret, a.call.body, []shownKey{s}, time.Now()
	others := acc.keys
	acc.keys = append(acc.keys, k) // before anything is judged: whatever is wrong with it, it has to be deleted
	findings = append(findings, timesOfCreation(a)...)
	return append(findings, secretFindings(k, others, acc.id)...)
}

// notePending notes a create that may have made a key although the response does not show its uid.
func (r *run) notePending(a answer, name string) {
	if !strings.Contains(name, r.name) {
		name = ""
	}
	pending := pendingCreate{name: name, since: time.Now()}
	switch {
	case a.unsent:
		return
	case a.status >= 500 || a.afterFailure || a.status == 0 && a.wanted == "4XX":
		pending.failed = true
		if name == "" {
			return // it cannot be told from the keys of others
		}
	case a.status == 0:
	case a.status > 299 || a.key != nil && validUID.MatchString(a.key.uid):
		return
	}
	a.account.pending = append(a.account.pending, pending)
}

func (r *run) get(ctx context.Context, k *key) {
	r.awaitChanges(ctx)
	a, findings := r.askUntilSettled(ctx, func() (answer, []finding) {
		a := r.send(ctx, k.account.call(getTurnKey, k.uid, "of "+k.label))
		return a, r.compareKey(a, k)
	})
	r.addFindings(a, findings)
	k.got = k.got || a.status != 0
}

// compareKey compares the key in an answer with what it should be.
func (r *run) compareKey(a answer, k *key) []finding {
	if findings := r.wantSuccess(a); len(findings) > 0 || a.key == nil || a.status > 299 {
		return findings
	}
	if r.isForeign(k, *a.key) {
		k.disown(*a.key)
		return []finding{{at: "/result", message: "is another key than " + k.label + "; the run leaves it alone"}}
	}
	return k.compare("/result", *a.key)
}

func (r *run) edit(ctx context.Context, k *key, name, words string) {
	r.awaitTick(ctx, k)
	a, findings := r.askUntilSettled(ctx, func() (answer, []finding) {
		a := r.send(ctx, k.account.call(editTurnKey, k.uid, "of "+k.label+", "+words).withName(name))
		if findings := r.wantSuccess(a); len(findings) > 0 || a.key == nil || a.status > 299 {
			return a, findings
		}
		return a, editFindings(a, k, name)
	})
	r.addFindings(a, findings)
	r.noteEdited(a, k, name)
}

// noteEdited notes what a key is after an edit.
func (r *run) noteEdited(a answer, k *key, name string) {
	switch {
	case a.unsent:
		return
	case a.status == 0 || a.status >= 500:
		k.uncertain = true
	case a.status > 299:
		return
	}
	version := shownKey{uid: k.uid, name: &name, created: k.current().created}
	if a.status != 0 && a.status < 300 && a.key != nil {
		version.modified = a.key.modified
	}
	k.versions = append(k.versions, version)
	k.changed, r.lastChange = time.Now(), time.Now()
}

func (r *run) delete(ctx context.Context, k *key) {
	a, findings := r.askUntilSettled(ctx, func() (answer, []finding) {
		a := r.send(ctx, k.account.call(deleteTurnKey, k.uid, "of "+k.label))
		if !isMissing(a.status) {
			k.changed, r.lastChange = time.Now(), time.Now()
		}
		if isMissing(a.status) && (a.afterFailure || k.mayBeDeleted) {
			k.deleted, k.deleteStatus = true, http.StatusOK // the failed one has deleted it
			return a, nil
		}
		k.mayBeDeleted = k.mayBeDeleted || !a.unsent && (a.status == 0 || a.status >= 500)
		k.deleteStatus = a.status
		if a.status >= 200 && a.status <= 299 {
			k.deleted = true
			r.deletesSinceList++
		}
		findings := r.compareKey(a, k)
		if k.deleted {
			for i := range findings {
				findings[i].late = false // it cannot be asked again
			}
		}
		return a, findings
	})
	r.addFindings(a, findings)
}

// callForDeleted makes a call for a key that was deleted.
func (r *run) callForDeleted(ctx context.Context, op operation, k *key) {
	r.awaitChanges(ctx)
	a, findings := r.askUntilSettled(ctx, func() (answer, []finding) {
		c := k.account.call(op, k.uid, "of "+k.label+", which is deleted").toFail()
		if op.takesBody {
			c = c.withName(r.name + " edited after its deletion")
		}
		a := r.send(ctx, c)
		return a, missingFindings(a)
	})
	r.addFindings(a, findings)
	if op == getTurnKey {
		k.gone = a.status >= 400 && a.status <= 499 && !isRefusedToken(a.status)
	}
}

// callWithRefusedToken makes a call with a token that no server should take.
func (r *run) callWithRefusedToken(ctx context.Context, acc *account, op operation, k *key) {
	words, uid := "with a token that is not valid", ""
	if op.onKey {
		words, uid = "of "+k.label+", "+words, k.uid
	}
	c := acc.call(op, uid, words).withToken(r.refusedToken).toFail()
	name := r.name + " with a token that is not valid"
	if op.takesBody {
		c = c.withName(name)
	}
	a, findings := r.askUntilSettled(ctx, func() (answer, []finding) {
		a := r.send(ctx, c)
		return a, refusalFindings(a)
	})
	r.addFindings(a, findings)
	if op == createTurnKey && a.status >= 200 && a.status < 300 {
		r.noteCreated(a, acc.newKey("the key that the token that is not valid created"), name)
	}
}

func hasKey(m map[string]shownKey, uid string) bool { _, ok := m[uid]; return ok }
