package conformance

import (
	"context"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

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
	case !a.isList():
		r.fail("second account: listTurnKeys: %s; check its id and token", a.summary())
	default:
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
	if ours.exists() && theirs.exists() {
		r.tryToken(ctx, other.token, "with the second account's token", ours)
		r.tryToken(ctx, r.main.token, "with the first account's token", theirs)
		r.tryForeignKey(ctx, r.main, theirs)
		r.tryForeignKey(ctx, other, ours)
	}
	r.checkList(ctx, r.main, "after the second account's token and key were tried")
	r.checkList(ctx, other, "after the first account's token and key were tried")
}

// tryToken tries every operation on an account with another account's token.
func (r *run) tryToken(ctx context.Context, token, words string, k *key) {
	r.tryAll(ctx, operations, func(o *contract.Operation) call {
		return k.account.call(o, target(o, k), words).withToken(token).nameIfNeeded(r.name + " " + words).expecting(foreignToken)
	})
}

// tryForeignKey looks for another account's key in the account.
func (r *run) tryForeignKey(ctx context.Context, acc *account, k *key) {
	r.tryAll(ctx, onKey, func(o *contract.Operation) call {
		return acc.call(o, k, "").nameIfNeeded(r.name + " through another account").expecting(foreignKey)
	})
}

// target returns the key that a call of an operation is about, if it can be about one that is there.
func target(o *contract.Operation, k *key) *key {
	if isOnKey(o) {
		return k
	}
	return nil
}
