package conformance_test

import (
	"slices"
	"time"
)

var editFaults = []fault{
	{"an edit renames another key too", "side_effect", afterwards(func(c *call) { c.other().name = c.key().name }, editOp)},
	{"an edit renames nothing", "lost_update", afterwards(func(c *call) { *c.key() = c.before() }, editOp)},
	{"an edit renames nothing, and returns the old name", "wrong_name", storing(func(c *call, k *key) { k.name = c.before().name }, editOp)},
	{"an edit to an empty name keeps the name", "wrong_name", storing(func(c *call, k *key) {
		if k.name == "" {
			k.name = c.before().name
		}
	}, editOp)},
	{"an edit changes created", "inconsistent", storing(func(_ *call, k *key) { k.created = k.modified }, editOp)},
	{"an edit stores another created than it returns", "inconsistent", afterwards(func(c *call) { c.key().created = c.now() }, editOp)},
	{"an edit does not move modified", "wrong_time", storing(func(c *call, k *key) { k.modified = c.before().modified }, editOp)},
	{"an edit moves modified backwards", "wrong_time", storing(func(c *call, k *key) {
		k.modified = c.before().modified.Add(-time.Minute)
	}, editOp)},
	{"an edit moves modified to another day", "wrong_time", storing(func(_ *call, k *key) { k.modified = k.modified.AddDate(0, 0, 1) }, editOp)},
	{"an edit returns a new modified but keeps the old one", "lost_update", afterwards(func(c *call) {
		c.key().modified = c.before().modified
	}, editOp)},
	{"an edit moves another key's modified", "side_effect", afterwards(func(c *call) { c.oldest().modified = c.now() }, editOp)},
	{"an edit gives the key a new uid", "wrong_key", storing(func(c *call, k *key) { k.uid = newUID("edited", c.nth) }, editOp)},
	{"an edit returns another uid", "wrong_key", showing(func(c *call, k object) { k["uid"] = c.other().uid }, editOp)},
	{"an edit makes a copy", "side_effect", afterwards(func(c *call) { c.add(newUID("copy", c.nth), c.key().name) }, editOp)},
	{"an edit deletes another key", "side_effect", afterwards(func(c *call) { c.account.remove(c.other().uid) }, editOp)},
	{"an edit works once for each key", "good_input_rejected", failing(conflict(), func(c *call) bool { return c.key().edited() }, editOp)},
	{"an edit to the name it has is rejected", "good_input_rejected", failing(conflict(), func(c *call) bool {
		name, _ := c.name()
		return name == c.key().name
	}, editOp)},
	{"an edit of an unknown key makes one", "use_after_delete", onFailure(404, func(c *call, r *response) {
		c.add(c.keyID, "")
		r.replace(edit(c, *c.key()))
	}, editOp)},
}

var deleteFaults = []fault{
	{"a delete deletes another key too", "side_effect", afterwards(func(c *call) { c.account.remove(c.other().uid) }, deleteOp)},
	{"a delete deletes another key instead", "use_after_delete", afterwards(func(c *call) { *c.other() = c.before() }, deleteOp)},
	{"a delete deletes the keys of the same name", "missing_after_create", afterwards(func(c *call) {
		c.account.keys = slices.DeleteFunc(c.account.keys, func(k key) bool { return k.name == c.before().name })
	}, deleteOp)},
	{"a delete returns another key", "wrong_key", showing(func(c *call, k object) { k["uid"] = c.oldest().uid }, deleteOp)},
	{"the first delete does nothing", "use_after_delete", afterwards(func(c *call) {
		if c.seen["deletes"]++; c.seen["deletes"] == 1 {
			c.account.keys = append(c.account.keys, c.before())
		}
	}, deleteOp)},
	{"deletes delete nothing", "use_after_delete", seeing(withDeletedKeys)},
	{"a deleted key is still in get", "use_after_delete", seeing(withDeletedKeys, getOp)},
	{"a deleted key is still in list", "use_after_delete", seeing(withDeletedKeys, listOp)},
	{"a deleted key can be edited", "use_after_delete", seeing(withDeletedKeys, editOp)},
	{"a deleted key can be deleted", "use_after_delete", seeing(withDeletedKeys, deleteOp)},
	{"a deleted key comes back with the next edit of it", "use_after_delete", all(seeing(withDeletedKeys, editOp), comingBack(editOp))},
	{"a deleted key comes back with the next create", "use_after_delete", comingBack(createOp)},
	{"a delete of a deleted key is a 429", "wrong_status", onFailure(404, with(failure(429, codeOther)), deleteOp)},
	{"a get of a deleted key is a 403", "wrong_status", onFailure(404, with(unauthorized()), getOp)},
	{"a get of a deleted key is a 400", "wrong_status", onFailure(404, with(failure(400, codeOther)), getOp)},
	{"a deleted key is rejected with the code for the token", "wrong_code", onFailure(404, with(failure(404, codeUnauthorized)))},
	{"a deleted key is rejected with the code for a route", "wrong_code", onFailure(404, with(unroutable()))},
	{"a delete is a 400", "good_input_rejected", failing(failure(400, codeOther), always, deleteOp)},
}

func withDeletedKeys(c *call) []key {
	return slices.Concat(c.account.keys, c.account.deleted(time.Time{}))
}

func comingBack(by string) plant {
	return around(func(c *call, next operation) *response {
		c.account.keys = withDeletedKeys(c)
		return next(c)
	}, by)
}

// What servers forget, or remember for too long.
var memoryFaults = []fault{
	{"an edit is undone by the next get", "lost_update", undoing(getOp)},
	{"an edit is undone by the next list", "lost_update", undoing(listOp)},
	{"an edit is undone by the next delete", "lost_update", undoing(deleteOp)},
	{"an edit is undone by the next create", "lost_update", undoing(createOp)},
	{"a second edit is lost", "lost_update", afterwards(func(c *call) {
		if was := c.before(); was.edited() {
			*c.key() = was
		}
	}, editOp)},
	{"a get repeats its first response", "lost_update", repeating(getOp)},
	{"a list repeats its first response with new keys", "use_after_delete", repeating(listOp)},
	{"a get is always one change behind", "use_after_delete", seeing(oneBehind, getOp)},
	{"a list is always one change behind", "use_after_delete", seeing(oneBehind, listOp)},
}

// asCreated returns the keys as they were created.
func asCreated(c *call) (keys []key) {
	for _, k := range c.account.keys {
		keys = append(keys, c.account.asCreated(k.uid))
	}
	return keys
}

// undoing lets an operation undo all edits before it starts.
func undoing(by string) plant {
	return around(func(c *call, next operation) *response {
		c.account.keys = asCreated(c)
		return next(c)
	}, by)
}

// repeating repeats the first success at a path once it shows new keys.
func repeating(operation string) plant {
	return func(s *server) {
		first := map[string]any{}
		onSuccess(func(c *call, r *response) {
			if kept, ok := first[c.keyID]; ok {
				r.body["result"] = kept
			} else if c.keyID != "" || len(c.account.states) > 2 {
				first[c.keyID] = r.body["result"]
			}
		}, operation)(s)
	}
}

func oneBehind(c *call) []key { return c.account.states[max(0, len(c.account.states)-2)].keys }
