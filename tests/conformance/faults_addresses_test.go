package conformance_test

import (
	"net/http"
	"slices"
	"strings"
)

var (
	createOnly = []string{createOp}
	getOnly    = []string{getOp}
	getAndEdit = []string{getOp, editOp}
	getAndList = []string{getOp, listOp}
	unrouted   = []string{""} // undocumented methods and paths
)

// Ways to find a key by an id that it does not have.
var idWays = []way{
	{"another last digit", getAndEdit, byID(func(uid, id string) bool { return len(id) == 32 && id[:31] == uid[:31] })},
	{"no last digit", getAndEdit, byID(func(uid, id string) bool { return id == uid[:31] })},
	{"another first digit", getOnly, byID(func(uid, id string) bool { return len(id) == 32 && id[1:] == uid[1:] })},
	{"no first digit", getOnly, byID(func(uid, id string) bool { return id == uid[1:] })},
	{"one more digit", getOnly, byID(func(uid, id string) bool { return id == uid+"0" })},
	{"upper case", getOnly, byID(strings.EqualFold)},
	{"a blank after it", getOnly, byID(func(uid, id string) bool { return id == uid+" " })},
	{"a line break after it", getOnly, byID(func(uid, id string) bool { return id == uid+"\n" })},
	{"a zero byte after it", getOnly, byID(func(uid, id string) bool { return id == uid+"\x00" })},
	{"a quote in it", getOnly, byID(func(uid, id string) bool { return id == uid[:31]+"'" })},
	{"a pattern of SQL", getOnly, byID(func(uid, id string) bool { return id == uid[:8]+"%" })},
	{"a pattern", getOnly, byID(func(uid, id string) bool { return id == uid[:8]+"*" })},
	{"a UUID", getOnly, byID(func(uid, id string) bool { return strings.ReplaceAll(id, "-", "") == uid })},
	{"0x before it", getOnly, byID(func(uid, id string) bool { return id == "0x"+uid })},
}

// Ways to reach the account by an id that it does not have.
var accountWays = []way{
	{"an unknown id", allButDelete, func(c *call) bool { return len(c.accountID) == 32 && c.accountID[:8] != accountID[:8] }},
	{"another last digit", listOnly, func(c *call) bool { return len(c.accountID) == 32 && c.accountID[:31] == accountID[:31] }},
	{"no last digit", listOnly, func(c *call) bool { return c.accountID == accountID[:31] }},
	{"one more digit", listOnly, func(c *call) bool { return c.accountID == accountID+"0" }},
	{"upper case", listOnly, func(c *call) bool { return strings.EqualFold(c.accountID, accountID) }},
	{"a blank before it", listOnly, func(c *call) bool { return c.accountID == " "+accountID }},
}

// adopting takes unknown accounts for the main one.
func adopting(accept func(*call) bool) plant {
	return func(s *server) {
		s.instead = func(c *call) *response {
			if c.account == nil && c.token == token && accept(c) {
				c.account = s.main()
			}
			return nil
		}
	}
}

// Requests over which a server may crash, although they are the client's mistakes.
var crashWays = []way{
	{"an id of 2,000 digits", getOnly, func(c *call) bool { return len(c.keyID) == 2000 }},
	{"a malformed account id", listOnly, func(c *call) bool { return len(c.accountID) != 32 }},
	{"an unknown account", createOnly, func(c *call) bool { return c.account == nil }},
	{"a query", getAndList, func(c *call) bool { return c.URL.Query().Has("unknown") }},
	{"more after the id", unrouted, func(c *call) bool { return strings.HasSuffix(c.URL.Path, "/x") }},
	{"an empty id", unrouted, func(c *call) bool { return strings.HasSuffix(c.URL.Path, "//") }},
	{"a slash at the end", unrouted, func(c *call) bool { return strings.HasSuffix(c.URL.Path, "s/") && c.token != "" }},
	{"DELETE on the keys", unrouted, deleting("/turn_keys")},
}

func crashing(over func(*call) bool) plant {
	last := "" // a retry is not reported on its own
	return instead(failure(500), func(c *call) bool {
		this := c.Method + c.URL.String()
		crash := this == last || over(c)
		if crash {
			last = this
		}
		return crash
	})
}

// Requests that are not documented, and that may change or delete a key.
var oddWays = []way{
	{"PUT on the keys", unrouted, method(http.MethodPut)},
	{"DELETE on the keys", unrouted, deleting("/turn_keys")},
	{"DELETE with a slash at the end", unrouted, deleting("/turn_keys/")},
	{"PATCH on the keys", unrouted, func(c *call) bool { return c.Method == http.MethodPatch && c.keyID == "" }},
	{"PATCH on a key", unrouted, func(c *call) bool { return c.Method == http.MethodPatch && c.keyID != "" }},
	{"POST on a key", unrouted, method(http.MethodPost)},
	{"TRACE", unrouted, method(http.MethodTrace)},
	{"a method override", getOnly, has("X-HTTP-Method-Override", http.MethodDelete)},
	{"a method in the query", getOnly, func(c *call) bool { return c.URL.Query().Get("_method") == http.MethodDelete }},
	{"a query", getAndList, func(c *call) bool { return c.URL.Query().Has("unknown") }},
}

func deleting(end string) func(*call) bool {
	return func(c *call) bool { return c.Method == http.MethodDelete && strings.HasSuffix(c.URL.Path, end) }
}

// deletingBy deletes a key of the run when there is such a request.
func deletingBy(odd func(*call) bool) plant {
	return func(s *server) {
		s.changes = append(s.changes, func(c *call, _ *response) {
			keys := s.main().keys
			if newest := keys[len(keys)-1]; odd(c) && !s.seeded[newest.uid] {
				s.main().remove(newest.uid)
			}
		})
	}
}

// by finds a key by what is not its id, and makes the call one about it.
func by(matches func(k key, id string) bool) func(*call) bool {
	return func(c *call) bool {
		_, id, _ := lookUp(c.URL.Path)
		i := slices.IndexFunc(c.account.keys, func(k key) bool { return matches(k, id) })
		if i >= 0 {
			c.keyID = c.account.keys[i].uid
		}
		return i >= 0
	}
}

func byID(matches func(uid, id string) bool) func(*call) bool {
	return by(func(k key, id string) bool { return id != k.uid && matches(k.uid, id) })
}

func resolving(accept func(*call) bool, operations ...string) plant {
	return func(s *server) {
		resolve := s.resolve
		s.resolve = func(c *call) (string, bool) {
			if c.is(operations) && accept(c) {
				return c.keyID, true
			}
			return resolve(c)
		}
	}
}

var addressFaults = []fault{
	{"an unknown key is a 500", "status", onFailure(404, with(failure(500)), getOp, editOp, deleteOp)},
	{"a malformed id is a 500", "server_error", onFailure(400, with(failure(500)), getOp)},
	{"a malformed id gets an empty key", "unknown_id_accepted", onFailure(400, with(success(200, object{})), getOp)},
	{"an id in upper case is accepted", "unknown_id_accepted", resolving(byID(strings.EqualFold), getOp)},
	{"a truncated id is accepted", "unknown_id_accepted", resolving(byID(func(uid, id string) bool { return id == uid[:31] }))},
	{"the last digit of an id is ignored", "unknown_id_accepted", resolving(idWays[0].accepts)},
	{"the first digit of an id is ignored", "unknown_id_accepted", resolving(idWays[2].accepts)},
	{"an unknown account has an empty list", "ignored_auth", onUnknownAccount(with(success(200, []object{})))},
	{"an unknown account is a 500", "server_error", onUnknownAccount(with(failure(500)))},
}

var thoroughAddressFaults = []fault{
	{"a delete ignores the last digit of the id", "unknown_id_accepted", resolving(idWays[0].accepts, deleteOp)},
	{"a delete accepts a longer id", "unknown_id_accepted", resolving(idWays[4].accepts, deleteOp)},
	{"a delete accepts an id in upper case", "unknown_id_accepted", resolving(byID(strings.EqualFold), deleteOp)},
	{"a delete accepts a name", "unknown_id_accepted", resolving(by(func(k key, id string) bool { return k.name == id }), deleteOp)},
	{"a get sees the other account's keys", "unknown_id_accepted", seeing(both, getOp)},
	{"an edit sees the other account's keys", "unknown_id_accepted", seeing(both, editOp)},
	{"a delete sees the other account's keys", "unknown_id_accepted", seeing(both, deleteOp)},
	{"an edit renames the other account's key, and is a 404", "inconsistent", all(seeing(both, editOp), foreignIs404(editOp))},
	{"a delete deletes the other account's key, and is a 404", "not_in_list", all(seeing(both, deleteOp), foreignIs404(deleteOp))},
	{"a list shows the other account's keys too", "side_effect", seeing(both, listOp)},
	{"a create shows up in the other account too", "unknown_id_accepted", afterwards(func(c *call) {
		if c.account == c.main() {
			c.second().keys = append(c.second().keys, *c.key())
		}
	}, createOp)},
	{"a delete deletes a key of the other account too", "side_effect", afterwards(func(c *call) {
		c.second().keys = c.second().keys[:max(0, len(c.second().keys)-1)]
	}, deleteOp)},
	{"an edit renames a key of the other account", "side_effect", afterwards(func(c *call) { c.second().keys[0].name = "" }, editOp)},
	{"a slash selects another key", "wrong_key", slashed(func(c *call) *response { return success(200, c.show(*c.oldest())) })},
	{"a query empties the list", "not_in_list", queried(func(_ *call, r *response) { r.body["result"] = []object{} }, listOp)},
	{"a query selects another key", "wrong_key", queried(anotherKey, getOp)},
}

// onUnknownAccount changes the responses for accounts that do not exist.
func onUnknownAccount(f func(*call, *response)) plant {
	return onAny(func(c *call, r *response) {
		if c.account == nil && c.token != "" {
			f(c, r)
		}
	})
}

// both returns the keys of both accounts.
func both(c *call) []key { return slices.Concat(c.main().keys, c.second().keys) }

// foreignIs404 returns a 404 for the other account's keys, whatever has been done.
func foreignIs404(operation string) plant {
	return onSuccess(func(c *call, r *response) {
		if c.before().uid == "" {
			r.replace(failure(404))
		}
	}, operation)
}

// slashed serves documented operations at paths that end in a slash.
func slashed(do operation) plant {
	return around(func(c *call, next operation) *response {
		path, ok := strings.CutSuffix(c.URL.Path, "/")
		accountID, keyID, byMethod := lookUp(path)
		c.account = c.accounts[accountID]
		if !ok || !c.allowed(c) || byMethod[c.Method] == "" {
			return next(c)
		}
		c.operation, c.accountID, c.keyID = byMethod[c.Method], accountID, keyID
		return do(c)
	}, "")
}

func isGetWithoutToken(c *call) bool { return c.Method == http.MethodGet && noToken(c) }

func method(method string) func(*call) bool {
	return func(c *call) bool { return c.Method == method }
}

// queried changes the responses to requests with a query.
func queried(f func(*call, *response), operations ...string) plant {
	return onSuccess(func(c *call, r *response) {
		if c.URL.RawQuery != "" {
			f(c, r)
		}
	}, operations...)
}
