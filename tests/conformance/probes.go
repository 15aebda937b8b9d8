package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

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
		{"concurrency", (*run).probeConcurrency},
		{"names", (*run).probeNames},
		{"accounts", (*run).probeAccounts},
		{"addresses", (*run).probeAddresses},
		{"limit", (*run).probeLimit},
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

// trial is a change that is tried with several operations.
type trial struct {
	words      string
	operations []*contract.Operation
	change     change
}

// The operations of trials. What they have in common is usually tried with two.
var (
	all         = operations
	onKey       = []*contract.Operation{getTurnKey, editTurnKey, deleteTurnKey}
	withBody    = []*contract.Operation{createTurnKey, editTurnKey}
	listAndEdit = []*contract.Operation{listTurnKeys, editTurnKey}
	getAndList  = []*contract.Operation{getTurnKey, listTurnKeys}
	getAndDel   = []*contract.Operation{getTurnKey, deleteTurnKey}
	editAndDel  = []*contract.Operation{editTurnKey, deleteTurnKey}
	create      = []*contract.Operation{createTurnKey}
	list        = []*contract.Operation{listTurnKeys}
	get         = []*contract.Operation{getTurnKey}
	del         = []*contract.Operation{deleteTurnKey}
)

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
	switch {
	case r.stopped(ctx):
		return false
	case r.spare() < requests:
		r.skip("cut short: not enough requests left")
		return false
	case r.rateLimited > longestRateLimit/2: // the rest is for the deletions
		r.skip("cut short: rate limits leave no time")
		return false
	}
	r.progress("")
	return true
}

// try makes a call, if enough requests are left, and gets the key that it creates.
func (r *run) try(ctx context.Context, c call) response {
	requests := 1
	if c.creates() {
		requests = 4 // to create, get and delete the key, and to see that it is gone
	}
	if c.about != nil && !c.creates() && !c.about.exists() || !r.mayAsk(ctx, requests) {
		return response{call: c, unsent: true}
	}
	a := r.do(ctx, c)
	if c.creates() && c.about.uid != "" && r.mayAsk(ctx, 1) {
		r.do(ctx, c.account.call(getTurnKey, c.about, ""))
	}
	return a
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

// keyToTry returns a key of the main account for probes to try things on. It is another one if the last one is gone.
func (r *run) keyToTry(ctx context.Context) *key {
	if r.tried == nil || !r.tried.exists() {
		r.tried = r.tryCreate(ctx, r.main, "the probes' key", r.name+" to try")
	}
	return r.tried
}

// probeListedKeys gets a few keys that were there before the run: each can be fetched, and is what the list says.
func (r *run) probeListedKeys(ctx context.Context) {
	for i, uid := range slices.Sorted(maps.Keys(r.main.first)) {
		k := &key{account: r.main, label: fmt.Sprintf("existing key %d", i+1), uid: uid, seen: true, versions: []shownKey{r.main.last[uid]}}
		if i < 3 && !r.main.isOfAnotherRun(k.current()) {
			r.try(ctx, r.main.call(getTurnKey, k, ""))
		}
	}
}

// probeLimit fills an account that is nearly full: one key too many is rejected, and harms no other.
func (r *run) probeLimit(ctx context.Context) {
	room := r.main.room()
	if 4*room > r.spare()-10 {
		r.step().Skipped = fmt.Sprintf("the account has room for %d more keys", room)
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
	r.deleteAtOnce(ctx)
	for _, acc := range r.accounts {
		for _, k := range acc.live() {
			if !r.stopped(ctx) {
				r.do(ctx, acc.call(deleteTurnKey, k, ""))
			}
		}
		r.tryList(ctx, acc, "after the keys were deleted")
		if !r.stopped(ctx) {
			r.lookForDeleted(ctx, acc)
		}
	}
	r.listLater(ctx)
}

func (r *run) listLater(ctx context.Context) {
	wait := min(r.Settle, 3*time.Second)
	if wait > 0 && r.mayAsk(ctx, 1) {
		r.progress("waiting to list the keys once more")
		r.sleep(ctx, wait)
		r.tryList(ctx, r.main, fmt.Sprintf("%s later", wait))
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
