package conformance

import (
	"context"
	"fmt"
	"net/http"
)

// maxKeys is how many keys an account may have, says the document.
const maxKeys = 1000

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
		{operation: listTurnKeys, words: "after a deletion"},
		{operation: deleteTurnKey, key: third, needed: true},
		{operation: deleteTurnKey, key: second, needed: true},
		{operation: listTurnKeys, words: "at the end", needed: true},
	}
}

func (r *run) plan(ctx context.Context) {
	steps := r.defaultPlan()
	r.ahead = countNeeded(steps)
	r.firstList(ctx)
	if r.Thorough {
		r.openOther(ctx)
	}
	for i, s := range steps {
		if r.stopped(ctx) {
			return
		}
		r.ahead = countNeeded(steps[i+1:])
		r.take(ctx, s)
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
		if r.stopped(ctx) || r.spare() < r.cost() {
			return
		}
		r.begin(c.inWords(), false)
		a := r.send(ctx, c)
		r.violateAll(a, refusedWith("this is nobody's account, or nobody's token")(a))
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

// take takes a step, if there is a key for it to be about, and requests enough.
func (r *run) take(ctx context.Context, s step) {
	switch {
	case s.operation == createTurnKey && s.key != nil && len(r.main.live()) >= r.main.room:
		r.leaveOut(s, "the account has no room for another key")
		return
	case s.operation != createTurnKey && s.key != nil && (s.key.uid == "" || s.key.gone != s.after):
		return
	case !s.needed && r.spare() < s.price(r.cost()):
		r.leaveOut(s, "waiting has taken the requests for it")
		return
	}
	r.begin(s.inWords(), false)
	defer r.end()
	switch {
	case s.refused:
		r.refused(ctx, r.main, s.operation, s.key)
	case s.after:
		r.missing(ctx, s.operation, s.key)
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

// firstList finds out whether a run can be made at all, and which keys it must leave alone.
func (r *run) firstList(ctx context.Context) {
	r.begin("listTurnKeys at the beginning", false)
	defer r.end()
	a, findings := r.askFirst(ctx, r.main)
	switch {
	case ctx.Err() != nil:
	case a.status == 0:
		r.failed = fmt.Errorf("listTurnKeys: %w", a.err)
	case a.saysTokenIsBad():
		r.failed = fmt.Errorf("listTurnKeys: %s; check the API token, and whether it is for this account", a)
	case a.isElsewhere() && r.isElsewhere(ctx):
		r.report.Violations, r.report.KnownDrift = []Violation{}, []SeenDrift{}
		if a.status >= 500 {
			r.failed = fmt.Errorf("listTurnKeys: %s; the server answers nothing else", a)
		} else {
			r.failed = fmt.Errorf("listTurnKeys: %s; is the base URL right?", a)
		}
	case !a.isList():
		r.violateAll(a, findings)
		r.notice(a.call, "without a list of the keys the run cannot tell its own from others: it goes no further")
		r.halted = true
	default:
		r.takeFirst(a)
		r.tellRoom(a)
	}
}

func (r *run) askFirst(ctx context.Context, acc *account) (answer, []finding) {
	return r.settled(ctx, func() (answer, []finding) {
		a := r.send(ctx, acc.call(listTurnKeys, "", "at the beginning"))
		return a, r.wantSuccess(a)
	})
}

func (r *run) takeFirst(a answer) {
	r.violateAll(a, r.compareList(a))
	r.compareOthers(a)
	a.account.room = maxKeys - len(a.keys)
}

func (a answer) saysTokenIsBad() bool {
	return isRefusedToken(a.status) || a.status == http.StatusBadRequest && len(codeFindings(a, tokenCodes)) > 0
}

func (a answer) isList() bool { return a.listed && a.status >= 200 && a.status <= 299 }

func (r *run) tellRoom(a answer) {
	switch {
	case r.main.room <= 0:
		r.failed = fmt.Errorf("the account holds %d keys, as many as it may: delete one to make room for the run's", len(a.keys))
	case r.main.room == 1:
		r.notice(a.call, "the account holds %d keys: there is room for one of the run's, and not for the second", len(a.keys))
	}
}

// isElsewhere says that an answer looks like one from an address at which there is no such API.
func (a answer) isElsewhere() bool {
	return !a.enveloped || a.status == http.StatusNotFound || len(codeFindings(a, routingCodes)) > 0
}

// isElsewhere asks in two other ways whether the API is at the base URL: the list alone may be broken.
func (r *run) isElsewhere(ctx context.Context) bool {
	for _, op := range []operation{listTurnKeys, getTurnKey} {
		c := r.main.call(op, randomHex(16), "with a token that is not valid").withToken(r.refusedToken).toFail()
		if !r.send(ctx, c).isElsewhere() {
			return false
		}
	}
	return true
}

// String is the status of an answer and what Cloudflare's codes it bears.
func (a answer) String() string {
	text := fmt.Sprintf("%d %s", a.status, http.StatusText(a.status))
	if a.status == 0 {
		return fmt.Sprintf("no answer: %v", a.err)
	}
	if len(a.codes) > 0 {
		text += fmt.Sprintf(" (code %d)", a.codes[0])
	}
	return text
}
