package conformance_test

import (
	"slices"
	"time"
)

var listFaults = []fault{
	{"drops the first key", "not_in_list", all(holding(0, ""), // a key that was never shown is not missed
		listing(func(keys []object) []object { return keys[min(1, len(keys)):] }))},
	{"drops another key later", "side_effect", onSuccess(func(c *call, r *response) {
		r.body["result"] = r.results()[min(1, c.nth-1):]
	})},
	{"repeats the last key", "list_repeats", listing(func(keys []object) []object { return append(keys, keys[len(keys)-1]) })},
	{"ends after 25 keys", "not_in_list", all(holding(25, "somebody else's"), ending(25))},
	{"does not see edits", "lost_update", seeing(asCreated)},
	{"shows created as modified", "lost_update", showing(func(_ *call, k object) { k["modified"] = k["created"] })},
	{"shows its own time as modified", "side_effect", showing(func(c *call, k object) { k["modified"] = c.timestamp(c.now()) })},
	{"hides keys with an empty name", "not_in_list", hiding(func(k key) bool { return k.name == "" })},
	{"hides edited keys", "not_in_list", hiding(key.edited)},
	{"shows one of the keys that share a name", "not_in_list", listing(func(keys []object) []object {
		return slices.CompactFunc(keys, func(a, b object) bool { return a["name"] == b["name"] })
	})},
	{"of an account without keys is a 404", "good_input_rejected", all(holding(0, ""), ofNoKeys(with(failure(404))))},
	{"of no keys is null", "nullable", all(holding(0, ""), ofNoKeys(func(_ *call, r *response) { r.body["result"] = nil }))},
	{"renames the newest key", "side_effect", afterwards(func(c *call) { c.other().name += " (listed)" })},
	{"deletes the keys of the last hour", "missing_after_create", afterwards(func(c *call) {
		c.account.keys = slices.DeleteFunc(c.account.keys, func(k key) bool { return time.Since(k.created) < time.Hour })
	})},
	{"every second list is a 500", "status", returning(failure(500), func(c *call) bool { return c.nth%2 == 0 })},
}

var thoroughListFaults = []fault{
	{"ends after ten keys", "not_in_list", ending(10)},
	{"ends after twenty keys", "not_in_list", ending(20)},
	{"shows a key that no get finds", "missing_after_create", seeing(func(c *call) []key {
		return append(slices.Clone(c.account.keys), key{uid: newUID("ghost", 0)})
	})},
	{"a key vanishes after its third get", "not_in_list", afterwards(func(c *call) {
		if c.seen[c.keyID]++; c.seen[c.keyID] == 3 {
			c.account.remove(c.keyID)
		}
	}, getOp)},
	{"a key vanishes after the second list", "not_in_list", afterwards(func(c *call) {
		for _, k := range slices.Clone(c.account.keys) {
			if c.seen[k.uid]++; c.seen[k.uid] > 2 && !c.seeded[k.uid] {
				c.account.remove(k.uid)
			}
		}
	})},
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
