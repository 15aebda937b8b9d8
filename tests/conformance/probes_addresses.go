package conformance

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// probeAddresses sends requests to addresses that nothing is at, or that are almost right. The document leaves open how
// they are answered, but not with a failure of the server, and not with another key.
func (r *run) probeAddresses(ctx context.Context) {
	k := r.newKey(ctx, "the key for odd addresses", r.name+" for odd addresses")
	if !k.exists() {
		return
	}
	r.probeOddIDs(ctx, k)
	r.probeUnknownKey(ctx)
	r.probeUnknownAccounts(ctx, k)
	r.probeMethods(ctx, k)
	r.probeVariants(ctx, k)
	r.prove(ctx, "after odd addresses")
	if k.exists() && r.mayAsk(ctx) {
		r.get(ctx, k)
	}
	r.deleteKeys(ctx, k)
}

// oddIDs are ids of no key, some of them close to one's.
func oddIDs(uid, name string) map[string]string {
	return map[string]string{
		"an id that is cut short":        uid[:31],
		"an id that is one digit longer": uid + "0",
		"an id in upper case":            strings.ToUpper(uid),
		"a name as an id":                url.PathEscape(name),
		"an id with a quote":             uid[:31] + "'",
		"an id with a zero byte":         uid[:31] + "%00",
		"an id that is not UTF-8":        "%ff%fe",
		"an id of 2,000 digits":          strings.Repeat("0", 2000),
	}
}

func (r *run) probeOddIDs(ctx context.Context, k *key) {
	for _, words := range slices.Sorted(maps.Keys(oddIDs(k.uid, r.name))) {
		id := oddIDs(k.uid, r.name)[words]
		if id == k.uid { // no letters to put in upper case
			continue
		}
		ops := []operation{getTurnKey}
		if strings.HasPrefix(words, "an id that is") && len(id) < 34 && len(id) > 30 || strings.EqualFold(id, k.uid) {
			ops = append(ops, editTurnKey, deleteTurnKey)
		}
		for _, op := range ops {
			c := r.call(op, id, "of "+words).toFail()
			c.anyShape = true
			if op.takesBody() {
				c = c.withName(r.name + " at an odd address")
			}
			r.ask(ctx, c, k, notFoundAt)
		}
	}
}

// notFoundAt reports an answer to a request for a key that does not exist as if it did.
func notFoundAt(a answer) []finding {
	switch {
	case a.status == 0:
		return lostFindings(a)
	case a.status >= 500:
		return []finding{{at: "status", message: "an odd address is no failure of the server"}}
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
		c := r.call(op, randomHex(16), "of a key that never was").toFail()
		if op.takesBody() {
			c = c.withName(r.name + " of a key that never was")
		}
		r.ask(ctx, c, nil, missingFindings)
	}
}

// probeUnknownAccounts tries the token on accounts that it is not for.
func (r *run) probeUnknownAccounts(ctx context.Context, k *key) {
	for _, a := range []struct{ id, words string }{
		{randomHex(16), "in an account that does not exist"},
		{r.id[:len(r.id)-1], "in an account whose id is cut short"},
		{"x", "in an account whose id is x"},
	} {
		for _, op := range operations {
			if op == deleteTurnKey || op != listTurnKeys && len(a.id) != 32 {
				continue
			}
			c := r.call(op, "", a.words).to(a.id, k.uid).toFail()
			c.anyShape = true
			if op.takesBody() {
				c = c.withName(r.name + " " + a.words)
			}
			r.ask(ctx, c, k, func(a answer) []finding {
				if a.status >= 200 && a.status <= 299 {
					return []finding{{at: "status", message: "want a refusal: the token is not for this account"}}
				}
				return notFoundAt(a)
			})
		}
	}
}

// probeMethods tries methods that are not documented. Whether they are answered is open; what they do is not.
func (r *run) probeMethods(ctx context.Context, k *key) {
	for _, m := range []struct {
		method string
		onKey  bool
	}{{http.MethodPatch, true}, {http.MethodPost, true}, {http.MethodOptions, true}, {http.MethodPatch, false}, {http.MethodOptions, false}} {
		words := "on the keys"
		if m.onKey {
			words = "on " + k.label
		}
		c := r.call(operation{method: m.method, onKey: m.onKey}, k.uid, words)
		c.anyShape = true
		if m.method != http.MethodOptions {
			c = c.withName(r.name + " by " + m.method)
		}
		r.ask(ctx, c, k, func(a answer) []finding {
			if a.status >= 200 && a.status <= 299 {
				r.notice(a.call, "the document has no %s here, and the answer is %d", m.method, a.status)
				return nil
			}
			return notFoundAt(a)
		})
	}
}

// probeVariants asks for what is there in ways that the document does not permit: if it is answered, then by the key.
func (r *run) probeVariants(ctx context.Context, k *key) {
	for _, v := range []struct {
		operation

		suffix, words string
	}{
		{getTurnKey, "?unknown=1", "with an unknown query parameter"},
		{getTurnKey, "?name=" + url.QueryEscape(r.name), "with a name in the query"},
		{listTurnKeys, "?unknown=1", "with an unknown query parameter"},
		{getTurnKey, "/", "with a slash at the end"},
		{listTurnKeys, "/", "with a slash at the end"},
	} {
		c := r.call(v.operation, k.uid, v.words)
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
