package conformance_test

import (
	"net/http"
	"slices"
	"strings"
)

// Paths, ids and methods that lead where they should not.
var addressFaults = []scenario{
	{"an id in upper case reaches the key", anyID(func(k key, id string) bool { return strings.EqualFold(k.uid, id) })},
	{"a shortened id reaches the key", anyID(func(k key, id string) bool { return len(id) > 3 && strings.HasPrefix(k.uid, id) })},
	{"the end of an id reaches the key", anyID(func(k key, id string) bool { return len(id) > 3 && strings.HasSuffix(k.uid, id) })},
	{"a lengthened id reaches the key", anyID(func(k key, id string) bool { return strings.HasPrefix(id, k.uid) })},
	{"a name reaches the key", anyID(func(k key, id string) bool { return id == k.uid || id == k.name })},
	{"a name reaches the key to delete", anyID(func(k key, id string) bool { return id == k.uid || id == k.name }, deleteOp)},
	{"any malformed id reaches the first key", anyID(func(k key, id string) bool { return id == k.uid || len(id) != 32 }, getOp)},
	{"an id with spaces around it reaches the key", anyID(func(k key, id string) bool { return strings.TrimSpace(id) == k.uid })},
	{"an unknown key is a 500", onFailure(http.StatusNotFound, crash, getOp, editOp, deleteOp)},
	{"a malformed id is a 500", onFailure(http.StatusBadRequest, crash, getOp, deleteOp)},
	{"an id that is too long is a 500", changing(func(c *call, a *answer) {
		if len(c.keyID) > 32 {
			crash(c, a)
		}
	})},
	{"a malformed id gets an empty 200", onFailure(http.StatusBadRequest, func(_ *call, a *answer) {
		a.replace(success(http.StatusOK, object{}))
	}, getOp)},

	{"an account that does not exist has an empty list", unknownAccount(func(*server, *call) *answer { return success(http.StatusOK, []object{}) }, listOp)},
	{"an account that does not exist is the first", unknownAccount(func(s *server, c *call) *answer {
		c.account = s.accounts[accountID]
		return s.perform(c)
	})},
	{"an account that does not exist is made", func(s *server) {
		unknownAccount(func(s *server, c *call) *answer {
			c.account = &account{id: c.accountID, token: c.token, states: []state{{}}}
			s.accounts[c.accountID] = c.account
			return s.perform(c)
		}, createOp)(s)
	}},
	{"an account that does not exist is a 500", unknownAccount(func(*server, *call) *answer {
		return failure(http.StatusInternalServerError, codeOther, "Internal error")
	})},
	{"a malformed account id is a 500", changing(func(c *call, a *answer) {
		if len(c.accountID) != 32 {
			crash(c, a)
		}
	})},
	{"an account id in upper case reaches the account", unknownAccount(func(s *server, c *call) *answer {
		c.account = s.accounts[strings.ToLower(c.accountID)]
		if c.account == nil || !s.allowed(c) {
			return unauthorized()
		}
		return s.perform(c)
	})},
	{"get sees the other account's keys", seeing(getOp)},
	{"edit renames the other account's key and answers 404", hidden(editOp)},
	{"delete deletes the other account's key and answers 404", hidden(deleteOp)},
	{"list sees the other account's keys", seeing(listOp)},
	{"a create shows up in the other account", func(s *server) {
		onSuccess(func(c *call, _ *answer) {
			for _, other := range s.accounts {
				if other != c.account {
					other.keys = append(other.keys, *c.created())
				}
			}
		}, createOp)(s)
	}},
	{"a create goes to the other account", func(s *server) {
		onSuccess(func(c *call, _ *answer) {
			if other := s.accounts[secondAccountID]; c.account != other {
				other.keys = append(other.keys, *c.created())
			}
		}, createOp)(s)
	}},
	{"a delete takes a key of the other account too", func(s *server) {
		onSuccess(func(_ *call, _ *answer) {
			other := s.accounts[secondAccountID]
			other.keys = other.keys[:max(0, len(other.keys)-1)]
		}, deleteOp)(s)
	}},
	{"an edit renames a key of the other account too", func(s *server) {
		onSuccess(func(c *call, _ *answer) { s.accounts[secondAccountID].keys[0].name = c.edited().name }, editOp)(s)
	}},

	{"DELETE on the collection deletes all keys and answers 404", undocumented(http.MethodDelete, func(c *call, _ *server) *answer {
		c.account.keys = nil
		return notFound()
	})},
	{"DELETE on the collection is a 500", undocumented(http.MethodDelete, crashing)},
	{"PUT on the collection renames all keys", undocumented(http.MethodPut, func(c *call, _ *server) *answer {
		for i := range c.account.keys {
			c.account.keys[i].name = "put"
		}
		return success(http.StatusOK, nil)
	})},
	{"PATCH on a key edits it", undocumentedKey(http.MethodPatch, func(c *call, s *server) *answer { return s.operations[editOp](c) })},
	{"POST on a key edits it", undocumentedKey(http.MethodPost, func(c *call, s *server) *answer { return s.operations[editOp](c) })},
	{"POST on a key makes another", undocumentedKey(http.MethodPost, func(c *call, s *server) *answer { return s.operations[createOp](c) })},
	{"a trailing slash is a 500", slashed("", crashing)},
	{"a DELETE with a trailing slash deletes all keys", slashed(http.MethodDelete, func(c *call, _ *server) *answer {
		c.account.keys = nil
		return success(http.StatusOK, nil)
	})},
	{"a GET with a trailing slash tells the first key", slashed(http.MethodGet, func(c *call, s *server) *answer {
		return success(http.StatusOK, s.show(c, c.account.keys[0]))
	})},
	{"an unknown query parameter is a 500", queried(crash)},
	{"an unknown query parameter empties the list", queried(func(_ *call, a *answer) { a.body["result"] = []object{} }, listOp)},
	{"an unknown query parameter chooses another key", func(s *server) {
		queried(func(c *call, a *answer) {
			if a.ok() {
				a.body["result"] = s.show(c, c.account.keys[0])
			}
		}, getOp)(s)
	}},
	{"a query parameter deletes keys", queried(func(c *call, _ *answer) { c.account.keys = c.account.keys[:min(2, len(c.account.keys))] }, listOp, getOp)},
	{"an unknown path is a 500", func(s *server) {
		s.changes = append(s.changes, func(c *call, a *answer) {
			if c.accountID == "" {
				crash(c, a)
			}
		})
	}},
}

func crash(_ *call, a *answer) {
	a.replace(failure(http.StatusInternalServerError, codeOther, "Internal error"))
}

func crashing(*call, *server) *answer {
	return failure(http.StatusInternalServerError, codeOther, "Internal error")
}

// anyID lets operations find a key by what is not its id.
func anyID(matches func(key, string) bool, operations ...string) func(*server) {
	return func(s *server) {
		resolve := s.resolve
		s.resolve = func(c *call) (string, bool) {
			i := slices.IndexFunc(c.account.keys, func(k key) bool { return matches(k, c.keyID) })
			if i < 0 || !slices.Contains(orAll(operations), c.operation) {
				return resolve(c)
			}
			return c.account.keys[i].uid, true
		}
	}
}

// unknownAccount answers for accounts that do not exist.
func unknownAccount(f func(*server, *call) *answer, operations ...string) func(*server) {
	return func(s *server) {
		s.after(func(c *call, a *answer) {
			if c.account == nil && c.token != "" {
				a.replace(f(s, c))
			}
		}, operations...)
	}
}

// seeing lets operations see both accounts' keys.
func seeing(operations ...string) func(*server) {
	return func(s *server) {
		s.view = func(c *call) []key {
			if slices.Contains(operations, c.operation) {
				return slices.Concat(s.accounts[accountID].keys, s.accounts[secondAccountID].keys)
			}
			return c.account.keys
		}
	}
}

// hidden does to another account's key what it says it does not.
func hidden(operation string) func(*server) {
	return func(s *server) {
		seeing(operation)(s)
		onSuccess(func(c *call, a *answer) {
			if _, ok := c.before(c.keyID); !ok {
				a.replace(notFound())
			}
		}, operation)(s)
	}
}

// undocumented answers an undocumented method of the collection, if the token is good.
func undocumented(method string, f func(*call, *server) *answer) func(*server) {
	return unroutedWhen(func(c *call) bool {
		return c.Method == method && c.account != nil && c.keyID == ""
	}, f)
}

func undocumentedKey(method string, f func(*call, *server) *answer) func(*server) {
	return unroutedWhen(func(c *call) bool { return c.Method == method && c.account != nil && c.keyID != "" }, f)
}

// slashed answers paths that end in a slash.
func slashed(method string, f func(*call, *server) *answer) func(*server) {
	return func(s *server) {
		unroutedWhen(func(c *call) bool {
			path, ok := strings.CutSuffix(c.URL.Path, "/")
			if ok && (method == "" || c.Method == method) {
				c.accountID, c.keyID, _ = lookUp(path)
				c.account = s.accounts[c.accountID]
			}
			return ok && c.account != nil
		}, f)(s)
	}
}

func unroutedWhen(when func(*call) bool, f func(*call, *server) *answer) func(*server) {
	return func(s *server) {
		s.around(func(c *call, next operation) *answer {
			if when(c) && s.allowed(c) {
				return f(c, s)
			}
			return next(c)
		}, "")
	}
}

// queried changes what a request with a query does.
func queried(f func(*call, *answer), operations ...string) func(*server) {
	return onSuccess(func(c *call, a *answer) {
		if c.URL.RawQuery != "" {
			f(c, a)
		}
	}, operations...)
}
