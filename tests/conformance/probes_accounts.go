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
	other := &run{r.session, &account{id: r.OtherAccountID, token: r.OtherToken, label: " in the second account"}}
	r.begin("listTurnKeys at the beginning in the second account", false)
	defer r.end()
	a, _ := other.askFirst(ctx)
	switch {
	case ctx.Err() != nil:
	case !a.isList():
		r.failed = fmt.Errorf("the second account: listTurnKeys: %s; check its id and its token", a)
	default:
		other.takeFirst(a)
		r.accounts = append(r.accounts, other.account)
	}
}

// other returns the run on the second account, or nil if there is none.
func (r *run) other() *run {
	if len(r.accounts) < 2 {
		return nil
	}
	return &run{r.session, r.accounts[1]}
}

// probeAccounts finds out whether two accounts are kept apart.
func (r *run) probeAccounts(ctx context.Context) {
	other := r.other()
	if other == nil {
		r.step().LeftOut = "there is no second account: name it in CLOUDFLARE_OTHER_ACCOUNT_ID and CLOUDFLARE_OTHER_API_TOKEN"
		return
	}
	ours := r.newKey(ctx, "the first account's key", r.name+" first account")
	theirs := other.newKey(ctx, "the second account's key", r.name+" second account")
	if ours.exists() && theirs.exists() {
		r.tryToken(ctx, other.token, "with the second account's token", ours)
		other.tryToken(ctx, r.token, "with the first account's token", theirs)
		r.tryForeignKey(ctx, theirs)
		other.tryForeignKey(ctx, ours)
	}
	r.prove(ctx, "after the second account's token and key were tried")
	other.prove(ctx, "after the first account's token and key were tried")
}

// tryToken tries every operation on an account with another account's token.
func (r *run) tryToken(ctx context.Context, token, words string, k *key) {
	for _, op := range operations {
		c := r.call(op, k.uid, words).withToken(token).toFail()
		if op.takesBody() {
			c = c.withName(r.name + " " + words)
		}
		r.ask(ctx, c, k, refusedWith("the token is another account's"))
	}
}

// tryForeignKey looks for another account's key in the account.
func (r *run) tryForeignKey(ctx context.Context, k *key) {
	for _, op := range operations {
		if !op.onKey {
			continue
		}
		c := r.call(op, k.uid, "of "+k.label).toFail()
		if op.takesBody() {
			c = c.withName(r.name + " through another account")
		}
		r.ask(ctx, c, k, refusedWith("the key is another account's"))
	}
}
