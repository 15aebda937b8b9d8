package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// The probes in this file create keys, and look what becomes of them.

const atOnce = 6

// probeConcurrency creates keys at once, and gets and edits them at once.
func (r *run) probeConcurrency(ctx context.Context) {
	if r.main.roomAtStart-len(r.main.live()) < atOnce || r.spare(call{}) < 6*atOnce {
		r.step().Skipped = "not enough room for six keys, or not enough requests left"
		return
	}
	var calls []call
	for i := range atOnce {
		k := r.main.newKey(fmt.Sprintf("key %d of six created at once", i+1))
		calls = append(calls, r.main.call(createTurnKey, k, "").withName(fmt.Sprintf("%s at once %d", r.name, i+1)))
	}
	var keys []*key
	for _, a := range r.askAtOnce(ctx, calls) {
		if a.about.uid != "" {
			keys = append(keys, a.about)
		}
	}
	r.awaitChanges(ctx)
	calls = nil
	for _, k := range keys {
		c := r.main.call(getTurnKey, k, "at once with others")
		if r.longestDelay == 0 {
			c.want.late = nil
		}
		calls = append(calls, c)
	}
	calls = append(calls, r.main.call(listTurnKeys, nil, "at once with others").with("Authorization", "Bearer "+newInvalidToken()).expecting(unauthorized))
	r.askAtOnce(ctx, calls)
	r.editAtOnce(ctx, slices.DeleteFunc(keys, func(k *key) bool { return !k.exists() }))
	if r.mayAsk(ctx, 1) {
		r.list(ctx, r.main, "after six creates and edits at once")
	}
}

// editAtOnce edits several keys at once, and then one key several times: it has one of the names then.
func (r *run) editAtOnce(ctx context.Context, keys []*key) {
	if len(keys) == 0 || !r.mayAsk(ctx, len(keys)+4) {
		return
	}
	var calls []call
	for i, k := range keys {
		r.awaitTick(ctx, k)
		calls = append(calls, r.main.call(editTurnKey, k, "at once with others").withName(fmt.Sprintf("%s edited at once %d", r.name, i+1)))
	}
	r.askAtOnce(ctx, append(calls, r.listAtOnce("at once with edits")))
	k := keys[0]
	var names []string
	calls = nil
	for i := range 3 {
		names = append(names, fmt.Sprintf("%s edited three times at once %d", r.name, i+1))
		c := r.main.call(editTurnKey, k, "three times at once").withName(names[i])
		c.unordered = true
		calls = append(calls, c)
	}
	r.askAtOnce(ctx, calls)
	k.uncertain = true
	r.awaitChanges(ctx)
	c := r.main.call(getTurnKey, k, "after three edits at once")
	c.oneOf = names
	r.ask(ctx, c)
}

// listAtOnce lists the keys while they change: what is true of them is open, but not which are there.
func (r *run) listAtOnce(words string) call {
	c := r.main.call(listTurnKeys, nil, words)
	c.unordered = true
	return c
}

// deleteAtOnce deletes half of the keys at once, with a list among them.
func (r *run) deleteAtOnce(ctx context.Context) {
	var calls []call
	for _, k := range r.main.live() {
		if len(calls) < atOnce && k.exists() && k.got {
			calls = append(calls, r.main.call(deleteTurnKey, k, "at once with others"))
		}
	}
	if len(calls) == atOnce && !r.stopped(ctx) && r.limits.waited == 0 {
		r.askAtOnce(ctx, append(calls, r.listAtOnce("at once with deletes")))
	}
}

// askAtOnce makes calls at the same time. Their retries are made one by one.
func (r *run) askAtOnce(ctx context.Context, calls []call) []response {
	responses := make([]response, len(calls))
	var wait sync.WaitGroup
	for i, c := range calls {
		c.atOnce = true
		wait.Go(func() { responses[i] = r.roundTrip(ctx, c) })
	}
	wait.Wait()
	r.count(len(calls))
	for i, a := range responses {
		a = r.check(a)
		r.note(&a) // all are noted before any retry is made
		responses[i] = a
	}
	for i, a := range responses {
		responses[i] = r.follow(ctx, a)
	}
	return responses
}

// bareNames are those of a run's that do not contain its own. They come by edit, so that each key can be found by its name.
var bareNames = []string{"", " ", "007", "null", "true", "1e3"}

// awkwardNames are those that servers are known to damage, beside the ones of the default plan.
func awkwardNames(name string) []string {
	return []string{
		name + "\nline\r\n\ttab \x01\x1f\x7f",
		bareNames[1], bareNames[2], bareNames[3], bareNames[4], bareNames[5],
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
		if !strings.Contains(name, r.name) { // the run could not find the key if the response to its create was lost
			name = fmt.Sprintf("%s awkward %d", r.name, i+1)
		}
		r.createKey(ctx, r.main, fmt.Sprintf("the key with awkward name %d", i+1), name)
	}
	long := r.main.call(createTurnKey, r.main.newKey("the key with a long name"), "with a name of about 5,000 characters")
	r.createFrom(ctx, long.withName(strings.Repeat(r.name+" \u9375 ", 5000/len(r.name))).expecting(success.unlimited()))
	r.probeOmittedName(ctx)
	if r.mayAsk(ctx, 1) {
		r.list(ctx, r.main, "with awkward names")
	}
	var keys []*key
	for _, k := range r.main.live() {
		if k.exists() && k.got {
			keys = append(keys, k)
		}
	}
	for i, k := range keys { // each has another name then, and one is named as another is, and was
		r.rename(ctx, k, names[i%len(names)], "to "+short(names[i%len(names)]))
	}
	if len(keys) > 1 {
		mine, others := keys[0].name(), keys[1].name()
		r.rename(ctx, keys[0], others, "to the name of another key")
		r.rename(ctx, keys[0], mine, "back to the name that it had")
		r.editUnknownFields(ctx, keys[0], keys[1].uid)
	}
	if r.mayAsk(ctx, 1) {
		r.list(ctx, r.main, "after awkward names were exchanged")
	}
}

func (r *run) rename(ctx context.Context, k *key, name, words string) {
	if k.exists() && r.mayAsk(ctx, 1) {
		r.edit(ctx, r.main.call(editTurnKey, k, words).withName(name))
	}
}

// probeOmittedName creates a key without a name, which the document permits: the name is then empty.
func (r *run) probeOmittedName(ctx context.Context) {
	k, none := r.main.newKey("the key without a name"), ""
	c := r.main.call(createTurnKey, k, "with {}").withBody("application/json", "{}")
	c.name = &none
	r.createFrom(ctx, c)
	r.rename(ctx, k, r.name+" named", "to its first name")
	if k.exists() && r.mayAsk(ctx, 1) { // the document leaves open whether the name then stays or becomes empty
		r.awaitTick(ctx, k)
		r.ask(ctx, r.main.call(editTurnKey, k, "with {}").withBody("application/json", "{}"))
	}
}

// openOther lists the keys of the second account before anything is done to either.
func (r *run) openOther(ctx context.Context) {
	if r.OtherAccountID == "" || r.stopped(ctx) {
		return
	}
	other := &account{id: r.OtherAccountID, token: r.OtherToken, suffix: " in the second account"}
	r.begin("listTurnKeys at the start in the second account", false)
	defer r.end()
	a := r.openAccount(ctx, other)
	switch {
	case r.stopped(ctx):
	case a.status == 0 || a.status/100 == 4:
		r.fail("second account: listTurnKeys: %s; check its id and token", a.summary())
	case a.isList():
		r.accounts = append(r.accounts, other)
	}
	r.forgetIfFailed(a)
}

// probeAccounts finds out whether two accounts are isolated from each other.
func (r *run) probeAccounts(ctx context.Context) {
	if len(r.accounts) < 2 {
		r.step().Skipped = "no second account: set CLOUDFLARE_OTHER_ACCOUNT_ID and CLOUDFLARE_OTHER_API_TOKEN"
		return
	}
	other := r.accounts[1]
	ours := r.createKey(ctx, r.main, "the first account's key", r.name+" first account")
	theirs := r.createKey(ctx, other, "the second account's key", r.name+" second account")
	token := func(token string) func(call) call {
		return func(c call) call { return c.withToken(token).expecting(foreignToken) }
	}
	through := func(acc *account) func(call) call {
		return func(c call) call { return c.to(acc.id, c.about.uid).withToken(acc.token).expecting(foreignKey) }
	}
	r.try(ctx, r.main, ours, []trial{
		{"with the second account's token", all, token(other.token)}, {"through the second account", onKey, through(other)},
		{"with dot segments into it from the second account", list, func(c call) call {
			c.path = strings.Replace(c.path, "/"+r.main.id, "/"+other.id+"/../"+r.main.id, 1)
			return c.withToken(other.token).expecting(foreignToken.elsewhere()).anyShape()
		}},
	})
	r.try(ctx, other, theirs, []trial{
		{"with the first account's token", []*contract.Operation{listTurnKeys, createTurnKey, editTurnKey}, token(r.main.token)},
		{"through the first account", onKey, through(r.main)},
	})
}
