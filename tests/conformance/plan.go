package conformance

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// The operations that the plan takes keys through.
var (
	createTurnKey = contract.OpenAPI().Operation("createTurnKey")
	listTurnKeys  = contract.OpenAPI().Operation("listTurnKeys")
	getTurnKey    = contract.OpenAPI().Operation("getTurnKey")
	editTurnKey   = contract.OpenAPI().Operation("editTurnKey")
	deleteTurnKey = contract.OpenAPI().Operation("deleteTurnKey")
)

// step is a call of the plan. What the response should be follows from what the run has done before.
type step struct {
	*contract.Operation

	key    *key
	words  string // what is special about the request
	change change // nil if nothing is
}

// defaultPlan takes keys through the operations, so that what is done to one can be seen to leave the others alone.
func (r *run) defaultPlan() []step {
	first, second, third := r.main.newKey("the first key"), r.main.newKey("the second key"), r.main.newKey("the third key")
	token := r.main.token
	lastChanged, firstChanged := invalidToken(changeLast(token)), invalidToken(changeFirst(token))
	return []step{
		{Operation: listTurnKeys, words: "with the last character of the token changed", change: lastChanged},
		{Operation: createTurnKey, key: first, change: named(r.name)},
		{Operation: createTurnKey, key: second, words: "with the same request", change: named(r.name)},
		{Operation: getTurnKey, key: first},
		{Operation: getTurnKey, key: second},
		{Operation: getTurnKey, words: "for an unknown key, with a truncated token", change: invalidToken(cut(token))},
		{Operation: getTurnKey, key: first, words: "with the same invalid token again", change: lastChanged},
		{Operation: editTurnKey, key: first, words: "with the first character of the token changed", change: firstChanged},
		{Operation: deleteTurnKey, key: first, words: "with the token in upper case", change: invalidToken(strings.ToUpper(token))},
		{Operation: createTurnKey, words: "with a longer token", change: invalidToken(token + "0")},
		{Operation: listTurnKeys, words: "after the rejected calls"},
		{Operation: deleteTurnKey, key: first},
		{Operation: editTurnKey, key: first, words: "after deletion", change: afterDeletion},
		{Operation: getTurnKey, key: first, words: "after deletion", change: afterDeletion},
		{Operation: deleteTurnKey, key: first, words: "after deletion", change: afterDeletion},
		{Operation: editTurnKey, key: second, words: "to an empty name", change: named("")},
		{Operation: createTurnKey, key: third, words: "with an awkward 300-character name", change: chunkedAndEscaped(awkward(r.name))},
		{Operation: getTurnKey, key: third},
		{Operation: getTurnKey, key: second},
		{Operation: editTurnKey, key: third, words: "to an awkward 1,100-character name", change: withCharset(long(r.name))},
		{Operation: getTurnKey, key: third},
		{Operation: listTurnKeys, words: "after two edits"},
		{Operation: editTurnKey, key: second, words: "to its current name", change: named("")},
		{Operation: getTurnKey, key: third, words: "with the last digit of its id changed", change: nearID(changeLast)},
		{Operation: getTurnKey, key: third, words: "with the first digit of its id changed", change: nearID(changeFirst)},
		{Operation: getTurnKey, key: third, words: "without the last digit of its id", change: nearID(cut)},
		{Operation: getTurnKey, key: third, words: "with its id in upper case", change: nearID(strings.ToUpper)},
		{Operation: deleteTurnKey, key: second},
		{Operation: getTurnKey, key: second, words: "after deletion", change: afterDeletion},
		{Operation: listTurnKeys, words: "after two deletions"},
		{Operation: listTurnKeys, words: "without a token", change: withoutToken},
		{Operation: listTurnKeys, words: "for a nonexistent account", change: inAccount(changeLast(r.main.id))},
		{Operation: deleteTurnKey, key: third},
		{Operation: getTurnKey, key: third, words: "after deletion", change: afterDeletion},
		{Operation: listTurnKeys, words: "at the end"},
	}
}

// MaxRequests returns the maximum number of requests a run makes, including retries.
func (t Target) MaxRequests() int {
	if t.Thorough {
		return 500
	}
	return 60
}

func (r *run) plan(ctx context.Context) {
	r.toCome = r.defaultPlan()
	r.openAccount(ctx, r.main)
	if r.Thorough && r.OtherAccountID != "" && !r.stopped(ctx) {
		r.openAccount(ctx, &account{id: r.OtherAccountID, token: r.OtherToken, suffix: " in the second account"})
	}
	for len(r.toCome) > 0 && !r.stopped(ctx) {
		s := r.toCome[0]
		r.toCome = r.toCome[1:]
		r.takeStep(ctx, s)
	}
	if r.Thorough {
		r.makeProbes(ctx)
	}
}

// stopped reports whether the plan is at its end: it was interrupted, or cannot go on.
func (r *run) stopped(ctx context.Context) bool {
	return ctx.Err() != nil || r.failed != nil || r.halted
}

// stepCall returns the call of a step on a key of an account, or on none.
func (r *run) stepCall(acc *account, s step) call {
	c := acc.call(s.Operation, s.key, s.words)
	if c.TakesBody {
		c = c.withName(strings.TrimSpace(r.name + " " + s.words))
	}
	if s.change != nil {
		c = s.change(c)
	}
	return c
}

// takeStep takes a step, if there is a key for it to be about.
func (r *run) takeStep(ctx context.Context, s step) {
	needsKey := s.key != nil && s.Operation != createTurnKey
	if needsKey && s.key.uid == "" {
		return
	}
	c := r.stepCall(r.main, s)
	if needsKey && s.key.deleted != c.isAfterDeletion() {
		return
	}
	r.begin(c.String(), false)
	defer r.end()
	r.do(ctx, c)
}

// skip notes why a step is not made, or is cut short.
func (r *run) skip(why string) response {
	r.step().Skipped = why
	return response{unsent: true}
}

// do makes a call, if it can be made: a create needs room for its key, and a change a key that is known to be the run's.
// Then it does what a success may take: a shorter name, or an edit after the server's clock has moved.
func (r *run) do(ctx context.Context, c call) response {
	changes := c.about != nil && isOnKey(c.Operation) && c.Method != http.MethodGet && !c.isAfterDeletion()
	switch {
	case c.creates() && c.account.room() < 1:
		return r.skip("the account has no room for another key")
	case (c.isNear() || c.want.check == unauthorized.check) && isOwnAddress(c):
		return r.skip("the request would be valid")
	case c.isNear() && r.rateLimited > 0 && len(r.toCome) > 0:
		return r.skip("rate limits leave no requests for it")
	case changes && !r.mayChange(ctx, c.about):
		return r.skip("no response has shown that the run created this key")
	case !c.want.isSuccess():
		return r.ask(ctx, c)
	case c.Operation == editTurnKey:
		r.awaitTick(ctx, c.about)
	case c.Method == http.MethodGet:
		r.awaitChanges(ctx)
	}
	a := r.ask(ctx, c)
	switch {
	case c.Operation == createTurnKey && isUnauthorized(a.status) && len(r.main.keys) == 0 && !r.stopped(ctx):
		r.fail("createTurnKey: %s: the token can list keys but not create them; it needs the \"Calls Write\" permission", a.summary())
	case c.want.optional && c.name != nil && len(*c.name) >= 300 && a.status/100 == 4 && !r.stopped(ctx):
		c = c.withName(shorter(r.name)) // the document sets no limit to lengths
		c.want.optional, c.words = false, "with a shorter name"
		return r.do(ctx, c)
	case a.stoodStill() && r.tick < coarsestTick && r.spare() > 0: // the clock may be coarser than thought
		r.tick = coarsestTick
		return r.do(ctx, c.withName(r.name+" again"))
	}
	return a
}

// mayChange reports whether the run may change the key: it has got it, and knows it by its name.
func (r *run) mayChange(ctx context.Context, k *key) bool {
	if !k.seen && k.uid != "" {
		r.do(ctx, k.account.call(getTurnKey, k, ""))
	}
	return k.exists()
}

// coarsestTick is how long it may take until a server's clock moves.
const coarsestTick = 6 * time.Second

// awaitTick waits until a change to the key must show in its time of modification.
func (r *run) awaitTick(ctx context.Context, k *key) {
	tick := max(r.tick, 20*time.Millisecond)
	if modified := k.current().modified; modified != nil && modified.Nanosecond()%int(100*time.Millisecond) == 0 {
		tick = max(tick, 1100*time.Millisecond) // the clock seems to move once a second, or ten times
	}
	r.sleep(ctx, time.Until(k.changed.Add(tick)))
}

// awaitChanges waits until the last change can be seen, on a server that has turned out to be late.
func (r *run) awaitChanges(ctx context.Context) {
	if r.longestDelay > 0 {
		r.sleep(ctx, time.Until(r.lastChange.Add(min(r.longestDelay*3/2, r.Settle))))
	}
}
