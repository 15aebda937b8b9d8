package conformance

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// The probes in this file create keys, and look what becomes of them.

const atOnce = 6

// probeConcurrency creates keys at once, gets and edits them at once, and edits one of them several times at once.
func (r *run) probeConcurrency(ctx context.Context) {
	if r.main.room() < atOnce || !r.mayAsk(ctx, 6*atOnce) {
		r.skip("not enough room for six keys, or not enough requests left")
		return
	}
	var creates, gets, edits []call
	for i := range atOnce {
		k := r.main.newKey(fmt.Sprintf("key %d of six created at once", i+1))
		creates = append(creates, r.main.call(createTurnKey, k, "").withName(fmt.Sprintf("%s at once %d", r.name, i+1)))
	}
	r.askAtOnce(ctx, creates)
	r.awaitChanges(ctx)
	for _, c := range creates {
		if c.about.uid != "" {
			get := r.main.call(getTurnKey, c.about, "at once with others")
			get.settled = r.longestDelay == 0
			gets = append(gets, get)
		}
	}
	invalid := r.main.call(listTurnKeys, nil, "at once with others")
	r.askAtOnce(ctx, append(gets, invalidToken(newInvalidToken())(invalid)))
	for i, c := range gets {
		if c.about.exists() {
			r.awaitTick(ctx, c.about)
			edits = append(edits, r.main.call(editTurnKey, c.about, "at once with others").withName(fmt.Sprintf("%s edited at once %d", r.name, i+1)))
		}
	}
	if len(edits) > 0 && r.mayAsk(ctx, len(edits)+5) {
		r.askAtOnce(ctx, append(edits, r.listAtOnce("at once with edits")))
		r.editOneAtOnce(ctx, edits[0].about)
	}
	r.tryList(ctx, r.main, "after six creates and edits at once")
}

// editOneAtOnce edits one key several times at once: it has one of the names then.
func (r *run) editOneAtOnce(ctx context.Context, k *key) {
	var edits []call
	get := r.main.call(getTurnKey, k, "after three edits at once")
	for i := range 3 {
		c := r.main.call(editTurnKey, k, "three times at once").withName(fmt.Sprintf("%s edited three times at once %d", r.name, i+1))
		c.unordered = true
		edits, get.oneOf = append(edits, c), append(get.oneOf, *c.name)
	}
	r.askAtOnce(ctx, edits)
	k.uncertain = true
	r.do(ctx, get)
}

// listAtOnce lists the keys while they change: what is true of them is open, but not which are there.
func (r *run) listAtOnce(words string) call {
	c := r.main.call(listTurnKeys, nil, words)
	c.unordered, c.settled = true, r.longestDelay == 0
	return c
}

// deleteAtOnce deletes several keys at once, with a list among them.
func (r *run) deleteAtOnce(ctx context.Context) {
	var calls []call
	for _, k := range r.main.live() {
		if len(calls) < atOnce && k.exists() {
			calls = append(calls, r.main.call(deleteTurnKey, k, "at once with others"))
		}
	}
	if len(calls) == atOnce && !r.stopped(ctx) && r.rateLimited == 0 {
		r.askAtOnce(ctx, append(calls, r.listAtOnce("at once with deletes")))
	}
}

// askAtOnce makes calls at the same time. Their retries are made one by one.
func (r *run) askAtOnce(ctx context.Context, calls []call) {
	responses := make([]response, len(calls))
	var wait sync.WaitGroup
	for i, c := range calls {
		wait.Go(func() { responses[i] = r.roundTrip(ctx, c) })
	}
	wait.Wait()
	for i := range responses {
		responses[i] = r.check(responses[i]) // all are noted before any retry is made
	}
	for _, a := range responses {
		r.follow(ctx, a)
	}
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
		r.tryCreate(ctx, r.main, fmt.Sprintf("the key with awkward name %d", i+1), name)
	}
	long := r.main.call(createTurnKey, r.main.newKey("the key with a long name"), "with a name of about 5,000 characters")
	long.want.optional = true
	r.try(ctx, long.withName(strings.Repeat(r.name+" \u9375 ", 5000/len(r.name))))
	r.probeOmittedName(ctx)
	r.tryList(ctx, r.main, "with awkward names")
	var keys []*key
	for _, k := range r.main.live() {
		if k.exists() {
			keys = append(keys, k)
		}
	}
	for i, k := range keys { // each has another name then, and one is named as another is, and was
		r.tryEdit(ctx, k, names[i%len(names)], "to "+short(names[i%len(names)]))
	}
	if len(keys) > 1 {
		mine, others := keys[0].name(), keys[1].name()
		r.tryEdit(ctx, keys[0], others, "to the name of another key")
		r.tryEdit(ctx, keys[0], mine, "back to the name that it had")
		c := r.main.call(editTurnKey, keys[0], "with undocumented fields")
		r.try(ctx, unknownFields(r.name+" unknown fields edited", keys[1].uid, randomHex(32))(c))
	}
	r.tryList(ctx, r.main, "after awkward names were exchanged")
}

func (r *run) tryEdit(ctx context.Context, k *key, name, words string) {
	r.try(ctx, r.main.call(editTurnKey, k, words).withName(name))
}

// probeOmittedName creates a key without a name, which the document permits: the name is then empty.
func (r *run) probeOmittedName(ctx context.Context) {
	k, none := r.main.newKey("the key without a name"), ""
	c := r.main.call(createTurnKey, k, "with {}").withBody("application/json", "{}")
	c.name = &none
	r.try(ctx, c)
	r.tryEdit(ctx, k, r.name+" named", "to its first name")
	// The document leaves open whether the name then stays or becomes empty.
	r.try(ctx, r.main.call(editTurnKey, k, "with {}").withBody("application/json", "{}"))
}

// probeAccounts finds out whether two accounts are isolated from each other.
func (r *run) probeAccounts(ctx context.Context) {
	if len(r.accounts) < 2 {
		r.step().Skipped = "no second account: set CLOUDFLARE_OTHER_ACCOUNT_ID and CLOUDFLARE_OTHER_API_TOKEN"
		return
	}
	other := r.accounts[1]
	ours := r.tryCreate(ctx, r.main, "the first account's key", r.name+" first account")
	theirs := r.tryCreate(ctx, other, "the second account's key", r.name+" second account")
	token := func(token string) change {
		return func(c call) call { return c.with("Authorization", "Bearer "+token).expecting(foreignToken) }
	}
	through := func(acc *account) change {
		return func(c call) call { return token(acc.token)(c).to(acc.id, c.about.uid).expecting(foreignKey) }
	}
	dots := at(foreignToken.elsewhere(), "/"+r.main.id, "/"+other.id+"/../"+r.main.id)
	r.tryAll(ctx, r.main, ours, []trial{
		{"with the second account's token", all, token(other.token)},
		{"through the second account", onKey, through(other)},
		{"with dot segments into it from the second account", list, func(c call) call { return dots(token(other.token)(c)) }},
	})
	r.tryAll(ctx, other, theirs, []trial{
		{"with the first account's token", []*contract.Operation{listTurnKeys, createTurnKey, editTurnKey}, token(r.main.token)},
		{"through the first account", onKey, through(r.main)},
	})
}
