package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

const atOnce = 6

// probeConcurrency creates keys at once, gets and edits them at once, and edits one of them several times at once.
func (r *run) probeConcurrency(ctx context.Context) {
	if r.main.room() < atOnce || !r.mayAsk(ctx, 6*atOnce) {
		r.skip("not enough room for six keys, or not enough requests left")
		return
	}
	var keys []*key
	for i := range atOnce {
		keys = append(keys, r.main.newKey(fmt.Sprintf("key %d of six", i+1)))
	}
	r.tryAtOnce(ctx, createTurnKey, keys)
	keys = slices.DeleteFunc(keys, func(k *key) bool { return k.uid == "" })
	r.awaitChanges(ctx)
	r.tryAtOnce(ctx, getTurnKey, keys)
	keys = slices.DeleteFunc(keys, func(k *key) bool { return !k.exists() })
	r.tryAtOnce(ctx, editTurnKey, keys)
	if len(keys) > 0 {
		k, get := keys[0], r.main.call(getTurnKey, keys[0], "after three edits at once")
		for _, c := range r.tryAtOnce(ctx, editTurnKey, []*key{k, k, k}) {
			get.oneOf = append(get.oneOf, *c.name)
		}
		k.uncertain = true
		r.try(ctx, get)
	}
	r.tryList(ctx, r.main, "after six creates and edits at once")
}

// tryAtOnce makes a call for each of the keys at the same time, and lists beside them. Retries are made one by one.
func (r *run) tryAtOnce(ctx context.Context, o *contract.Operation, keys []*key) (calls []call) {
	if !r.mayAsk(ctx, len(keys)+2) {
		return nil
	}
	for i, k := range keys {
		c := r.main.call(o, k, "concurrently")
		if o.TakesBody {
			c = c.withName(fmt.Sprintf("%s %s at once %d", r.name, o.Method, r.spent()+i)) // no name twice
		}
		calls = append(calls, c)
	}
	list := r.main.call(listTurnKeys, nil, "concurrently")
	all := slices.Clone(calls)
	if o != createTurnKey { // which of the new keys are in a list is open
		all = append(all, list, invalidToken(changeFirst(r.main.token))(list))
	}
	r.sleep(ctx, 10*time.Millisecond) // until the last connection is idle, so that it is closed rather than used again
	responses := make([]response, len(all))
	var wait sync.WaitGroup
	for i, c := range all {
		c.unordered, c.settled = true, r.longestDelay == 0 // where nothing has been late before, nothing is now
		wait.Go(func() { responses[i] = r.roundTrip(ctx, c) })
	}
	wait.Wait()
	for i := range responses {
		responses[i] = r.check(responses[i]) // all are noted before any retry is made
	}
	for _, a := range responses {
		r.follow(ctx, a)
	}
	return calls
}

// bareNames are those of a run's that do not contain its own. They come by edit, so that each key can be found by its name.
var bareNames = []string{"", " ", "007", "null", "true", "1e3"}

// awkwardNames are those that servers are known to damage, beside the ones of the default plan.
func awkwardNames(name string) []string {
	return []string{
		name + "\nline\r\n\ttab \x01\x1f\x7f",
		name + ` <script>alert("1")</script> &lt;&amp;&#39; {{.}} ${HOME} $(id) %s %d %00 %2F` +
			`'; DROP TABLE keys; -- \u0041 \n \" // ../../ ?a=b&c=d#e`,
		name + " \u00e9 e\u0301 \u212b A\u030a \ufb01 \u0130 \u0131 \u1e9e \u00df UPPER lower",
		"\ufeff" + name + "\u200b\u200d\u202e\u2028\u2029\ufffd\uffff\u00a0 \U0001F468\u200d\U0001F469\u200d\U0001F467 \U0001F1E9\U0001F1EA \U00020000 \U0010FFFF",
	}
}

// probeNames takes awkward names through create and edit, and reads them back.
func (r *run) probeNames(ctx context.Context) {
	names := awkwardNames(r.name)
	for i, name := range names {
		r.tryCreate(ctx, r.main, fmt.Sprintf("the key with awkward name %d", i+1), name)
	}
	long := r.main.call(createTurnKey, r.main.newKey("the key with a long name"), "with a name of about 5,000 characters")
	long.want.optional = true
	r.try(ctx, long.withName(strings.Repeat(r.name+" \u9375 ", 5000/len(r.name))))
	nameless := noName(r.main.call(createTurnKey, r.main.newKey("the key without a name"), "with {}"))
	nameless.name = new(string)
	r.try(ctx, nameless)
	r.tryList(ctx, r.main, "with awkward names")

	keys := slices.DeleteFunc(r.main.live(), func(k *key) bool { return !k.exists() })
	if len(keys) < 2 {
		return
	}
	for i, name := range slices.Concat(names, bareNames) {
		r.tryEdit(ctx, keys[i%len(keys)], "to "+short(name), named(name))
	}
	mine := keys[0].name()
	r.tryEdit(ctx, keys[0], "to the name of another key", named(keys[1].name()))
	r.tryEdit(ctx, keys[0], "back to the name that it had", named(mine))
	r.tryEdit(ctx, keys[1], "with {}", noName) // the document leaves open whether the name stays or becomes empty
	r.tryEdit(ctx, keys[1], "with undocumented fields", unknownFields(r.name+" unknown fields edited", keys[0].uid, randomHex(32)))
	r.tryList(ctx, r.main, "after awkward names were exchanged")
}

func noName(c call) call { return c.withBody("application/json", "{}") }

// probeAccounts finds out whether two accounts are isolated from each other.
func (r *run) probeAccounts(ctx context.Context) {
	if len(r.accounts) < 2 {
		r.skip("no second account: set CLOUDFLARE_OTHER_ACCOUNT_ID and CLOUDFLARE_OTHER_API_TOKEN")
		return
	}
	other := r.accounts[1]
	ours, theirs := r.keyToTry(ctx, r.main), r.keyToTry(ctx, other)
	token := func(acc *account) change {
		return func(c call) call { return c.with("Authorization", "Bearer "+acc.token).expecting(foreignToken) }
	}
	through := func(acc *account) change {
		return func(c call) call { return token(acc)(c).to(acc.id, c.about.uid).expecting(foreignKey) }
	}
	dots := at(foreignToken, "/"+r.main.id, "/"+other.id+"/../"+r.main.id)
	r.tryAll(ctx, r.main, ours, []trial{
		{"with the second account's token", token(other), operations},
		{"through the second account", through(other), ops{getTurnKey, editTurnKey, deleteTurnKey}},
		{"with dot segments into it from the second account", func(c call) call { return dots(token(other)(c)) }, ops{listTurnKeys}},
	})
	r.tryAll(ctx, other, theirs, []trial{
		{"with the first account's token", token(r.main), ops{listTurnKeys, editTurnKey}},
		{"through the first account", through(r.main), ops{getTurnKey}},
	})
}
