package conformance_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

var (
	getOnly     = []string{getOp}
	editOnly    = []string{editOp}
	createOnly  = []string{createOp}
	getAndList  = []string{getOp, listOp}
	outsideThem = []string{""} // methods and paths that are not documented
)

// Ways to find a key by an id that it does not have.
var idWays = []way{
	{"another last digit", []string{getOp, editOp}, id(func(uid, id string) bool { return len(id) == 32 && id[:31] == uid[:31] })},
	{"no last digit", []string{getOp, editOp}, id(func(uid, id string) bool { return id == uid[:31] })},
	{"another first digit", getOnly, id(func(uid, id string) bool { return len(id) == 32 && id[1:] == uid[1:] })},
	{"no first digit", getOnly, id(func(uid, id string) bool { return id == uid[1:] })},
	{"one more digit", getOnly, id(func(uid, id string) bool { return id == uid+"0" })},
	{"upper case", getOnly, id(strings.EqualFold)},
	{"a blank before it", getOnly, id(func(uid, id string) bool { return id == " "+uid })},
	{"a blank after it", getOnly, id(func(uid, id string) bool { return id == uid+" " })},
	{"a line break after it", getOnly, id(func(uid, id string) bool { return id == uid+"\n" })},
	{"a zero byte after it", getOnly, id(func(uid, id string) bool { return id == uid+"\x00" })},
	{"a zero byte in it", getOnly, id(func(uid, id string) bool { return id == uid[:31]+"\x00" })},
	{"a quote in it", getOnly, id(func(uid, id string) bool { return id == uid[:31]+"'" })},
	{"a pattern of SQL", getOnly, id(func(uid, id string) bool { return id == uid[:8]+"%" })},
	{"a pattern", getOnly, id(func(uid, id string) bool { return id == uid[:8]+"*" })},
	{"a UUID", getOnly, id(func(uid, id string) bool { return strings.ReplaceAll(id, "-", "") == uid })},
	{"0x before it", getOnly, id(func(uid, id string) bool { return id == "0x"+uid })},
	{"the name", getOnly, func(c *call) bool {
		return c.findBy(func(k key, id string) bool { return len(id) > 50 && strings.HasPrefix(k.name, id[:50]) })
	}},
}

func id(matches func(uid, id string) bool) func(*call) bool {
	return func(c *call) bool {
		return c.findBy(func(k key, id string) bool { return id != k.uid && matches(k.uid, id) })
	}
}

// findBy makes the call one about a key that the id in the path is not the id of.
func (c *call) findBy(matches func(k key, id string) bool) bool {
	_, id, _ := lookUp(c.URL.Path)
	i := slices.IndexFunc(c.account.keys, func(k key) bool { return matches(k, id) })
	if i >= 0 {
		c.keyID = c.account.keys[i].uid
	}
	return i >= 0
}

func TestTheThoroughPlanNoticesEachInvalidIDThatIsAccepted(t *testing.T) {
	noticesWays(t, "unknown_id_accepted", idWays, func(s *server, accept func(*call) bool) {
		resolve := s.resolve
		s.resolve = func(c *call) (string, bool) {
			if accept(c) {
				return c.keyID, true
			}
			return resolve(c)
		}
	})
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

func TestTheThoroughPlanNoticesEachUnknownAccountThatIsAccepted(t *testing.T) {
	noticesWays(t, "ignored_auth", accountWays, func(s *server, accept func(*call) bool) {
		s.instead = func(c *call) *response {
			if c.account == nil && c.token == token && accept(c) {
				c.account = s.main()
			}
			return nil
		}
	})
}

// Requests over which a server may crash, although they are the client's mistakes.
var crashWays = []way{
	{"an id of 2,000 digits", getOnly, func(c *call) bool { return len(c.keyID) == 2000 }},
	{"an id that is not UTF-8", getOnly, func(c *call) bool { return strings.Contains(c.keyID, "\xff") }},
	{"a malformed account id", listOnly, func(c *call) bool { return len(c.accountID) != 32 }},
	{"an unknown account", createOnly, func(c *call) bool { return c.account == nil }},
	{"a query", getAndList, func(c *call) bool {
		return c.URL.RawQuery == "unknown" || strings.HasPrefix(c.URL.RawQuery, "unknown=")
	}},
	{"more after the id", outsideThem, func(c *call) bool { return strings.HasSuffix(c.URL.Path, "/x") }},
	{"an empty id", outsideThem, func(c *call) bool { return strings.HasSuffix(c.URL.Path, "//") }},
	{"a slash at the end", outsideThem, func(c *call) bool { return strings.HasSuffix(c.URL.Path, "/") && c.Method == http.MethodGet }},
	{"DELETE on the keys", outsideThem, func(c *call) bool {
		return c.Method == http.MethodDelete && strings.HasSuffix(c.URL.Path, "/turn_keys")
	}},
	{"OPTIONS", outsideThem, func(c *call) bool { return c.Method == http.MethodOptions && c.keyID == "" }},
}

func TestTheThoroughPlanNoticesEachOddRequestThatIsA500(t *testing.T) {
	noticesWays(t, "server_error", crashWays, func(s *server, accept func(*call) bool) {
		crashed := "" // a retry is not reported on its own
		s.instead = func(c *call) *response {
			this := c.Method + c.URL.String()
			if this != crashed && !accept(c) {
				return nil
			}
			crashed = this
			return failure(500)
		}
	})
}

var addressFaults = []fault{
	{"an unknown key is a 500", "status", onFailure(404, with(failure(500)), getOp, editOp, deleteOp)},
	{"a malformed id is a 500", "server_error", onFailure(400, with(failure(500)), getOp)},
	{"a malformed id gets an empty key", "unknown_id_accepted", onFailure(400, with(success(200, object{})), getOp)},
	{"an id in upper case is accepted", "unknown_id_accepted", byID(strings.EqualFold, getOp)},
	{"a truncated id is accepted", "unknown_id_accepted", byID(func(uid, id string) bool { return len(id) > 3 && strings.HasPrefix(uid, id) })},
	{"the last digit of an id is ignored", "unknown_id_accepted", byID(func(uid, id string) bool { return strings.HasPrefix(id, uid[:31]) })},
	{"the first digit of an id is ignored", "unknown_id_accepted", byID(func(uid, id string) bool { return strings.HasSuffix(id, uid[1:]) })},
	{"an unknown account has an empty list", "ignored_auth", onUnknownAccount(with(success(200, []object{})))},
	{"an unknown account is a 500", "server_error", onUnknownAccount(with(failure(500)))},
}

var thoroughAddressFaults = []fault{
	{"a delete ignores the last digit of the id", "unknown_id_accepted", byID(func(uid, id string) bool {
		return len(id) == 32 && id[:31] == uid[:31]
	}, deleteOp)},
	{"a delete accepts a longer id", "unknown_id_accepted", byID(func(uid, id string) bool { return id == uid+"0" }, deleteOp)},
	{"a delete accepts a name", "unknown_id_accepted", foundBy(func(k key, id string) bool { return k.name == id }, deleteOp)},
	{"an unknown account is made", "ignored_auth", func(s *server) {
		s.instead = func(c *call) *response {
			if c.account == nil && c.operation == createOp {
				c.account = &account{id: c.accountID, token: c.token, states: []state{{}}}
				s.accounts[c.accountID] = c.account
			}
			return nil
		}
	}},

	{"a get sees the other account's keys", "unknown_id_accepted", seeing(both, getOp)},
	{"an edit sees the other account's keys", "unknown_id_accepted", seeing(both, editOp)},
	{"a delete sees the other account's keys", "unknown_id_accepted", seeing(both, deleteOp)},
	{"an edit renames the other account's key, and is a 404", "inconsistent", all(seeing(both, editOp), foreignIs404(editOp))},
	{"a delete deletes the other account's key, and is a 404", "not_in_list", all(seeing(both, deleteOp), foreignIs404(deleteOp))},
	{"a list shows the other account's keys too", "side_effect", seeing(both, listOp)},
	{"a create shows up in the other account too", "unknown_id_accepted", afterwards(func(c *call) {
		for _, other := range c.accounts {
			if other != c.account {
				other.keys = append(other.keys, *c.key())
			}
		}
	}, createOp)},
	{"a delete deletes a key of the other account too", "side_effect", afterwards(func(c *call) {
		c.second().keys = c.second().keys[:max(0, len(c.second().keys)-1)]
	}, deleteOp)},
	{"an edit renames a key of the other account too", "side_effect", afterwards(func(c *call) { c.second().keys[0].name = c.key().name }, editOp)},

	{"PUT on the keys renames all", "side_effect", undocumented(http.MethodPut, func(c *call) *response {
		for i := range c.account.keys {
			c.account.keys[i].name = "put"
		}
		return success(200, nil)
	})},
	{"DELETE on the keys deletes all, and is a 404", "not_in_list", undocumented(http.MethodDelete, func(c *call) *response {
		c.account.keys = nil
		return failure(404)
	})},
	{"PATCH on a key edits it", "inconsistent", undocumented(http.MethodPatch, found(edit))},
	{"POST on a key edits it", "inconsistent", undocumented(http.MethodPost, found(edit))},
	{"POST on a key creates another", "side_effect", undocumented(http.MethodPost, create)},
	{"HEAD on a key needs no token", "ignored_auth", func(s *server) {
		s.operations[""] = func(c *call) *response {
			if c.Method == http.MethodHead && c.account != nil {
				return success(200, nil)
			}
			return unrouted(c)
		}
	}},
	{"a method override deletes the key", "not_in_list", overridden(func(c *call) bool { return c.Header.Get("X-HTTP-Method-Override") == "DELETE" })},
	{"a method in the query deletes the key", "not_in_list", overridden(func(c *call) bool { return c.URL.Query().Get("_method") == "DELETE" })},
	{"a DELETE with a slash at the end deletes all keys", "not_in_list", slashed(http.MethodDelete, func(c *call) *response {
		c.account.keys = nil
		return success(200, nil)
	})},
	{"a GET with a slash at the end returns another key", "wrong_key", slashed(http.MethodGet, func(c *call) *response {
		return success(200, c.show(c, *c.oldest()))
	})},
	{"a query empties the list", "not_in_list", queried(func(_ *call, r *response) { r.body["result"] = []object{} }, listOp)},
	{"a query selects another key", "wrong_key", queried(func(c *call, r *response) { r.body["result"] = c.show(c, *c.oldest()) }, getOp)},
	{"a query deletes keys", "not_in_list", queried(func(c *call, _ *response) { c.account.keys = c.account.keys[:min(2, len(c.account.keys))] })},
}

// foundBy lets operations find a key by what is not its id.
func foundBy(matches func(k key, id string) bool, operations ...string) plant {
	return func(s *server) {
		resolve := s.resolve
		s.resolve = func(c *call) (string, bool) {
			if c.is(operations) && c.findBy(matches) {
				return c.keyID, true
			}
			return resolve(c)
		}
	}
}

func byID(matches func(uid, id string) bool, operations ...string) plant {
	return foundBy(func(k key, id string) bool { return id != k.uid && matches(k.uid, id) }, operations...)
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

// foreignIs404 says of another account's key that there is none.
func foreignIs404(operation string) plant {
	return onSuccess(func(c *call, r *response) {
		if c.before().uid == "" {
			r.replace(failure(404))
		}
	}, operation)
}

// undocumented serves an undocumented method, if the token is valid.
func undocumented(method string, do operation) plant {
	return around(func(c *call, next operation) *response {
		if c.Method == method && c.allowed(c) {
			return do(c)
		}
		return next(c)
	}, "")
}

func overridden(by func(*call) bool) plant {
	return around(func(c *call, next operation) *response {
		if by(c) {
			return found(remove)(c)
		}
		return next(c)
	}, getOp)
}

// slashed serves paths that end in a slash.
func slashed(method string, do operation) plant {
	return around(func(c *call, next operation) *response {
		path, ok := strings.CutSuffix(c.URL.Path, "/")
		if !ok || method != "" && c.Method != method {
			return next(c)
		}
		c.accountID, c.keyID, _ = lookUp(path)
		if c.account = c.accounts[c.accountID]; !c.allowed(c) {
			return next(c)
		}
		return do(c)
	}, "")
}

// queried changes the responses to requests with a query.
func queried(f func(*call, *response), operations ...string) plant {
	return onSuccess(func(c *call, r *response) {
		if c.URL.RawQuery != "" {
			f(c, r)
		}
	}, operations...)
}
