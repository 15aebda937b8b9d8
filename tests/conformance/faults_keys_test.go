package conformance_test

import (
	"net/http"
	"slices"
)

var createFaults = []scenario{
	{"create answers with the uid of somebody's key", eachResult(func(c *call, result object) {
		result["uid"] = c.account.keys[0].uid
	}, createOp)},
	{"create answers with the uid of the run's key before", eachResult(func(c *call, result object) {
		result["uid"] = c.account.keys[max(2, len(c.account.keys)-2)].uid
	}, createOp)},
	{"create answers with a uid that nobody has", eachResult(func(c *call, result object) {
		result["uid"] = digest("nobody", c.nth)[:32]
	}, createOp)},
	{"create makes two keys", onSuccess(func(c *call, _ *answer) {
		twin := *c.created()
		twin.uid = digest("twin", c.nth)[:32]
		c.account.keys = append(c.account.keys, twin)
	}, createOp)},
	{"create makes nothing", onSuccess(func(c *call, _ *answer) { c.account.remove(c.created().uid) }, createOp)},
	{"every second create makes nothing", onSuccess(func(c *call, _ *answer) {
		if c.nth%2 == 0 {
			c.account.remove(c.created().uid)
		}
	}, createOp)},
	{"create replaces the newest key", onSuccess(func(c *call, _ *answer) {
		if others := c.others(); len(others) > 3 {
			c.account.remove(others[1].uid)
		}
	}, createOp)},
	{"create renames the other keys", onSuccess(func(c *call, _ *answer) {
		for i := range c.account.keys {
			c.account.keys[i].name = c.created().name
		}
	}, createOp)},
	{"create ignores the name", onSuccess(func(c *call, a *answer) {
		c.created().name = ""
		a.results()[0]["name"] = ""
	}, createOp)},
	{"create stores the name of the key before", onSuccess(func(c *call, _ *answer) {
		c.created().name = c.others()[1].name
	}, createOp)},
	{"a name in use is refused", around(func(c *call, next operation) *answer {
		name, err := readName(c)
		if err == nil && slices.ContainsFunc(c.account.keys, func(k key) bool { return k.name == name }) {
			return failure(http.StatusConflict, codeOther, "The name is taken")
		}
		return next(c)
	}, createOp)},
	{"create with a name in use answers with the key that has it", func(s *server) {
		s.around(func(c *call, next operation) *answer {
			name, err := readName(c)
			i := slices.IndexFunc(c.account.keys, func(k key) bool { return k.name == name })
			if i < 0 || err != nil {
				return next(c)
			}
			shown := s.show(c, c.account.keys[i])
			shown["key"] = c.account.keys[i].secret
			return success(http.StatusCreated, shown)
		}, createOp)
	}},
}

var getFaults = []scenario{
	{"get answers with the newest key", getsInstead(func(keys []key, _ string) int { return len(keys) - 1 })},
	{"get answers with the oldest key", getsInstead(func([]key, string) int { return 0 })},
	{"get answers with the key before", getsInstead(func(keys []key, uid string) int {
		return max(0, slices.IndexFunc(keys, func(k key) bool { return k.uid == uid })-1)
	})},
	{"get answers with another key under the uid asked for", eachResult(func(c *call, result object) {
		result["name"] = c.account.keys[0].name
	}, getOp)},
	{"get moves modified", func(s *server) {
		eachResult(func(c *call, result object) {
			c.edited().modified = s.now()
			result["modified"] = s.timestamp(s.now())
		}, getOp)(s)
	}},
	{"get deletes the key", onSuccess(func(c *call, _ *answer) { c.account.remove(c.keyID) }, getOp)},
	{"get does not see edits", eachResult(func(c *call, result object) { result["name"] = c.account.asCreated(c.keyID).name }, getOp)},
	{"get shows created as modified", eachResult(func(_ *call, result object) { result["modified"] = result["created"] }, getOp)},
	{"get answers created as modified and the reverse", eachResult(func(_ *call, result object) {
		result["created"], result["modified"] = result["modified"], result["created"]
	}, getOp)},
	{"every second get answers 404", around(func(c *call, next operation) *answer {
		if c.nth%2 == 0 {
			return notFound()
		}
		return next(c)
	}, getOp)},
	{"get never finds a key", around(func(*call, operation) *answer { return notFound() }, getOp)},
	{"get answers any id with an empty key", onFailure(http.StatusNotFound, func(c *call, a *answer) {
		a.replace(success(http.StatusOK, object{
			"uid": c.keyID, "name": "", "created": "2014-01-01T05:20:00.12345Z", "modified": "2014-01-01T05:20:00.12345Z",
		}))
	}, getOp)},
	{"get hides keys with an empty name", eachViewed(func(k key) bool { return k.name != "" }, getOp)},
}

func getsInstead(choose func(keys []key, uid string) int) func(*server) {
	return func(s *server) {
		s.around(func(c *call, next operation) *answer {
			if a := next(c); !a.ok() {
				return a
			}
			return success(http.StatusOK, s.show(c, c.account.keys[choose(c.account.keys, c.keyID)]))
		}, getOp)
	}
}

// eachViewed hides the keys that see is false for.
func eachViewed(see func(key) bool, operations ...string) func(*server) {
	return func(s *server) {
		view := s.view
		s.view = func(c *call) []key {
			keys := view(c)
			if !slices.Contains(orAll(operations), c.operation) {
				return keys
			}
			return slices.DeleteFunc(slices.Clone(keys), func(k key) bool { return !see(k) })
		}
	}
}
