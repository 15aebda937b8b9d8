package conformance_test

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

var editFaults = []scenario{
	{"edit renames the newest other key too", onSuccess(func(c *call, _ *answer) { c.other().name = c.edited().name }, editOp)},
	{"edit renames another key instead", onSuccess(func(c *call, _ *answer) {
		c.other().name = c.edited().name
		*c.edited(), _ = c.before(c.keyID)
	}, editOp)},
	{"edit renames nothing", onSuccess(func(c *call, _ *answer) { *c.edited(), _ = c.before(c.keyID) }, editOp)},
	{"edit renames nothing, and says so", onSuccess(func(c *call, a *answer) {
		*c.edited(), _ = c.before(c.keyID)
		a.results()[0]["name"] = c.edited().name
	}, editOp)},
	{"edit answers with the old name", onSuccess(func(c *call, a *answer) {
		before, _ := c.before(c.keyID)
		a.results()[0]["name"] = before.name
	}, editOp)},
	{"edit changes created", func(s *server) {
		eachResult(func(c *call, result object) {
			c.edited().created = s.now()
			result["created"] = s.timestamp(s.now())
		}, editOp)(s)
	}},
	{"edit stores another created than it answers", onSuccess(func(c *call, _ *answer) {
		c.edited().created = c.edited().modified
	}, editOp)},
	{"edit does not move modified", func(s *server) { s.moveModified(func(before time.Time) time.Time { return before }) }},
	{"edit moves modified backwards", func(s *server) {
		s.moveModified(func(before time.Time) time.Time { return before.Add(-time.Minute) })
	}},
	{"edit answers with a new modified but keeps the old", onSuccess(func(c *call, _ *answer) {
		before, _ := c.before(c.keyID)
		c.edited().modified = before.modified
	}, editOp)},
	{"edit moves the other keys' modified", onSuccess(func(c *call, _ *answer) {
		for _, other := range c.others() {
			other.modified = c.edited().modified
		}
	}, editOp)},
	{"edit gives the key a new uid", onSuccess(func(c *call, a *answer) {
		uid := digest("edited", c.nth)[:32]
		a.results()[0]["uid"] = uid
		c.edited().uid = uid
	}, editOp)},
	{"edit answers with another uid", eachResult(func(c *call, result object) { result["uid"] = c.other().uid }, editOp)},
	{"edit makes a copy", onSuccess(func(c *call, _ *answer) {
		twin := *c.edited()
		twin.uid = digest("copy", c.nth)[:32]
		c.account.keys = append(c.account.keys, twin)
	}, editOp)},
	{"edit deletes another key", onSuccess(func(c *call, _ *answer) { c.account.remove(c.other().uid) }, editOp)},
	{"edit appends to the name", onSuccess(func(c *call, a *answer) {
		before, _ := c.before(c.keyID)
		c.edited().name = before.name + c.edited().name
		a.results()[0]["name"] = c.edited().name
	}, editOp)},
	{"edit works once for each key", around(func(c *call, next operation) *answer {
		if before, ok := c.before(c.keyID); ok && before.modified.After(before.created) {
			return failure(http.StatusConflict, codeOther, "The key was edited already")
		}
		return next(c)
	}, editOp)},
	{"edit of an unknown key makes one", around(func(c *call, next operation) *answer {
		if a := next(c); a.ok() {
			return a
		}
		at := time.Now().UTC()
		c.account.keys = append(c.account.keys, key{uid: c.keyID, created: at, modified: at})
		return next(c)
	}, editOp)},
	{"edit to an empty name leaves the name", func(s *server) {
		s.readEdit(func(input object, before string) (string, bool) { return before, input["name"] == "" })
	}},
}

// moveModified sets what an edit makes of modified.
func (s *server) moveModified(to func(before time.Time) time.Time) {
	onSuccess(func(c *call, a *answer) {
		before, _ := c.before(c.keyID)
		c.edited().modified = to(before.modified)
		a.results()[0]["modified"] = s.timestamp(c.edited().modified)
	}, editOp)(s)
}

// readEdit takes the name of some edits from f.
func (s *server) readEdit(f func(input object, before string) (string, bool)) {
	s.readName = func(c *call) (string, error) {
		name, err := readName(c)
		if before, ok := c.before(c.keyID); ok && err == nil {
			input, _ := decode(c.body)
			if other, ok := f(input.(object), before.name); ok {
				return other, nil
			}
		}
		return name, err
	}
}

var deleteFaults = []scenario{
	{"delete deletes the newest other key too", onSuccess(func(c *call, _ *answer) { c.account.remove(c.other().uid) }, deleteOp)},
	{"delete deletes another key instead", around(func(c *call, next operation) *answer {
		deleted, ok := c.before(c.keyID)
		a := next(c)
		if ok {
			c.account.keys[len(c.account.keys)-1] = deleted
		}
		return a
	}, deleteOp)},
	{"delete deletes every key of the account", onSuccess(func(c *call, _ *answer) { c.account.keys = nil }, deleteOp)},
	{"delete deletes the keys of the same name", onSuccess(func(c *call, a *answer) {
		c.account.keys = slices.DeleteFunc(c.account.keys, func(k key) bool { return k.name == a.results()[0]["name"] })
	}, deleteOp)},
	{"delete renames the newest other key", onSuccess(func(c *call, _ *answer) { c.other().name = "deleted" }, deleteOp)},
	{"delete deletes nothing", keepDeleted(documentedOps...)},
	{"delete leaves the key in get", keepDeleted(getOp)},
	{"delete leaves the key in list", keepDeleted(listOp)},
	{"delete leaves the key to edit", keepDeleted(editOp)},
	{"delete of a deleted key answers 200", keepDeleted(deleteOp)},
	{"delete of a deleted key answers 403", gone(deleteOp, http.StatusForbidden)},
	{"delete of a deleted key answers 429", gone(deleteOp, http.StatusTooManyRequests)},
	{"get of a deleted key answers 403", gone(getOp, http.StatusForbidden)},
	{"get of a deleted key answers 429", gone(getOp, http.StatusTooManyRequests)},
	{"get of a deleted key answers 400", gone(getOp, http.StatusBadRequest)},
	{"edit of a deleted key answers 500", gone(editOp, http.StatusInternalServerError)},
	{"edit of a deleted key brings it back", func(s *server) {
		keepDeleted(editOp)(s)
		s.around(func(c *call, next operation) *answer {
			k, ok := s.find(c)
			if ok && c.account.index(k.uid) < 0 {
				c.account.keys = append(c.account.keys, k)
			}
			return next(c)
		}, editOp)
	}},
	{"delete answers with another key", eachResult(func(c *call, result object) { result["uid"] = c.account.keys[0].uid }, deleteOp)},
	{"the first delete does nothing", func(s *server) {
		deleted := 0
		s.around(func(c *call, next operation) *answer {
			k, ok := c.before(c.keyID)
			if !ok || deleted > 0 {
				return next(c)
			}
			deleted++
			return success(http.StatusOK, s.show(c, k))
		}, deleteOp)
	}},
	{"a deleted key comes back with the next create", around(func(c *call, next operation) *answer {
		c.account.keys = append(c.account.keys, c.account.deleted(time.Time{})...)
		return next(c)
	}, createOp)},
}

// keepDeleted lets some operations see what was deleted.
func keepDeleted(operations ...string) func(*server) {
	return func(s *server) {
		s.view = func(c *call) []key {
			keys := c.account.keys
			if !slices.Contains(operations, c.operation) {
				return keys
			}
			return slices.Concat(keys, c.account.deleted(time.Time{}))
		}
	}
}

// deleted returns the keys that were deleted after a time, each as it was last.
func (a *account) deleted(after time.Time) []key {
	var deleted []key
	for i, past := range a.states {
		if i+1 == len(a.states) || a.states[i+1].since.Before(after) {
			continue
		}
		for _, k := range past.keys {
			same := func(other key) bool { return other.uid == k.uid }
			deleted = slices.DeleteFunc(deleted, same)
			if !slices.ContainsFunc(a.keys, same) {
				deleted = append(deleted, k)
			}
		}
	}
	return deleted
}

// gone answers otherwise when a key is not there.
func gone(operation string, status int) func(*server) {
	return onFailure(http.StatusNotFound, func(_ *call, a *answer) {
		code := map[int]int{http.StatusForbidden: codeUnauthorized}[status]
		a.replace(failure(status, cmp.Or(code, codeOther), http.StatusText(status)))
	}, operation)
}
