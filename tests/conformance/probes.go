package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// makeProbes makes groups of requests with one purpose each, after the steps of the default plan.
func (r *run) makeProbes(ctx context.Context) {
	r.probe(ctx, "bodies", r.probeBodies)
	r.probe(ctx, "credentials", r.probeCredentials)
	r.probe(ctx, "concurrency", r.probeConcurrency)
	r.probe(ctx, "names", r.probeNames)
	r.probe(ctx, "accounts", r.probeAccounts)
	r.probe(ctx, "addresses", r.probeAddresses)
	r.probe(ctx, "limit", r.probeLimit)
	r.probe(ctx, "methods", r.probeMethods)
	r.probe(ctx, "deletion", r.probeDeletion)
}

func (r *run) probe(ctx context.Context, name string, make func(context.Context)) {
	if !r.stopped(ctx) {
		r.begin(name, true)
		make(ctx)
		r.end()
	}
}

// trial is a change that is tried with several operations.
type trial struct {
	words      string
	change     change
	operations ops
}

type ops []*contract.Operation

// tryAll makes the calls of trials, about a key if the operation is on one, and then lists the keys.
func (r *run) tryAll(ctx context.Context, acc *account, k *key, trials []trial) {
	for _, t := range trials {
		for _, o := range t.operations {
			s := step{Operation: o, words: t.words, change: t.change}
			if isOnKey(o) {
				s.key = k
			}
			if s.key == nil || k.exists() {
				r.try(ctx, r.stepCall(acc, s))
			}
		}
	}
	r.tryList(ctx, acc, "afterwards")
}

// mayAsk reports whether a probe may make so many requests, and shows that it does.
func (r *run) mayAsk(ctx context.Context, requests int) bool {
	if r.spare() < requests || r.rateLimited > longestRateLimit/2 {
		r.skip("cut short: the deletions need the remaining requests and time")
		return false
	}
	r.progress("")
	return !r.stopped(ctx)
}

// try makes a call, if enough requests are left.
func (r *run) try(ctx context.Context, c call) response {
	if !r.mayAsk(ctx, 3) { // to create a key and delete it, and to see that it is gone
		return response{call: c, unsent: true}
	}
	return r.do(ctx, c)
}

func (r *run) tryList(ctx context.Context, acc *account, words string) {
	r.try(ctx, acc.call(listTurnKeys, nil, words))
}

// tryCreate creates a key for a probe to work on.
func (r *run) tryCreate(ctx context.Context, acc *account, label, name string) *key {
	k := acc.newKey(label)
	r.try(ctx, acc.call(createTurnKey, k, "").withName(name))
	return k
}

func (r *run) tryEdit(ctx context.Context, k *key, words string, change change) {
	r.try(ctx, change(k.account.call(editTurnKey, k, words)))
}

// keyToTry returns a key of an account for probes to try things on.
func (r *run) keyToTry(ctx context.Context, acc *account) *key {
	if i := slices.IndexFunc(acc.keys, (*key).exists); i >= 0 {
		return acc.keys[i]
	}
	k := r.tryCreate(ctx, acc, "the probes' key", r.name+" to try")
	r.mayChange(ctx, k)
	return k
}

// probeLimit fills an account that is nearly full: one key too many is rejected, and harms no other.
func (r *run) probeLimit(ctx context.Context) {
	room := r.main.room()
	if 4*room > r.spare()-10 {
		r.skip(fmt.Sprintf("the account has room for %d more keys", room))
		return
	}
	for i := range room {
		r.tryCreate(ctx, r.main, fmt.Sprintf("key %d to fill the account", i+1), fmt.Sprintf("%s to fill it %d", r.name, i+1))
	}
	c := r.main.call(createTurnKey, nil, "beyond 1,000 keys").withName(r.name + " too many")
	r.try(ctx, c.expecting(full))
	r.tryList(ctx, r.main, "with 1,000 keys")
}

// probeDeletion deletes the keys of the probes. Until then they stay, so that the lists are long. Before and after that it
// waits: what seemed done may be undone.
func (r *run) probeDeletion(ctx context.Context) {
	r.listLater(ctx)
	keys := slices.DeleteFunc(r.main.live(), func(k *key) bool { return !k.exists() })
	r.tryAtOnce(ctx, deleteTurnKey, keys[:min(atOnce, len(keys))])
	for _, acc := range r.accounts {
		if !r.stopped(ctx) {
			r.deleteRest(ctx, acc)
		}
	}
	r.listLater(ctx)
}

func (r *run) listLater(ctx context.Context) {
	wait := min(r.Settle, 3*time.Second)
	r.progress("waiting to list the keys once more")
	r.sleep(ctx, wait)
	r.tryList(ctx, r.main, fmt.Sprintf("%s later", wait))
}

// short makes a text fit for a line of the report.
func short(text string) string { return strings.Trim(fmt.Sprintf("%+.60q", text), `"`) }
