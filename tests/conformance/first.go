package conformance

import (
	"context"
	"fmt"
)

// maxKeys is how many keys an account may have, says the document.
const maxKeys = 1000

// openAccount lists the keys of an account, before anything is done to it.
func (r *run) openAccount(ctx context.Context, acc *account) {
	c := acc.call(listTurnKeys, nil, "at the start")
	r.begin(c.String(), false)
	defer r.end()
	if r.do(ctx, c); acc.first != nil {
		r.accounts = append(r.accounts, acc)
	}
}

// checkStart finds out from the first response whether a run can be made at all.
func (r *run) checkStart(ctx context.Context, a response) {
	call := a.ID
	if a.account != r.main {
		call = "second account: " + call
	}
	switch {
	case a.status == 0:
		r.fail("%s: %w; check that the server is running and the base URL is correct", call, a.err)
	case isUnauthorized(a.status), a.hasCode(tokenCodes...):
		r.fail("%s: %s; check the API token and that it belongs to this account", call, a.summary())
	case a.isFromElsewhere() && r.findsNoAPI(ctx, a.account):
		if r.fail("%s: %s; check the base URL", call, a.summary()); a.status >= 500 {
			r.fail("the server returns %s for every request", a.summary())
		}
	case !a.isList():
		r.notice(a.call, "without a list of the keys, the run cannot tell its own keys from others, so it stops here")
		r.halted = true
	case len(a.results) >= maxKeys:
		r.fail("the account is full (%d keys): delete one to make room for the run", len(a.results))
	case len(a.results) == maxKeys-1:
		r.notice(a.call, "the account has %d keys, so there is room for only one of the run's keys", len(a.results))
	}
}

// fail says why the run cannot go on.
func (r *run) fail(format string, args ...any) { r.failed = fmt.Errorf(format, args...) }

// findsNoAPI makes another request to find out whether the API is at the base URL: the list alone may be broken.
func (r *run) findsNoAPI(ctx context.Context, acc *account) bool {
	return r.send(ctx, invalidToken(newInvalidToken())(acc.call(getTurnKey, nil, ""))).isFromElsewhere()
}
