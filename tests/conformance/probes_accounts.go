package conformance

import (
	"context"
	"fmt"
)

// openOther lists the keys of the second account before anything is done to either.
func (r *run) openOther(ctx context.Context) {
	if r.OtherAccountID == "" || r.stopped(ctx) {
		return
	}
	other := &account{id: r.OtherAccountID, token: r.OtherToken, label: " in the second account"}
	r.begin("listTurnKeys at the beginning in the second account", false)
	defer r.end()
	a, _ := r.askFirst(ctx, other)
	switch {
	case ctx.Err() != nil:
	case !a.isList():
		r.failed = fmt.Errorf("the second account: listTurnKeys: %s; check its id and its token", a)
	default:
		r.takeFirst(a)
		r.accounts = append(r.accounts, other)
	}
}

// probeAccounts finds out whether two accounts are kept apart.
func (r *run) probeAccounts(ctx context.Context) {
	if len(r.accounts) < 2 {
		r.step().LeftOut = "there is no second account: name it in CLOUDFLARE_OTHER_ACCOUNT_ID and CLOUDFLARE_OTHER_API_TOKEN"
		return
	}
	other := r.accounts[1]
	ours := r.newKey(ctx, r.main, "the first account's key", r.name+" first account")
	theirs := r.newKey(ctx, other, "the second account's key", r.name+" second account")
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
	for _, op := range operations {
		c := k.account.call(op, k.uid, words).withToken(token).toFail()
		if op.takesBody {
			c = c.withName(r.name + " " + words)
		}
		r.ask(ctx, c, k, refusedWith("the token is another account's"))
	}
}

// tryForeignKey looks for another account's key in the account.
func (r *run) tryForeignKey(ctx context.Context, acc *account, k *key) {
	for _, op := range operations {
		if !op.onKey {
			continue
		}
		c := acc.call(op, k.uid, "of "+k.label).toFail()
		if op.takesBody {
			c = c.withName(r.name + " through another account")
		}
		r.ask(ctx, c, k, refusedWith("the key is another account's"))
	}
}
