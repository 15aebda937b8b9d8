package conformance_test

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

var listFaults = []scenario{
	{"list drops the first key", func(s *server) {
		holding(0, "")(s) // nobody can miss a key that was never shown
		listed(func(keys []object) []object { return keys[min(1, len(keys)):] })(s)
	}},
	{"list drops the last key", listed(func(keys []object) []object { return keys[:max(0, len(keys)-1)] })},
	{"list shows the last key twice", listed(func(keys []object) []object {
		return append(keys, keys[max(0, len(keys)-1):]...)
	})},
	{"list is always empty", listed(func([]object) []object { return []object{} })},
	{"list stops after ten keys", listed(func(keys []object) []object { return keys[:min(10, len(keys))] })},
	{"list stops after twenty keys", listed(func(keys []object) []object { return keys[:min(20, len(keys))] })},
	{"list shows only what was there at the start", func(s *server) {
		s.view = func(c *call) []key {
			if c.operation == listOp {
				return c.account.states[0].keys
			}
			return c.account.keys
		}
	}},
	{"list shows names as they were created", eachResult(func(c *call, result object) {
		result["name"] = c.account.asCreated(result["uid"].(string)).name
	}, listOp)},
	{"list shows created as modified", eachResult(func(_ *call, result object) { result["modified"] = result["created"] }, listOp)},
	{"list shows its own time as modified", func(s *server) {
		eachResult(func(_ *call, result object) { result["modified"] = s.timestamp(s.now()) }, listOp)(s)
	}},
	{"list cuts the fractions off", eachResult(func(_ *call, result object) {
		for _, field := range []string{"created", "modified"} {
			result[field] = result[field].(string)[:19] + "Z"
		}
	}, listOp)},
	{"list shows the other account's keys too", func(s *server) {
		s.view = func(c *call) []key {
			if c.operation == listOp {
				return slices.Concat(s.accounts[accountID].keys, s.accounts[secondAccountID].keys)
			}
			return c.account.keys
		}
	}},
	{"list hides keys with an empty name", eachViewed(func(k key) bool { return k.name != "" }, listOp)},
	{"list shows one of the keys that share a name", listed(func(keys []object) []object {
		seen := map[any]bool{}
		return slices.DeleteFunc(keys, func(k object) bool {
			twin := seen[k["name"]]
			seen[k["name"]] = true
			return twin
		})
	})},
	{"list hides edited keys", eachViewed(func(k key) bool { return k.modified.Equal(k.created) }, listOp)},
	{"list cuts names at 40 characters", eachResult(func(_ *call, result object) {
		name := []rune(result["name"].(string))
		result["name"] = string(name[:min(40, len(name))])
	}, listOp)},
	{"list swaps the names of the last two keys", listed(func(keys []object) []object {
		if n := len(keys); n > 1 {
			keys[n-1]["name"], keys[n-2]["name"] = keys[n-2]["name"], keys[n-1]["name"]
		}
		return keys
	})},
	{"list shows uids cut and padded", eachResult(func(_ *call, result object) {
		result["uid"] = result["uid"].(string)[:16] + strings.Repeat("0", 16)
	}, listOp)},
	{"list filters by ?name=", onSuccess(func(c *call, a *answer) {
		if name := c.URL.RawQuery; name != "" {
			a.body["result"] = []object{}
		}
	}, listOp)},
	{"list shows secrets", func(s *server) {
		s.show = showSecretIn(s.show, "key", listOp)
	}},
	{"get shows the secret", func(s *server) { s.show = showSecretIn(s.show, "key", getOp) }},
	{"edit answers with the secret as name", eachResult(func(c *call, result object) { result["name"] = c.edited().secret }, editOp)},
	{"list of an account with keys answers 404", onSuccess(func(_ *call, a *answer) { a.replace(notFound()) }, listOp)},
	{"list of an account without keys answers 404", func(s *server) {
		holding(0, "")(s)
		onSuccess(func(_ *call, a *answer) {
			if len(a.results()) == 0 {
				a.replace(notFound())
			}
		}, listOp)(s)
	}},
	{"list renames the newest key", onSuccess(func(c *call, _ *answer) { c.created().name += " (listed)" }, listOp)},
	{"list deletes the keys of the last hour", onSuccess(func(c *call, _ *answer) {
		c.account.keys = slices.DeleteFunc(c.account.keys, func(k key) bool { return time.Since(k.created) < time.Hour })
	}, listOp)},
	{"list fails every second time", changing(func(c *call, a *answer) {
		if c.nth%2 == 0 {
			a.replace(failure(http.StatusInternalServerError, codeOther, "Internal error"))
		}
	}, listOp)},
}

// listed changes what list shows.
func listed(f func([]object) []object) func(*server) {
	return onSuccess(func(_ *call, a *answer) { a.body["result"] = f(a.results()) }, listOp)
}

func showSecretIn(show func(*call, key) object, field, operation string) func(*call, key) object {
	return func(c *call, k key) object {
		shown := show(c, k)
		if c.operation == operation {
			shown[field] = k.secret
		}
		return shown
	}
}
