package conformance

import (
	"context"
	"fmt"
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

// trial is a way to make a request that is tried with several operations.
type trial struct {
	words      string
	operations []*contract.Operation
	change     func(call) call
}

// The operations of trials. What they have in common is usually tried with two.
var (
	all         = operations
	onKey       = slices.DeleteFunc(slices.Clone(operations), func(o *contract.Operation) bool { return !isOnKey(o) })
	withBody    = []*contract.Operation{createTurnKey, editTurnKey}
	listAndEdit = []*contract.Operation{listTurnKeys, editTurnKey}
	getAndDel   = []*contract.Operation{getTurnKey, deleteTurnKey}
	list        = []*contract.Operation{listTurnKeys}
	get         = []*contract.Operation{getTurnKey}
	create      = []*contract.Operation{createTurnKey}
)

// try makes the requests of trials, about a key if the operation is on one, and then lists the keys.
func (r *run) try(ctx context.Context, acc *account, k *key, trials []trial) {
	for _, t := range trials {
		for _, o := range t.operations {
			about := k
			if !isOnKey(o) {
				about = nil
			} else if !k.exists() {
				continue
			}
			c := acc.call(o, about, t.words).nameIfNeeded(r.name + " " + t.words)
			r.askIfPossible(ctx, t.change(c))
		}
	}
	if r.mayAsk(ctx, 1) {
		r.list(ctx, acc, "afterwards")
	}
}

// mayAsk reports whether a probe may make so many requests, and shows that it does.
func (r *run) mayAsk(ctx context.Context, requests int) bool {
	if r.stopped(ctx) {
		return false
	}
	switch {
	case r.spare(call{}) < requests:
		r.step().Skipped = "cut short: not enough requests left"
		return false
	case r.limits.waited > longestRateLimit/2: // the rest is for the deletions
		r.step().Skipped = "cut short: rate limits leave no time"
		return false
	}
	r.progress("")
	return true
}

func (r *run) askIfPossible(ctx context.Context, c call) response {
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

// createFrom makes a call that creates a key, and gets the key.
func (r *run) createFrom(ctx context.Context, c call) response {
	a := response{call: c, unsent: true}
	if !c.account.hasRoom() {
		r.step().Skipped = "cut short: the account has no room for another key"
		return a
	}
	if r.mayAsk(ctx, 4) { // to create, get and delete the key, and to see that it is gone
		a = r.ask(ctx, c)
	}
	if c.about.uid != "" && r.mayAsk(ctx, 1) {
		r.get(ctx, c.about)
	}
	return a
}

// keyToTry returns a key of the main account for probes to try things on. It is another one if the last one is gone.
func (r *run) keyToTry(ctx context.Context) *key {
	if r.tried == nil || !r.tried.exists() {
		r.tried = r.createKey(ctx, r.main, "the probes' key", r.name+" to try")
	}
	return r.tried
}

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
		r.askIfPossible(ctx, r.main.call(getTurnKey, k, ""))
	}
	if len(uids) == 0 {
		r.step().Skipped = "the account had no keys at the start"
	}
}

// probeLimit fills an account that is nearly full: one key too many is rejected, and harms no other.
func (r *run) probeLimit(ctx context.Context) {
	room := r.main.roomAtStart - len(r.main.live())
	if 4*room > r.spare(call{})-10 {
		r.step().Skipped = fmt.Sprintf("the account has room for %d more keys", room)
		return
	}
	for i := range room {
		r.createKey(ctx, r.main, fmt.Sprintf("key %d to fill the account", i+1), fmt.Sprintf("%s to fill it %d", r.name, i+1))
	}
	c := r.main.call(createTurnKey, nil, "beyond 1,000 keys").withName(r.name + " too many")
	r.askIfPossible(ctx, c.expecting(full))
	if r.mayAsk(ctx, 1) {
		r.list(ctx, r.main, "with 1,000 keys")
	}
}

// probeDeletion deletes the keys of the probes. Until then they stay, so that the lists are long. Before and after that it
// waits: what seemed done may be undone.
func (r *run) probeDeletion(ctx context.Context) {
	r.listLater(ctx)
	r.deleteAtOnce(ctx)
	for _, acc := range r.accounts {
		for _, k := range acc.live() {
			if !r.stopped(ctx) && r.mayChange(ctx, k) {
				r.ask(ctx, acc.call(deleteTurnKey, k, ""))
			}
		}
		if r.mayAsk(ctx, 1) {
			r.list(ctx, acc, "after the keys were deleted")
		}
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
		r.list(ctx, r.main, fmt.Sprintf("%s later", wait))
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
