package conformance_test

import (
	"slices"
	"strings"
	"time"
)

var listFaults = []fault{
	{"a list drops the first key", "not_in_list", all(holding(0, ""), // a key that was never shown is not missed
		listing(func(keys []object) []object { return keys[min(1, len(keys)):] }))},
	{"a list drops the last key", "not_in_list", listing(func(keys []object) []object { return keys[:max(0, len(keys)-1)] })},
	{"a list drops another key later", "side_effect", onSuccess(func(c *call, r *response) {
		r.body["result"] = r.results()[min(1, c.nth-1):]
	}, listOp)},
	{"a list repeats the last key", "list_repeats", listing(func(keys []object) []object {
		return append(keys, keys[max(0, len(keys)-1):]...)
	})},
	{"a list is always empty", "not_in_list", listing(func([]object) []object { return []object{} })},
	{"a list ends after 25 keys", "not_in_list", all(holding(25, "somebody else's"), ending(25))},
	{"a list shows only what was there at the start", "not_in_list", seeing(func(c *call) []key { return c.account.states[0].keys }, listOp)},
	{"a list shows names as they were created", "lost_update", showing(func(c *call, k object) {
		k["name"] = c.account.asCreated(k["uid"].(string)).name
	}, listOp)},
	{"a list shows created as modified", "lost_update", showing(func(_ *call, k object) { k["modified"] = k["created"] }, listOp)},
	{"a list shows its own time as modified", "side_effect", showing(func(c *call, k object) { k["modified"] = c.timestamp(c.now()) }, listOp)},
	{"a list hides keys with an empty name", "not_in_list", hiding(func(k key) bool { return k.name == "" }, listOp)},
	{"a list hides edited keys", "not_in_list", hiding(key.edited, listOp)},
	{"a list shows one of the keys that share a name", "not_in_list", listing(func(keys []object) []object {
		return slices.CompactFunc(keys, func(a, b object) bool { return a["name"] == b["name"] })
	})},
	{"a list swaps the names of the last two keys", "side_effect", listing(func(keys []object) []object {
		if n := len(keys); n > 1 {
			keys[n-1]["name"], keys[n-2]["name"] = keys[n-2]["name"], keys[n-1]["name"]
		}
		return keys
	})},
	{"a list truncates uids", "not_in_list", showing(func(_ *call, k object) {
		k["uid"] = k["uid"].(string)[:16] + strings.Repeat("0", 16)
	}, listOp)},
	{"a list of an account with keys is a 404", "good_input_rejected", onSuccess(with(notFound()), listOp)},
	{"a list of an account without keys is a 404", "good_input_rejected", all(holding(0, ""), ofNoKeys(with(notFound())))},
	{"a list of no keys is null", "nullable", all(holding(0, ""), ofNoKeys(func(_ *call, r *response) { r.body["result"] = nil }))},
	{"a list renames the newest key", "side_effect", afterwards(func(c *call) { c.other().name += " (listed)" }, listOp)},
	{"a list deletes the keys of the last hour", "missing_after_create", afterwards(func(c *call) {
		c.account.keys = slices.DeleteFunc(c.account.keys, func(k key) bool { return time.Since(k.created) < time.Hour })
	}, listOp)},
	{"every second list is a 500", "status", failing(crash(), func(c *call) bool { return c.nth%2 == 0 }, listOp)},
}

var thoroughListFaults = []fault{
	{"a list ends after ten keys", "not_in_list", ending(10)},
	{"a list ends after twenty keys", "not_in_list", ending(20)},
	{"a list shows a key that no get finds", "missing_after_create", listing(func(keys []object) []object {
		ghost := object{"uid": newUID("ghost", 0), "name": "ghost", "created": "2014-01-01T05:20:00Z", "modified": "2014-01-01T05:20:00Z"}
		return append(keys, ghost)
	})},
	{"a key vanishes after its third get", "not_in_list", afterwards(func(c *call) {
		if c.seen[c.keyID]++; c.seen[c.keyID] == 3 {
			c.account.remove(c.keyID)
		}
	}, getOp)},
	{"a key vanishes after the second list", "not_in_list", afterwards(func(c *call) {
		c.account.keys = slices.DeleteFunc(c.account.keys, func(k key) bool {
			c.seen[k.uid]++
			return c.seen[k.uid] > 2 && !c.seeded[k.uid]
		})
	}, listOp)},
}

// ending ends lists after so many keys.
func ending(n int) plant {
	return listing(func(keys []object) []object { return keys[:min(n, len(keys))] })
}

func ofNoKeys(change func(*call, *response)) plant {
	return onSuccess(func(c *call, r *response) {
		if len(r.results()) == 0 {
			change(c, r)
		}
	}, listOp)
}

// What servers forget, or remember for too long.
var memoryFaults = []fault{
	{"an edit is undone by the next get", "lost_update", undoing(getOp)},
	{"an edit is undone by the next list", "lost_update", undoing(listOp)},
	{"an edit is undone by the next delete", "lost_update", undoing(deleteOp)},
	{"an edit is undone by the next create", "lost_update", undoing(createOp)},
	{"a second edit is lost", "lost_update", afterwards(func(c *call) {
		if was, _ := c.before(); was.edited() {
			*c.key() = was
		}
	}, editOp)},
	{"a key vanishes after an edit", "missing_after_create", afterwards(func(c *call) { c.account.remove(c.keyID) }, editOp)},
	{"a get repeats its first response", "lost_update", repeating(getOp)},
	{"a list repeats its first response with new keys", "use_after_delete", repeating(listOp)},
	{"a get is always one change behind", "use_after_delete", seeing(oneBehind, getOp)},
	{"a list is always one change behind", "use_after_delete", seeing(oneBehind, listOp)},
}

// undoing lets an operation undo the edits of all keys before it starts.
func undoing(by string) plant {
	return around(func(c *call, next operation) *response {
		for i, k := range c.account.keys {
			if k.edited() {
				c.account.keys[i] = c.account.asCreated(k.uid)
			}
		}
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

func oneBehind(c *call) []key {
	states := c.account.states
	return states[max(0, len(states)-2)].keys
}
