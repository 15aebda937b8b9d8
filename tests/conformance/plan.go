package conformance

import (
	"context"
	"net/http"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// step is a call of the default plan. What the response should be follows from what the run has done before.
type step struct {
	*contract.Operation

	key     *key
	name    string // of the key to create, or its new one
	awkward bool   // make the name awkward
	as      *key   // take the name of this key
	words   string
	invalid bool // with an invalid token
	after   bool // after the key was deleted
	call    call // in place of all of these
}

// defaultPlan takes keys through the operations, two at a time, so that what is done to one can be seen to leave the
// other alone.
func (r *run) defaultPlan() []step {
	first, second, third := r.main.newKey("the first key"), r.main.newKey("the second key"), r.main.newKey("the third key")
	anonymous := r.main.call(listTurnKeys, nil, "without a token").expecting(unauthorized)
	anonymous.authorization = nil
	elsewhere := r.main.call(listTurnKeys, nil, "for a nonexistent account").to(randomHex(16), "").expecting(unknownAccount).anyShape()
	return []step{
		{Operation: listTurnKeys, invalid: true},
		{Operation: createTurnKey, key: first, name: r.name},
		{Operation: createTurnKey, key: second, name: r.name, awkward: true, words: "with an awkward 300-character name"},
		{Operation: getTurnKey, key: first},
		{Operation: getTurnKey, key: second},
		{Operation: getTurnKey, key: first, invalid: true},
		{Operation: editTurnKey, key: first, invalid: true},
		{Operation: deleteTurnKey, key: first, invalid: true},
		{Operation: createTurnKey, invalid: true},
		{Operation: listTurnKeys, words: "after the rejected calls"},
		{Operation: editTurnKey, key: second, name: r.name + " edited", awkward: true, words: "to another awkward 300-character name"},
		{Operation: getTurnKey, key: second},
		{Operation: editTurnKey, key: first, words: "to an empty name"},
		{Operation: getTurnKey, key: first},
		{Operation: listTurnKeys, words: "after a name was emptied"},
		{Operation: deleteTurnKey, key: first},
		{Operation: getTurnKey, key: first, after: true},
		{Operation: editTurnKey, key: first, after: true},
		{Operation: deleteTurnKey, key: first, after: true},
		{Operation: createTurnKey, key: third, as: second, words: "with the second key's name"},
		{Operation: getTurnKey, key: third},
		{Operation: listTurnKeys, words: "after a deletion"},
		{Operation: deleteTurnKey, key: third},
		{Operation: getTurnKey, key: third, after: true},
		{call: anonymous},
		{call: elsewhere},
		{Operation: deleteTurnKey, key: second},
		{Operation: getTurnKey, key: second, after: true},
		{Operation: listTurnKeys, words: "at the end"},
	}
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
	return s.key != nil && s.key.uid != "" && (s.Operation == deleteTurnKey && !s.invalid && !s.after || s.Operation == getTurnKey && s.after)
}

// cleansUp reports whether the call deletes a key, or looks whether it is gone.
func (c call) cleansUp() bool {
	return c.Operation == deleteTurnKey && c.want.isSuccess() || c.Operation == getTurnKey && c.want.check == deleted.check
}

// takeStep takes a step, if there is a key for it to be about.
func (r *run) takeStep(ctx context.Context, s step) {
	c := s.call
	if c.Operation == nil {
		c = r.main.call(s.Operation, s.key, s.words)
	}
	switch {
	case s.invalid:
		c = r.withInvalidToken(c)
	case s.after:
		c.words = "after deletion"
		c = c.nameIfNeeded(r.name + " edited after its deletion").expecting(deleted)
	}
	creates := s.Operation == createTurnKey && s.key != nil
	switch {
	case creates && !r.main.hasRoom():
		r.skip(c.String(), "the account has no room for another key")
		return
	case !creates && s.key != nil && (s.key.uid == "" || s.key.deleted != s.after):
		return
	case s.changesKey() && !r.mayChange(ctx, s.key):
		r.skip(c.String(), "no response has shown that the key is the run's")
		return
	}
	r.begin(c.String(), false)
	defer r.end()
	switch {
	case s.call.Operation != nil || s.invalid || s.after:
		r.ask(ctx, c)
	case creates:
		r.create(ctx, s)
	case s.Operation == editTurnKey:
		r.edit(ctx, s.key, s.newName(r.longestName), s.words)
	case s.Operation == getTurnKey:
		r.get(ctx, s.key)
	case s.Operation == deleteTurnKey:
		r.ask(ctx, c)
	default:
		r.list(ctx, r.main, s.words)
	}
}

func (s step) changesKey() bool {
	return s.key != nil && !s.after && (s.Operation == editTurnKey || s.Operation == deleteTurnKey)
}

func (s step) newName(length int) string {
	switch {
	case s.as != nil && s.as.uid != "":
		return s.as.name()
	case s.awkward:
		return awkward(s.name, length)
	}
	return s.name
}

func (r *run) withInvalidToken(c call) call {
	c.words = "with an invalid token"
	return c.nameIfNeeded(r.name + " with an invalid token").withToken(r.invalidToken).expecting(unauthorized)
}

// create creates a key. The document does not limit the length of a name, but a server may: then a shorter one will do.
func (r *run) create(ctx context.Context, s step) {
	c := r.main.call(createTurnKey, s.key, s.words)
	if s.awkward && r.longestName > shorterName {
		c.want = unlimited
	}
	a := r.ask(ctx, c.withName(s.newName(r.longestName)))
	switch {
	case a.status/100 != 4 || a.status == http.StatusTooManyRequests:
	case isUnauthorized(a.status) && len(r.main.keys) == 0:
		r.fail("createTurnKey: %s: the token can list keys but not create them; it needs the \"Calls Write\" permission", a.summary())
	case c.want.optional:
		r.longestName = shorterName
		r.ask(ctx, r.main.call(createTurnKey, s.key, "with a shorter awkward name").withName(s.newName(r.longestName)))
	}
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
func (r *run) edit(ctx context.Context, k *key, name, words string) {
	r.awaitTick(ctx, k)
	a := r.ask(ctx, k.account.call(editTurnKey, k, words).withName(name))
	if !a.stoodStill() || r.tick == coarsestTick || r.spare(a.call) < 2 {
		return
	}
	r.tick = coarsestTick
	for _, name := range []string{name + " again", name} {
		r.awaitTick(ctx, k)
		if r.ask(ctx, k.account.call(editTurnKey, k, "once more").withName(name)).stoodStill() {
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
