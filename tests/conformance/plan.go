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

// step is a call of the default plan. What the response should be follows from what the run has done before.
type step struct {
	*contract.Operation

	key   *key
	name  string              // of the key to create, or its new one
	words string              // what is special about the request
	write func(call) call     // writes the request in another way
	near  func(string) string // makes of the key's id one that no key has
	token *string             // in place of the account's; it is invalid
	after bool                // after the key was deleted
	extra bool                // is left out where a rate limit leaves few requests
}

// defaultPlan takes keys through the operations, so that what is done to one can be seen to leave the others alone.
func (r *run) defaultPlan() []step {
	first, second, third := r.main.newKey("the first key"), r.main.newKey("the second key"), r.main.newKey("the third key")
	tokens := nearMisses(r.main.token)
	none := ""
	return []step{
		{Operation: listTurnKeys, token: &tokens.lastChanged, words: "with the last character of the token changed"},
		{Operation: createTurnKey, key: first, name: r.name},
		{Operation: createTurnKey, key: second, name: r.name, words: "with the same request"},
		{Operation: getTurnKey, key: first},
		{Operation: getTurnKey, key: second},
		{Operation: getTurnKey, token: &tokens.cut, words: "for an unknown key, with a truncated token"},
		{Operation: getTurnKey, key: first, token: &tokens.lastChanged, words: "with the same invalid token again", extra: true},
		{Operation: editTurnKey, key: first, token: &tokens.firstChanged, words: "with the first character of the token changed"},
		{Operation: deleteTurnKey, key: first, token: &tokens.otherCase, words: "with the token in the other case"},
		{Operation: createTurnKey, token: &tokens.longer, words: "with a longer token"},
		{Operation: listTurnKeys, words: "after the rejected calls"},
		{Operation: deleteTurnKey, key: first},
		{Operation: editTurnKey, key: first, after: true},
		{Operation: getTurnKey, key: first, after: true},
		{Operation: deleteTurnKey, key: first, after: true},
		{Operation: editTurnKey, key: second, words: "to an empty name"},
		{Operation: createTurnKey, key: third, name: awkward(r.name), words: "with an awkward 300-character name", write: chunkedAndEscaped},
		{Operation: getTurnKey, key: third},
		{Operation: getTurnKey, key: second},
		{Operation: editTurnKey, key: third, name: long(r.name), words: "to an awkward 1,100-character name", write: inUTF8},
		{Operation: getTurnKey, key: third},
		{Operation: listTurnKeys, words: "after two edits"},
		{Operation: editTurnKey, key: second, words: "to the name that it has", extra: true},
		{Operation: getTurnKey, key: third, near: changeLast, words: "with the last digit of its id changed", extra: true},
		{Operation: getTurnKey, key: third, near: changeFirst, words: "with the first digit of its id changed", extra: true},
		{Operation: getTurnKey, key: third, near: cut, words: "without the last digit of its id", extra: true},
		{Operation: getTurnKey, key: third, near: strings.ToUpper, words: "with its id in upper case", extra: true},
		{Operation: deleteTurnKey, key: second},
		{Operation: getTurnKey, key: second, after: true},
		{Operation: listTurnKeys, words: "after two deletions"},
		{Operation: listTurnKeys, token: &none, words: "without a token"},
		{Operation: listTurnKeys, near: changeLast, words: "for a nonexistent account"},
		{Operation: deleteTurnKey, key: third},
		{Operation: getTurnKey, key: third, after: true},
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
	r.firstList(ctx)
	if r.Thorough {
		r.openOther(ctx)
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

// cleansUp reports whether the step is one that a key takes which is already there.
func (s step) cleansUp() bool {
	return s.key != nil && s.key.uid != "" && (s.Operation == deleteTurnKey && s.token == nil && !s.after || s.Operation == getTurnKey && s.after)
}

// cleansUp reports whether the call deletes a key, or looks whether it is gone.
func (c call) cleansUp() bool {
	return c.Operation == deleteTurnKey && c.want.isSuccess() || c.Operation == getTurnKey && c.want.check == deleted.check
}

// takeStep takes a step, if there is a key for it to be about.
func (r *run) takeStep(ctx context.Context, s step) {
	if s.key != nil && s.Operation != createTurnKey && (s.key.uid == "" || s.key.deleted != s.after) {
		return
	}
	c := r.callOf(s)
	r.begin(c.String(), false)
	defer r.end()
	if why := r.obstacle(ctx, s); why != "" {
		r.step().Skipped = why
		return
	}
	switch {
	case !c.want.isSuccess():
		r.ask(ctx, c)
	case s.Operation == createTurnKey:
		r.create(ctx, c)
	case s.Operation == editTurnKey:
		r.edit(ctx, c)
	case s.Operation == getTurnKey:
		r.get(ctx, s.key)
	case s.Operation == listTurnKeys:
		r.list(ctx, r.main, s.words)
	default:
		r.ask(ctx, c)
	}
}

// callOf returns the call of a step.
func (r *run) callOf(s step) call {
	c := r.main.call(s.Operation, s.key, s.words)
	switch {
	case s.token != nil && s.key == nil && isOnKey(s.Operation):
		c = c.to(r.main.id, randomHex(16)).withToken(*s.token).expecting(unauthorized)
	case s.token != nil && *s.token == "":
		c = c.with("Authorization").expecting(unauthorized)
	case s.token != nil:
		c = c.nameIfNeeded(r.name + " with an invalid token").withToken(*s.token).expecting(unauthorized)
	case s.near != nil && s.key == nil:
		c = c.to(s.near(r.main.id), "").expecting(unknownAccount).anyShape()
	case s.near != nil:
		id := s.near(s.key.uid)
		c = c.to(r.main.id, id).expecting(unknownKey)
		if !isDocumentedID.MatchString(id) {
			c = c.expecting(unknownID).anyShape()
		}
	case s.after:
		c.words = "after deletion"
		c = c.nameIfNeeded(r.name + " edited after its deletion").expecting(deleted)
	default:
		c = c.nameIfNeeded(s.name)
	}
	if s.write != nil {
		c = s.write(c)
	}
	return c
}

// obstacle returns why a step cannot be taken, or "".
func (r *run) obstacle(ctx context.Context, s step) string {
	changes := s.key != nil && !s.after && isOnKey(s.Operation) && s.Method != http.MethodGet
	switch {
	case s.Operation == createTurnKey && s.key != nil && !r.main.hasRoom():
		return "the account has no room for another key"
	case s.extra && r.limits.waited > 0 && r.MaxRequests()-r.spent < 2*len(r.toCome)+4:
		return "rate limits leave no requests for it"
	case s.near != nil && s.key != nil && s.near(s.key.uid) == s.key.uid:
		return "it has none"
	case changes && !r.mayChange(ctx, s.key):
		return "no response has shown that the key is the run's"
	}
	return ""
}

// create creates a key. The document does not limit the length of a name, but a server may: then a shorter one will do.
func (r *run) create(ctx context.Context, c call) {
	a := r.ask(ctx, c)
	if isUnauthorized(a.status) && len(r.main.keys) == 0 && !r.stopped(ctx) {
		r.fail("createTurnKey: %s: the token can list keys but not create them; it needs the \"Calls Write\" permission", a.summary())
	}
	if short, ok := r.shorter(a); ok {
		r.ask(ctx, short)
	}
}

// shorter returns the call with a shorter name, if the response rejects a long one.
func (r *run) shorter(a response) (call, bool) {
	rejected := a.status/100 == 4 && a.want.optional && !isUnauthorized(a.status) && a.status != http.StatusTooManyRequests
	if !rejected {
		return call{}, false
	}
	c := a.call.withName(plain(r.name, shorterName)).expecting(success)
	c.words = "with a shorter name"
	if a.write != nil {
		c = a.write(c)
		c.want = success
	}
	return c, true
}

// get gets a key, which shows whether it is the run's.
func (r *run) get(ctx context.Context, k *key) {
	r.awaitChanges(ctx)
	r.ask(ctx, k.account.call(getTurnKey, k, ""))
}

// mayChange reports whether the run may change the key: it has got it, and knows it by its name.
func (r *run) mayChange(ctx context.Context, k *key) bool {
	if !k.got && k.uid != "" {
		r.get(ctx, k)
	}
	return k.seen && k.uid != ""
}

// edit edits a key. If that does not show in its time of modification, the server's clock may be coarser than thought.
func (r *run) edit(ctx context.Context, c call) {
	r.awaitTick(ctx, c.about)
	a := r.ask(ctx, c)
	if short, ok := r.shorter(a); ok {
		a = r.ask(ctx, short)
	}
	if !a.stoodStill() || r.tick == coarsestTick || r.spare(a.call) < 2 {
		return
	}
	r.tick = coarsestTick
	for _, name := range []string{*a.name + " again", *a.name} {
		r.awaitTick(ctx, c.about)
		if r.ask(ctx, a.call.withName(name)).stoodStill() {
			return
		}
	}
}

// coarsestTick is how long it may take until a server's clock moves.
const coarsestTick = 6 * time.Second

// awaitTick waits until a change to the key must show in its time of modification.
func (r *run) awaitTick(ctx context.Context, k *key) {
	tick := max(r.tick, 20*time.Millisecond)
	if modified := k.current().modified; modified != nil {
		for _, unit := range []time.Duration{time.Second, 100 * time.Millisecond} {
			if modified.Nanosecond()%int(unit) == 0 {
				tick = max(tick, unit+unit/10)
			}
		}
	}
	r.sleep(ctx, time.Until(k.changed.Add(tick)))
}

// awaitChanges waits until the last change can be seen, on a server that has turned out to be late.
func (r *run) awaitChanges(ctx context.Context) {
	if r.longestDelay > 0 {
		r.sleep(ctx, time.Until(r.lastChange.Add(min(r.longestDelay*3/2, r.Settle))))
	}
}
