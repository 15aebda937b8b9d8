package conformance

import (
	"context"
)

// The operations that the plan takes keys through.
var (
	createTurnKey = documented("createTurnKey")
	listTurnKeys  = documented("listTurnKeys")
	getTurnKey    = documented("getTurnKey")
	editTurnKey   = documented("editTurnKey")
	deleteTurnKey = documented("deleteTurnKey")
)

// step is a call of the default plan. What the answer should be follows from what the run has done before.
type step struct {
	operation

	key     *key
	name    string // of the key to create, or its new one
	words   string
	refused bool // with a token that is not valid
	after   bool // after the key was deleted
	needed  bool // made even where waiting has used up the requests for the others
}

// defaultPlan takes keys through the operations, two at a time, so that what is done to one can be seen to leave the
// other alone.
func (r *run) defaultPlan() []step {
	first, second, third := r.main.newKey("the first key"), r.main.newKey("the second key"), r.main.newKey("the third key")
	edited := awkward(r.name + " edited")
	return []step{
		{operation: listTurnKeys, refused: true, needed: true},
		{operation: createTurnKey, key: first, name: r.name, words: "of the first key", needed: true},
		{operation: createTurnKey, key: second, name: awkward(r.name), words: "of the second key, with 300 awkward characters for a name"},
		{operation: getTurnKey, key: first, needed: true},
		{operation: getTurnKey, key: second},
		{operation: getTurnKey, key: first, refused: true},
		{operation: editTurnKey, key: first, refused: true},
		{operation: deleteTurnKey, key: first, refused: true},
		{operation: createTurnKey, refused: true, needed: true},
		{operation: listTurnKeys, words: "after what was refused", needed: true},
		{operation: editTurnKey, key: second, name: edited, words: "with 300 other awkward characters"},
		{operation: getTurnKey, key: second},
		{operation: getTurnKey, key: first},
		{operation: editTurnKey, key: first, name: "", words: "with an empty name", needed: true},
		{operation: getTurnKey, key: first},
		{operation: listTurnKeys, words: "with an empty name"},
		{operation: deleteTurnKey, key: first, needed: true},
		{operation: getTurnKey, key: first, after: true, needed: true},
		{operation: editTurnKey, key: first, after: true, needed: true},
		{operation: deleteTurnKey, key: first, after: true, needed: true},
		{operation: getTurnKey, key: second},
		{operation: createTurnKey, key: third, name: edited, words: "of the third key, with the name of the second"},
		{operation: getTurnKey, key: third},
		{operation: listTurnKeys, words: "after a deletion"},
		{operation: deleteTurnKey, key: third, needed: true},
		{operation: getTurnKey, key: third, after: true, needed: true},
		{operation: deleteTurnKey, key: second, needed: true},
		{operation: getTurnKey, key: second, after: true, needed: true},
		{operation: listTurnKeys, words: "at the end", needed: true},
	}
}

func (r *run) plan(ctx context.Context) {
	steps := r.defaultPlan()
	r.stepsToCome = countNeeded(steps)
	r.firstList(ctx)
	if r.Thorough {
		r.openOther(ctx)
	}
	for i, s := range steps {
		if r.stopped(ctx) {
			return
		}
		r.stepsToCome = countNeeded(steps[i+1:])
		r.takeStep(ctx, s)
	}
	if r.Thorough {
		r.makeProbes(ctx)
	} else {
		r.tryStrangers(ctx)
	}
}

// tryStrangers lists without a token, and lists the keys of an account that does not exist, where requests are left.
func (r *run) tryStrangers(ctx context.Context) {
	without := r.main.call(listTurnKeys, "", "without a token").toFail()
	without.authorization = nil
	elsewhere := r.main.call(listTurnKeys, "", "in an account that does not exist").to(randomHex(16), "").toFail()
	elsewhere.anyShape = true
	for _, c := range []call{without, elsewhere} {
		if r.stopped(ctx) || r.spareRequests() < r.requestsPerCall() {
			return
		}
		r.begin(c.inWords(), false)
		a, findings := r.askUntilSettled(ctx, func() (answer, []finding) {
			a := r.send(ctx, c)
			return a, refusedWith("this is nobody's account, or nobody's token")(a)
		})
		r.addFindings(a, findings)
		r.end()
	}
}

func countNeeded(steps []step) (n int) {
	for _, s := range steps {
		if s.needed && s.operation != deleteTurnKey { // a run keeps a request for each of its keys anyway
			n++
		}
	}
	return n
}

// takeStep takes a step, if there is a key for it to be about, and requests enough.
func (r *run) takeStep(ctx context.Context, s step) {
	switch {
	case s.operation == createTurnKey && s.key != nil && len(r.main.live()) >= r.main.roomAtStart:
		r.leaveOut(s, "the account has no room for another key")
		return
	case s.operation != createTurnKey && s.key != nil && (s.key.uid == "" || s.key.deleted != s.after):
		return
	case s.changesKey() && !r.owns(ctx, s.key):
		r.leaveOut(s, "no response has shown that the key is the run's")
		return
	case !s.needed && r.spareRequests() < s.price(r.requestsPerCall()):
		r.leaveOut(s, "asking again has used up the requests for it")
		return
	}
	r.begin(s.inWords(), false)
	defer r.end()
	switch {
	case s.refused:
		r.callWithRefusedToken(ctx, r.main, s.operation, s.key)
	case s.after:
		r.callForDeleted(ctx, s.operation, s.key)
	case s.operation == createTurnKey:
		r.create(ctx, s.key, s.name, s.words)
	case s.operation == listTurnKeys:
		r.list(ctx, r.main, s.words)
	case s.operation == getTurnKey:
		r.get(ctx, s.key)
	case s.operation == editTurnKey:
		r.edit(ctx, s.key, s.name, s.words)
	case s.operation == deleteTurnKey:
		r.delete(ctx, s.key)
	}
}

func (s step) changesKey() bool {
	return s.key != nil && !s.after && (s.operation == editTurnKey || s.operation == deleteTurnKey)
}

// price is how many requests a step takes, if each takes so many: a key that is created has to be deleted.
func (s step) price(each int) int {
	if s.operation == createTurnKey {
		return 2 * each
	}
	return each
}

func (s step) inWords() string {
	words := s.id
	switch {
	case s.operation == createTurnKey || s.key == nil:
	case s.after:
		words += " of " + s.key.label + ", which is deleted"
	default:
		words += " of " + s.key.label
	}
	if s.refused {
		words += " with a token that is not valid"
	}
	if s.words != "" && s.operation == editTurnKey {
		words += ","
	}
	if s.words != "" {
		words += " " + s.words
	}
	return words
}

func (r *run) leaveOut(s step, why string) {
	r.begin(s.inWords(), false)
	r.step().LeftOut = why
	r.end()
}
