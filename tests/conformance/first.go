package conformance

import (
	"context"
	"fmt"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// maxKeys is how many keys an account may have, says the document.
const maxKeys = 1000

// firstList finds out whether a run can be made at all, and which keys it must leave alone.
func (r *run) firstList(ctx context.Context) {
	r.begin("listTurnKeys at the start", false)
	defer r.end()
	a := r.openAccount(ctx, r.main)
	switch {
	case r.stopped(ctx):
	case a.status == 0 && isDialError(a.err):
		r.fail("listTurnKeys: %w; check that the server is running and the base URL is correct", a.err)
	case a.status == 0:
		r.fail("listTurnKeys: no response: %w", a.err)
	case a.saysTokenIsBad():
		r.fail("listTurnKeys: %s; check the API token and that it belongs to this account", a.summary())
	case a.isFromElsewhere() && r.findsNoAPI(ctx):
		if a.status >= 500 {
			r.fail("the server returns %s for every request", a.summary())
		} else {
			r.fail("listTurnKeys: %s; check the base URL", a.summary())
		}
	case !a.isList():
		r.notice(a.call, "without a list of the keys, the run cannot tell its own keys from others, so it stops here")
		r.halted = true
	case r.main.roomAtStart <= 0:
		r.fail("the account is full (%d keys): delete one to make room for the run", len(a.results))
	case r.main.roomAtStart == 1:
		r.notice(a.call, "the account has %d keys, so there is room for only one of the run's keys", len(a.results))
	}
	r.forgetIfFailed(a)
}

// forgetIfFailed drops what was found before the run failed to start: nothing can be said about the server.
func (r *run) forgetIfFailed(a response) {
	if r.failed == nil {
		return
	}
	r.report.Violations, r.report.KnownDrift = []Violation{}, []SeenDrift{}
	step := r.step()
	*step = Step{
		Name: step.Name, OperationID: a.ID, Status: a.status, Requests: step.Requests, Elapsed: step.Elapsed, Notices: step.Notices,
	}
}

// fail says why the run cannot go on.
func (r *run) fail(format string, args ...any) { r.failed = fmt.Errorf(format, args...) }

// openAccount lists the keys of an account before anything is done to it.
func (r *run) openAccount(ctx context.Context, acc *account) response {
	acc.otherRuns = map[string]bool{}
	a := r.do(ctx, acc.call(listTurnKeys, nil, "at the start"))
	if a.isList() {
		acc.roomAtStart = maxKeys - len(a.results)
	}
	return a
}

// findsNoAPI makes two other requests to find out whether the API is at the base URL: the list alone may be broken.
func (r *run) findsNoAPI(ctx context.Context) bool {
	for _, o := range []*contract.Operation{listTurnKeys, getTurnKey} {
		if !r.send(ctx, invalidToken(newInvalidToken())(r.main.call(o, nil, ""))).isFromElsewhere() {
			return false
		}
	}
	return true
}
