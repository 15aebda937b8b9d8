package conformance_test

import (
	"slices"
	"time"
)

var editFaults = []fault{
	{"an edit renames another key too", "side_effect", afterwards(func(c *call) { c.other().name = c.key().name }, editOp)},
	{"an edit renames another key instead", "lost_update", afterwards(func(c *call) {
		c.other().name = c.key().name
		*c.key(), _ = c.before()
	}, editOp)},
	{"an edit renames nothing", "lost_update", afterwards(func(c *call) { *c.key(), _ = c.before() }, editOp)},
	{"an edit renames nothing, and returns the old name", "wrong_name", storing(func(_ *call, was key, k *key) { k.name = was.name }, editOp)},
	{"an edit returns the old name", "wrong_name", showing(func(c *call, k object) {
		was, _ := c.before()
		k["name"] = was.name
	}, editOp)},
	{"an edit appends to the name", "wrong_name", storing(func(_ *call, was key, k *key) { k.name = was.name + k.name }, editOp)},
	{"an edit to an empty name keeps the name", "wrong_name", storing(func(_ *call, was key, k *key) {
		if k.name == "" {
			k.name = was.name
		}
	}, editOp)},
	{"an edit changes created", "inconsistent", storing(func(_ *call, _ key, k *key) { k.created = k.modified }, editOp)},
	{"an edit stores another created than it returns", "inconsistent", afterwards(func(c *call) { c.key().created = c.key().modified }, editOp)},
	{"an edit does not move modified", "wrong_time", storing(func(_ *call, was key, k *key) { k.modified = was.modified }, editOp)},
	{"an edit moves modified backwards", "wrong_time", storing(func(_ *call, was key, k *key) {
		k.modified = was.modified.Add(-time.Minute)
	}, editOp)},
	{"an edit moves modified to another day", "wrong_time", storing(func(_ *call, _ key, k *key) {
		k.modified = k.modified.AddDate(0, 0, 1)
	}, editOp)},
	{"an edit returns a new modified but keeps the old one", "lost_update", afterwards(func(c *call) {
		was, _ := c.before()
		c.key().modified = was.modified
	}, editOp)},
	{"an edit moves the other keys' modified", "side_effect", afterwards(func(c *call) {
		for _, other := range c.others() {
			other.modified = c.key().modified
		}
	}, editOp)},
	{"an edit gives the key a new uid", "wrong_key", storing(func(c *call, _ key, k *key) { k.uid = newUID("edited", c.nth) }, editOp)},
	{"an edit returns another uid", "wrong_key", showing(func(c *call, k object) { k["uid"] = c.other().uid }, editOp)},
	{"an edit makes a copy", "side_effect", afterwards(func(c *call) { c.add(newUID("copy", c.nth), c.key().name) }, editOp)},
	{"an edit deletes another key", "side_effect", afterwards(func(c *call) { c.account.remove(c.other().uid) }, editOp)},
	{"an edit works once for each key", "good_input_rejected", failing(conflict(), func(c *call) bool { return c.key().edited() }, editOp)},
	{"an edit of an unknown key makes one", "use_after_delete", around(func(c *call, next operation) *response {
		if r := next(c); r.ok() {
			return r
		}
		c.add(c.keyID, "")
		return next(c)
	}, editOp)},
	{"an edit to the name it has is rejected", "good_input_rejected", failing(conflict(), func(c *call) bool {
		name, ok := c.name()
		return ok && name == c.key().name
	}, editOp)},
}

var deleteFaults = []fault{
	{"a delete deletes another key too", "side_effect", afterwards(func(c *call) { c.account.remove(c.other().uid) }, deleteOp)},
	{"a delete deletes another key instead", "use_after_delete", afterwards(func(c *call) { *c.other(), _ = c.before() }, deleteOp)},
	{"a delete deletes all keys", "side_effect", afterwards(func(c *call) { c.account.keys = nil }, deleteOp)},
	{"a delete deletes the keys of the same name", "missing_after_create", afterwards(func(c *call) {
		was, _ := c.before()
		c.account.keys = slices.DeleteFunc(c.account.keys, func(k key) bool { return k.name == was.name })
	}, deleteOp)},
	{"a delete renames another key", "side_effect", afterwards(func(c *call) { c.other().name = "deleted" }, deleteOp)},
	{"a delete returns another key", "wrong_key", showing(func(c *call, k object) { k["uid"] = c.oldest().uid }, deleteOp)},
	{"the first delete does nothing", "use_after_delete", afterwards(func(c *call) {
		if was, ok := c.before(); ok && c.seen["deletes"] == 0 {
			c.seen["deletes"]++
			c.account.keys = append(c.account.keys, was)
		}
	}, deleteOp)},
	{"deletes delete nothing", "use_after_delete", keepingDeleted()},
	{"a deleted key is still in get", "use_after_delete", keepingDeleted(getOp)},
	{"a deleted key is still in list", "use_after_delete", keepingDeleted(listOp)},
	{"a deleted key can be edited", "use_after_delete", keepingDeleted(editOp)},
	{"a deleted key can be deleted", "use_after_delete", keepingDeleted(deleteOp)},
	{"an edit of a deleted key brings it back", "use_after_delete", all(keepingDeleted(editOp), around(func(c *call, next operation) *response {
		if k, ok := c.find(); ok && c.account.index(k.uid) < 0 {
			c.account.keys = append(c.account.keys, k)
		}
		return next(c)
	}, editOp))},
	{"a deleted key comes back with the next create", "use_after_delete", around(func(c *call, next operation) *response {
		c.account.keys = append(c.account.keys, c.account.deleted(time.Time{})...)
		return next(c)
	}, createOp)},
	{"a delete of a deleted key is a 403", "wrong_status", onFailure(404, with(unauthorized()), deleteOp)},
	{"a delete of a deleted key is a 429", "wrong_status", onFailure(404, with(failure(429, codeOther)), deleteOp)},
	{"a get of a deleted key is a 403", "wrong_status", onFailure(404, with(unauthorized()), getOp)},
	{"a get of a deleted key is a 400", "wrong_status", onFailure(404, with(failure(400, codeOther)), getOp)},
	{"a get of a deleted key is a 500", "status", onFailure(404, with(crash()), getOp)},
	{"a deleted key is rejected with the code for the token", "wrong_code", onFailure(404, with(failure(404, codeUnauthorized)))},
	{"a deleted key is rejected with the code for a route", "wrong_code", onFailure(404, with(unroutable()))},
	{"a delete of a key is a 400", "good_input_rejected", failing(failure(400, codeOther), always, deleteOp)},
}

// keepingDeleted lets operations see the deleted keys.
func keepingDeleted(operations ...string) plant {
	return seeing(func(c *call) []key { return slices.Concat(c.account.keys, c.account.deleted(time.Time{})) }, operations...)
}
