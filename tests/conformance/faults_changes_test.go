package conformance_test

import (
	"slices"
	"time"
)

var editFaults = []fault{
	{"renames another key too", "side_effect", afterwards(func(c *call) { c.other().name = c.key().name })},
	{"renames nothing", "lost_update", afterwards(func(c *call) { *c.key() = c.before() })},
	{"renames nothing, and returns the old name", "wrong_name", storing(func(c *call, k *key) { k.name = c.before().name })},
	{"to an empty name keeps the name", "wrong_name", storing(func(c *call, k *key) {
		if k.name == "" {
			k.name = c.before().name
		}
	})},
	{"changes created", "inconsistent", storing(func(_ *call, k *key) { k.created = k.modified })},
	{"stores another created than it returns", "inconsistent", afterwards(func(c *call) { c.key().created = c.now() })},
	{"does not move modified", "wrong_time", storing(func(c *call, k *key) { k.modified = c.before().modified })},
	{"moves modified backwards", "wrong_time", storing(func(c *call, k *key) { k.modified = c.before().created.Add(-1) })},
	{"moves modified to another day", "wrong_time", storing(func(_ *call, k *key) { k.modified = k.modified.AddDate(0, 0, 1) })},
	{"stores the old modified", "lost_update", afterwards(func(c *call) { c.key().modified = c.before().modified })},
	{"moves another key's modified", "side_effect", afterwards(func(c *call) { c.oldest().modified = c.now() })},
	{"gives the key a new uid", "wrong_key", storing(func(c *call, k *key) { k.uid = newUID("edited", c.nth) })},
	{"returns another uid", "wrong_key", showing(func(c *call, k object) { k["uid"] = c.other().uid })},
	{"makes a copy", "side_effect", afterwards(func(c *call) { c.add(newUID("copy", c.nth), c.key().name) })},
	{"deletes another key", "side_effect", afterwards(func(c *call) { c.account.remove(c.other().uid) })},
	{"works once for each key", "good_input_rejected", returning(failure(409), func(c *call) bool { return c.key().edited() })},
	{"to the name it has is rejected", "good_input_rejected", returning(failure(409), func(c *call) bool {
		name, _ := c.name()
		return name == c.key().name
	})},
	{"of an unknown key makes one", "use_after_delete", onFailure(404, func(c *call, r *response) {
		c.add(c.keyID, "")
		r.replace(edit(c, *c.key()))
	})},
}

var deleteFaults = []fault{
	{"deletes another key too", "side_effect", afterwards(func(c *call) { c.account.remove(c.other().uid) })},
	{"deletes another key instead", "use_after_delete", afterwards(func(c *call) { *c.other() = c.before() })},
	{"deletes the keys of the same name", "missing_after_create", afterwards(func(c *call) {
		c.account.keys = slices.DeleteFunc(c.account.keys, func(k key) bool { return k.name == c.before().name })
	})},
	{"returns another key", "wrong_key", showing(func(c *call, k object) { k["uid"] = c.oldest().uid })},
	{"does nothing the first time", "use_after_delete", afterwards(func(c *call) {
		if c.seen["deletes"]++; c.seen["deletes"] == 1 {
			c.account.keys = append(c.account.keys, c.before())
		}
	})},
	{"never does anything", "use_after_delete", seeing(withDeletedKeys, documentedOps...)},
	{"hides later keys from lists", "use_after_delete", all(
		around(func(c *call, next operation) *response {
			if c.nth > 3 { // after the calls that are about the first key
				c.seen[c.keyID]++
				next = found(get)
			}
			return next(c)
		}),
		seeing(func(c *call) []key { return slices.DeleteFunc(slices.Clone(c.account.keys), c.isDeleted) }, listOp),
	)},
	{"leaves the key in gets", "use_after_delete", seeing(withDeletedKeys, getOp)},
	{"leaves the key in lists", "use_after_delete", seeing(withDeletedKeys, listOp)},
	{"leaves the key to edits", "use_after_delete", seeing(withDeletedKeys, editOp)},
	{"succeeds for a deleted key", "use_after_delete", seeing(withDeletedKeys)},
	{"is undone by an edit", "use_after_delete", all(seeing(withDeletedKeys, editOp), comingBack(editOp))},
	{"is undone by a create", "use_after_delete", comingBack(createOp)},
	{"of a deleted key has the code for a token", "wrong_code", onFailure(404, with(failure(404, codeUnauthorized)))},
	{"of a deleted key is a 429", "wrong_status", onFailure(404, with(failure(429)))},
	{"makes gets a 403", "wrong_status", onFailure(404, with(failure(403)), getOp)},
	{"is a 400", "good_input_rejected", returning(failure(400), always)},
}

func withDeletedKeys(c *call) []key {
	return slices.Concat(c.account.keys, c.account.deleted(time.Time{}))
}

// isDeleted reports whether a delete has hidden the key.
func (s *server) isDeleted(k key) bool { return s.seen[k.uid] > 0 }

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
	{"a get is always one change behind", "use_after_delete", seeing(oneBehind, getOp)},
	{"a list is always one change behind", "use_after_delete", seeing(oneBehind, listOp)},
}

func asCreated(c *call) []key { return c.account.unedited(time.Time{}) }

// undoing lets an operation undo all edits before it starts.
func undoing(by string) plant {
	return around(func(c *call, next operation) *response {
		c.account.keys = asCreated(c)
		return next(c)
	}, by)
}

func oneBehind(c *call) []key { return c.account.states[max(0, len(c.account.states)-2)].keys }
