package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
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
		{"deletion", (*run).probeDeletion},
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
}

// mayAsk reports whether a probe may make so many requests, and shows that it does.
func (r *run) mayAsk(ctx context.Context, requests int) bool {
	if r.stopped(ctx) {
		return false
	}
	if r.spare(call{}) < requests {
		r.step().Skipped = "cut short: not enough requests left"
		return false
	}
	r.progress("")
	return true
}

// try makes a call, if there are requests left.
func (r *run) try(ctx context.Context, c call) response {
	if !r.mayAsk(ctx, 1) {
		return response{call: c, unsent: true}
	}
	return r.ask(ctx, c)
}

// createKey creates a key for a probe to work on, and gets it.
func (r *run) createKey(ctx context.Context, acc *account, label, name string) *key {
	k := acc.newKey(label)
	r.createFrom(ctx, acc.call(createTurnKey, k, "").withName(name))
	return k
}

// keyToTry returns a key of the main account for probes to try things on. It is another one if the last one is gone.
func (r *run) keyToTry(ctx context.Context) *key {
	if r.tried == nil || !r.tried.exists() {
		r.tried = r.createKey(ctx, r.main, "the probes' key", r.name+" to try")
	}
	return r.tried
}

// createFrom makes a call that creates a key, and gets the key.
func (r *run) createFrom(ctx context.Context, c call) response {
	if !c.account.hasRoom() {
		r.step().Skipped = "cut short: the account has no room for another key"
		return response{call: c, unsent: true}
	}
	if !r.mayAsk(ctx, 4) { // to create, get and delete the key, and to see that it is gone
		return response{call: c, unsent: true}
	}
	a := r.ask(ctx, c)
	if c.about.uid != "" && r.mayAsk(ctx, 1) {
		r.get(ctx, c.about)
	}
	return a
}

// checkList lists the keys, which shows whether anything has changed that should not have.
func (r *run) checkList(ctx context.Context, acc *account, words string) {
	if r.mayAsk(ctx, 1) {
		r.list(ctx, acc, words)
	}
}

// tryAll makes a call of each of the operations.
func (r *run) tryAll(ctx context.Context, all []*contract.Operation, of func(*contract.Operation) call) {
	for _, o := range all {
		r.try(ctx, of(o))
	}
}

var onKey = slices.DeleteFunc(slices.Clone(operations), func(o *contract.Operation) bool { return !isOnKey(o) })

// probeListedKeys gets keys that were there before the run: each can be fetched, and is what the list says.
func (r *run) probeListedKeys(ctx context.Context) {
	const most = 3
	var uids []string
	for uid := range r.main.otherKeys {
		if usableUID.MatchString(uid) && !r.main.otherRuns[uid] {
			uids = append(uids, uid)
		}
	}
	slices.Sort(uids)
	for i, uid := range uids[:min(len(uids), most)] {
		k := r.main.newKey(fmt.Sprintf("existing key %d", i+1))
		k.uid, k.versions = uid, []shownKey{r.main.otherKeys[uid]}
		r.try(ctx, r.main.call(getTurnKey, k, ""))
	}
	if len(uids) == 0 {
		r.step().Skipped = "the account had no keys at the start"
	}
}

// probeDeletion deletes the keys of the probes. Until then they stay, so that the lists are long.
func (r *run) probeDeletion(ctx context.Context) {
	for _, acc := range r.accounts {
		for _, k := range acc.live() {
			if !r.stopped(ctx) && r.mayChange(ctx, k) {
				r.ask(ctx, acc.call(deleteTurnKey, k, ""))
			}
		}
		r.checkList(ctx, acc, "after the keys were deleted")
		if !r.stopped(ctx) {
			r.lookForDeleted(ctx, acc)
		}
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
