package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// firstList finds out whether a run can be made at all, and which keys it must leave alone.
func (r *run) firstList(ctx context.Context) {
	r.begin("listTurnKeys at the beginning", false)
	defer r.end()
	a, findings := r.askFirst(ctx, r.main)
	switch {
	case ctx.Err() != nil || r.failed != nil:
	case a.status == 0:
		r.failed = fmt.Errorf("listTurnKeys: %w%s", a.err, hint(a.err))
	case a.saysTokenIsBad():
		r.failed = fmt.Errorf("listTurnKeys: %s; check the API token, and whether it is for this account", a)
	case a.isNotFromAPI() && r.findsNoAPI(ctx):
		r.report.Violations, r.report.KnownDrift = []Violation{}, []SeenDrift{}
		step := r.step()
		step.OperationID, step.Status = a.id, a.status
		step.Violations, step.Accepted, step.Known = 0, 0, 0
		r.failed = fmt.Errorf("listTurnKeys: %s; is the base URL right?", a)
		if a.status >= 500 {
			r.failed = fmt.Errorf("the server answers every request with %s", a)
		}
	case !a.isList():
		r.addFindings(a, findings)
		r.addNotice(a.call, "without a list of the keys the run cannot tell its own from others: it goes no further")
		r.halted = true
	default:
		r.takeFirst(a)
		r.checkRoom(a)
	}
}

// hint says what to do where no connection was made.
func hint(err error) string {
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		return "; is the server running, and is the base URL right?"
	}
	return ""
}

func (r *run) askFirst(ctx context.Context, acc *account) (answer, []finding) {
	return r.askUntilSettled(ctx, func() (answer, []finding) {
		a := r.send(ctx, acc.call(listTurnKeys, "", "at the beginning"))
		return a, r.wantSuccess(a)
	})
}

func (r *run) takeFirst(a answer) {
	r.addFindings(a, r.compareList(a))
	a.account.otherRuns = map[string]bool{}
	r.takeList(a)
	a.account.roomAtStart = maxKeys - len(a.keys)
}

func (r *run) checkRoom(a answer) {
	switch {
	case r.main.roomAtStart <= 0:
		r.failed = fmt.Errorf("the account holds %d keys, as many as it may: delete one to make room for the run's", len(a.keys))
	case r.main.roomAtStart == 1:
		r.addNotice(a.call, "the account holds %d keys: there is room for one of the run's, and not for the second", len(a.keys))
	}
}

func (a answer) saysTokenIsBad() bool {
	return isRefusedToken(a.status) || a.status == http.StatusBadRequest && len(codeFindings(a, tokenCodes)) > 0
}

// isNotFromAPI says that an answer looks like one from an address that has no such API, or from a server that is down.
func (a answer) isNotFromAPI() bool {
	return a.status >= 500 || !a.enveloped || a.status == http.StatusNotFound || len(codeFindings(a, routingCodes)) > 0
}

// findsNoAPI asks in two other ways whether the API is at the base URL: the list alone may be broken.
func (r *run) findsNoAPI(ctx context.Context) bool {
	for _, op := range []operation{listTurnKeys, getTurnKey} {
		c := r.main.call(op, randomHex(16), "with a token that is not valid").withToken(r.refusedToken).toFail()
		if !r.send(ctx, c).isNotFromAPI() {
			return false
		}
	}
	return true
}

// maxKeys is how many keys an account may have, says the document.
const maxKeys = 1000
