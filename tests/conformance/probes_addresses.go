package conformance

import (
	"context"
	"net/url"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// probeAddresses sends requests to addresses that nothing is at, or that are almost right. The document leaves open what
// the response is, but not a failure of the server, and not another key.
func (r *run) probeAddresses(ctx context.Context) {
	k := r.keyToTry(ctx)
	if !k.exists() {
		return
	}
	for _, odd := range oddIDs(k.uid, k.name()) {
		r.tryAll(ctx, odd.operations, func(o *contract.Operation) call {
			c := r.main.call(o, k, "with "+odd.words).to(r.main.id, odd.id).nameIfNeeded(r.name + " at an odd address")
			return c.expecting(unknownID).anyShape()
		})
	}
	r.tryAll(ctx, onKey, func(o *contract.Operation) call {
		c := r.main.call(o, nil, "with an unknown id").to(r.main.id, randomHex(16))
		return c.nameIfNeeded(r.name + " with an unknown id").expecting(unknownKey)
	})
	r.probeAccountIDs(ctx, k)
	r.probeVariants(ctx, k)
	r.checkList(ctx, r.main, "after odd addresses")
	if k.exists() && r.mayAsk(ctx, 1) {
		r.get(ctx, k)
	}
}

// oddID is an id of no key, escaped for a path, and the operations to try it with.
type oddID struct {
	words, id  string
	operations []*contract.Operation
}

// oddIDs are close to the id of a key, or of a form that servers stumble over.
func oddIDs(uid, name string) []oddID {
	get, getAndDelete := []*contract.Operation{getTurnKey}, []*contract.Operation{getTurnKey, deleteTurnKey}
	most := uid[:len(uid)-1]
	all := []oddID{
		{"an id without its last digit", most, []*contract.Operation{getTurnKey, editTurnKey, deleteTurnKey}},
		{"an id without its first digit", uid[1:], get},
		{"an id that is one digit longer", uid + "0", getAndDelete},
		{"an id after a space", "%20" + uid, get},
		{"the key's name as an id", url.PathEscape(name), getAndDelete},
		{"an id with a quote", most + "'", get},
		{"an id with a zero byte", most + "%00", get},
		{"an id that is not UTF-8", "%ff%fe", get},
		{"an id of 2,000 digits", strings.Repeat("0", 2000), get},
	}
	if upper := strings.ToUpper(uid); upper != uid {
		all = append(all, oddID{"an id in upper case", upper, getAndDelete})
	}
	return all
}

// probeAccountIDs tries the token on accounts that it is not for.
func (r *run) probeAccountIDs(ctx context.Context, k *key) {
	unknown, id := randomHex(16), r.main.id
	r.tryAll(ctx, []*contract.Operation{listTurnKeys, createTurnKey, getTurnKey, editTurnKey}, func(o *contract.Operation) call {
		c := r.main.call(o, target(o, k), "for a nonexistent account").to(unknown, k.uid)
		return c.nameIfNeeded(r.name + " for a nonexistent account").expecting(unknownAccount).anyShape()
	})
	cut := r.main.call(listTurnKeys, nil, "for an account id without its last digit").to(id[:len(id)-1], "")
	r.try(ctx, cut.expecting(unknownAccount.elsewhere()).anyShape())
	if upper := strings.ToUpper(id); upper != id {
		c := r.main.call(listTurnKeys, nil, "for an account id in upper case").to(upper, "")
		r.try(ctx, c.expecting(unknownAccount.elsewhere()).anyShape())
	}
}

// probeVariants asks for what is there in ways that the document does not permit: if that works, then it is the key.
func (r *run) probeVariants(ctx context.Context, k *key) {
	for _, v := range []struct {
		*contract.Operation

		suffix, words string
		want          expectation
	}{
		{getTurnKey, "?unknown=1&name=" + url.QueryEscape(r.name), "with unknown query parameters", variant},
		{listTurnKeys, "?unknown=1", "with an unknown query parameter", variant},
		{getTurnKey, "/", "with a slash at the end", variant.elsewhere()},
		{listTurnKeys, "/", "with a slash at the end", variant.elsewhere()},
	} {
		c := r.main.call(v.Operation, target(v.Operation, k), v.words).expecting(v.want).anyShape()
		c.path += v.suffix
		r.try(ctx, c)
	}
}
