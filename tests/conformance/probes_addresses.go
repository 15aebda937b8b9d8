package conformance

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// probeAddresses sends requests to addresses that nothing is at, or that are almost right. The document leaves open how
// they are answered, but not with a failure of the server, and not with another key.
func (r *run) probeAddresses(ctx context.Context) {
	k := r.newKey(ctx, r.main, "the key for odd addresses", r.name+" for odd addresses")
	if !k.exists() {
		return
	}
	r.probeOddIDs(ctx, k)
	r.probeUnknownKey(ctx)
	r.probeUnknownAccounts(ctx, k)
	r.probeVariants(ctx, k)
	r.checkList(ctx, r.main, "after odd addresses")
	if k.exists() && r.mayAsk(ctx) {
		r.get(ctx, k)
	}
}

// oddID is an id of no key, escaped for a path, and the operations to try it with.
type oddID struct {
	words, id  string
	operations []operation
}

// oddIDs are close to the id of a key, or of a form that servers stumble over.
func oddIDs(uid, name string) []oddID {
	get, getAndDelete := []operation{getTurnKey}, []operation{getTurnKey, deleteTurnKey}
	all := []oddID{
		{"an id without its last digit", uid[:31], []operation{getTurnKey, editTurnKey, deleteTurnKey}},
		{"an id without its first digit", uid[1:], get},
		{"an id that is one digit longer", uid + "0", getAndDelete},
		{"an id after a space", "%20" + uid, get},
		{"the key's name as an id", url.PathEscape(name), getAndDelete},
		{"an id with a quote", uid[:31] + "'", get},
		{"an id with a zero byte", uid[:31] + "%00", get},
		{"an id that is not UTF-8", "%ff%fe", get},
		{"an id of 2,000 digits", strings.Repeat("0", 2000), get},
	}
	if upper := strings.ToUpper(uid); upper != uid {
		all = append(all, oddID{"an id in upper case", upper, getAndDelete})
	}
	return all
}

func (r *run) probeOddIDs(ctx context.Context, k *key) {
	for _, odd := range oddIDs(k.uid, *k.current().name) {
		for _, op := range odd.operations {
			c := r.main.call(op, odd.id, "of "+odd.words).toFail()
			c.anyShape = true
			if op.takesBody {
				c = c.withName(r.name + " at an odd address")
			}
			r.ask(ctx, c, k, notFoundAt)
		}
	}
}

// notFoundAt reports an answer from an address that nothing is at, if it is a success or a failure of the server.
func notFoundAt(a answer) []finding {
	switch {
	case a.status == 0:
		return lostFindings(a)
	case a.status >= 500:
		return []finding{{at: "status", message: "want a 4XX: the request is wrong, not the server"}}
	case a.status >= 200 && a.status <= 299:
		return []finding{{at: "status", message: "want a refusal: no key has this id"}}
	}
	return nil
}

// probeUnknownKey asks for a key that never was.
func (r *run) probeUnknownKey(ctx context.Context) {
	for _, op := range operations {
		if !op.onKey {
			continue
		}
		c := r.main.call(op, randomHex(16), "of a key that never was").toFail()
		if op.takesBody {
			c = c.withName(r.name + " of a key that never was")
		}
		r.ask(ctx, c, nil, missingFindings)
	}
}

// probeUnknownAccounts tries the token on accounts that it is not for.
func (r *run) probeUnknownAccounts(ctx context.Context, k *key) {
	unknown := randomHex(16)
	for _, op := range []operation{listTurnKeys, createTurnKey, getTurnKey, editTurnKey} {
		c := r.main.call(op, "", "in an account that does not exist").to(unknown, k.uid)
		if op.takesBody {
			c = c.withName(r.name + " in an account that does not exist")
		}
		r.askUnknownAccount(ctx, c, k)
	}
	id := r.main.id
	r.askUnknownAccount(ctx, r.main.call(listTurnKeys, "", "in an account whose id is cut short").to(id[:len(id)-1], ""), k)
	if upper := strings.ToUpper(id); upper != id {
		r.askUnknownAccount(ctx, r.main.call(listTurnKeys, "", "in an account whose id is in upper case").to(upper, ""), k)
	}
}

func (r *run) askUnknownAccount(ctx context.Context, c call, k *key) {
	c = c.toFail()
	c.anyShape = true
	r.ask(ctx, c, k, func(a answer) []finding {
		if a.status >= 200 && a.status <= 299 {
			return []finding{{at: "status", message: "want a refusal: the token is not for this account"}}
		}
		return notFoundAt(a)
	})
}

// probeVariants asks for what is there in ways that the document does not permit: if it is answered, then by the key.
func (r *run) probeVariants(ctx context.Context, k *key) {
	for _, v := range []struct {
		operation

		suffix, words string
	}{
		{getTurnKey, "?unknown=1&name=" + url.QueryEscape(r.name), "with unknown query parameters"},
		{listTurnKeys, "?unknown=1", "with an unknown query parameter"},
		{getTurnKey, "/", "with a slash at the end"},
		{listTurnKeys, "/", "with a slash at the end"},
	} {
		c := r.main.call(v.operation, k.uid, v.words)
		c.path, c.anyShape = c.path+v.suffix, true
		r.ask(ctx, c, k, func(a answer) []finding {
			switch {
			case a.status >= 500 || a.status == 0:
				return notFoundAt(a)
			case a.status > 299:
				return nil
			case a.operation == getTurnKey && a.key != nil:
				return k.compare("/result", *a.key)
			case a.operation == listTurnKeys && a.listed:
				return r.compareList(a)
			}
			return []finding{{at: "body", message: fmt.Sprintf("is neither a refusal nor what %s shows", a.id)}}
		})
	}
}
