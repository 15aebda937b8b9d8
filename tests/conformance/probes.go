package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// probe is a number of requests with one purpose.
type probe struct {
	name string
	make func(*run, context.Context)
}

// probes are what a thorough run makes after the steps of the default plan.
func probes() []probe {
	return []probe{
		{"listed keys", (*run).probeListedKeys},
		{"bodies", (*run).probeBodies},
		{"credentials", (*run).probeCredentials},
		{"names", (*run).probeNames},
		{"accounts", (*run).probeAccounts},
		{"addresses", (*run).probeAddresses},
		{"concurrency", (*run).probeConcurrency},
		{"methods", (*run).probeMethods},
	}
}

func (r *run) makeProbes(ctx context.Context) {
	for _, p := range probes() {
		if r.stopped(ctx) {
			return
		}
		r.begin(p.name, true)
		p.make(r, ctx)
		r.end()
	}
	if r.stopped(ctx) {
		return
	}
	r.begin("deletion", true)
	for _, acc := range r.accounts {
		r.deleteAll(ctx, acc)
	}
	r.end()
}

// mayAsk says whether a probe may make another request, and shows that it does.
func (r *run) mayAsk(ctx context.Context) bool {
	if r.stopped(ctx) {
		return false
	}
	if r.spareRequests() < 3*r.requestsPerCall() { // to create a key, delete it, and list the keys
		r.step().LeftOut = "cut short: there are not enough requests left"
		return false
	}
	r.progress("")
	return true
}

// newKey creates a key for a probe to work on.
func (r *run) newKey(ctx context.Context, acc *account, label, name string) *key {
	k := acc.newKey(label)
	if !r.mayAsk(ctx) {
		return k
	}
	if len(acc.live()) >= acc.roomAtStart {
		r.step().LeftOut = "cut short: the account has no room for another key"
		return k
	}
	r.create(ctx, k, name, "of "+label)
	if k.uid != "" && r.mayAsk(ctx) {
		r.get(ctx, k)
	}
	return k
}

// exists reports whether the key was created, is known to be the run's, and no delete has said otherwise.
func (k *key) exists() bool { return k.uid != "" && k.seen && !k.deleted }

// deleteAll deletes the keys of the probes. Until then they stay, so that the lists are long.
func (r *run) deleteAll(ctx context.Context, acc *account) {
	for _, k := range acc.live() {
		if !r.stopped(ctx) && r.owns(ctx, k) {
			r.delete(ctx, k)
		}
	}
	r.checkList(ctx, acc, "after the probes' keys were deleted")
	if !r.stopped(ctx) {
		r.lookForDeleted(ctx, acc)
	}
}

// checkList lists the keys, which shows whether anything has changed that should not have.
func (r *run) checkList(ctx context.Context, acc *account, words string) {
	if !r.stopped(ctx) && r.spareRequests() >= r.requestsPerCall() {
		r.list(ctx, acc, words)
	}
}

// ask sends a call of a probe, and reports what is wrong with the answer. k is the key that it may change.
func (r *run) ask(ctx context.Context, c call, k *key, judge func(answer) []finding) {
	if !r.mayAsk(ctx) {
		return
	}
	a, findings := r.askUntilSettled(ctx, func() (answer, []finding) {
		a := r.send(ctx, c)
		r.noteEffects(a, k)
		return a, judge(a)
	})
	r.addFindings(a, findings)
}

// noteEffects notes what a call did although it should have been refused: a key that it created is deleted in the end, and
// one that it edited or deleted is what the next list says.
func (r *run) noteEffects(a answer, k *key) {
	switch {
	case a.operation == createTurnKey && (a.key == nil || a.status < 200 || a.status > 299):
		r.notePending(a, a.name)
	case a.status < 200 || a.status > 299:
	case a.operation == createTurnKey:
		r.noteCreated(a, &key{account: a.account, label: "a key of a create that should have been refused", uncertain: true}, a.name)
	case k == nil:
	case a.operation == deleteTurnKey:
		k.deleted, k.deleteStatus = true, a.status
	case a.operation == editTurnKey:
		k.uncertain = true
	}
}

const maxFetched = 4

// probeListedKeys gets keys that were there before the run: each can be fetched, and is what the list says.
func (r *run) probeListedKeys(ctx context.Context) {
	var uids []string
	for uid := range r.main.otherKeys {
		if validUID.MatchString(uid) && !r.main.otherRuns[uid] {
			uids = append(uids, uid)
		}
	}
	slices.Sort(uids)
	for i, uid := range uids[:min(len(uids), maxFetched)] {
		if !r.mayAsk(ctx) {
			return
		}
		k := &key{account: r.main, label: fmt.Sprintf("key %d that was there before", i+1), uid: uid, versions: []shownKey{r.main.otherKeys[uid]}}
		r.get(ctx, k)
	}
	if len(uids) == 0 {
		r.step().LeftOut = "no keys were there before the run"
	}
}

// refusedWith says that a call should be answered with a 4XX, for the reason given.
func refusedWith(reason string) func(answer) []finding {
	return func(a answer) []finding {
		switch {
		case a.status == 0:
			return lostFindings(a)
		case a.status >= 200 && a.status <= 299:
			return []finding{{at: "status", message: "want a refusal: " + reason}}
		}
		return nil // the checker reports what is not documented
	}
}

// short makes a text fit for a line of the report.
func short(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "..."
	}
	return strings.Trim(fmt.Sprintf("%+q", text), `"`)
}
