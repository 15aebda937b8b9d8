package conformance_test

import "slices"

var createFaults = []fault{
	{"returns the uid of another key", "uid_reused", showing(func(c *call, k object) { k["uid"] = c.oldest().uid })},
	{"returns the uid of a key of the run", "uid_reused", showing(func(c *call, k object) { k["uid"] = c.previous().uid })},
	{"returns a uid that no key has", "not_in_list", setting("uid", newUID("nobody", 0))},
	{"makes two keys", "side_effect", afterwards(func(c *call) { c.add(newUID("twin", c.nth), c.key().name) })},
	{"makes nothing", "missing_after_create", afterwards(func(c *call) { c.account.remove(c.keyID) })},
	{"reuses the uid of a deleted key", "uid_reused", storing(func(c *call, k *key) {
		for _, deleted := range c.account.deleted(c.started) {
			k.uid = deleted.uid
		}
	})},
	{"renames another key", "side_effect", afterwards(func(c *call) { c.oldest().name = c.key().name })},
	{"ignores the name", "wrong_name", storing(func(_ *call, k *key) { k.name = "" })},
	{"stores the name of another key", "inconsistent", afterwards(func(c *call) { c.key().name = c.other().name })},
	{"rejects a name in use", "good_input_rejected", returning(failure(409), (*call).isNameInUse)},
}

// previous returns the newest of the run's other keys, or its only one.
func (c *call) previous() *key {
	if other := c.other(); !c.seeded[other.uid] {
		return other
	}
	return c.key()
}

func (c *call) isNameInUse() bool {
	name, ok := c.name()
	return ok && slices.ContainsFunc(c.account.keys, func(k key) bool { return k.name == name && k.uid != c.keyID })
}

var getFaults = []fault{
	{"returns another key", "wrong_key", onSuccess(anotherKey)},
	{"returns another name", "inconsistent", showing(func(c *call, k object) { k["name"] = c.oldest().name })},
	{"moves modified", "inconsistent", onAny(func(c *call, _ *response) { c.key().modified = c.now() })},
	{"deletes the key", "not_in_list", afterwards(func(c *call) { c.account.remove(c.keyID) })},
	{"does not see edits", "lost_update", seeing(asCreated)},
	{"shows created as modified", "lost_update", showing(func(_ *call, k object) { k["modified"] = k["created"] })},
	{"shows modified as created", "inconsistent", showing(func(_ *call, k object) { k["created"] = k["modified"] })},
	{"is a 404 every second time", "missing_after_create", returning(failure(404), func(c *call) bool { return c.nth%2 == 0 })},
	{"finds a key for any id", "use_after_delete", onFailure(404, func(c *call, r *response) {
		r.replace(success(200, c.show(key{uid: c.keyID})))
	})},
	{"hides keys with an empty name", "missing_after_create", hiding(func(k key) bool { return k.name == "" })},
}

func anotherName(c *call, r *response) { r.results()[0]["name"] = c.other().name }

func anotherKey(c *call, r *response) { r.body["result"] = c.show(*c.other()) }

var listFaults = []fault{
	{"drops the first key", "not_in_list", all(withKeys(0, ""), // a key that was never shown is not missed
		listing(func(keys []object) []object { return keys[min(1, len(keys)):] }))},
	{"repeats the last key", "list_repeats", listing(func(keys []object) []object { return append(keys, keys[len(keys)-1]) })},
	{"ends after 25 keys", "not_in_list", all(withKeys(25, "somebody else's"), ending(25))},
	{"does not see edits", "lost_update", seeing(asCreated)},
	{"shows created as modified", "lost_update", showing(func(_ *call, k object) { k["modified"] = k["created"] })},
	{"shows its own time as modified", "side_effect", showing(func(c *call, k object) { k["modified"] = c.timestamp(c.now()) })},
	{"hides keys with an empty name", "not_in_list", hiding(func(k key) bool { return k.name == "" })},
	{"hides edited keys", "not_in_list", hiding(key.edited)},
	{"shows one of the keys that share a name", "not_in_list", listing(func(keys []object) []object {
		return slices.CompactFunc(keys, func(a, b object) bool { return a["name"] == b["name"] })
	})},
	{"of an account without keys is a 404", "good_input_rejected", all(withKeys(0, ""), ofNoKeys(with(failure(404))))},
	{"of no keys is null", "nullable", all(withKeys(0, ""), ofNoKeys(func(_ *call, r *response) { r.body["result"] = nil }))},
	{"renames the newest key", "side_effect", afterwards(func(c *call) { c.other().name += " (listed)" })},
	{"is a 500 every second time", "status", returning(failure(500), func(c *call) bool { return c.nth%2 == 0 })},
}

var thoroughListFaults = []fault{
	{"ends after ten keys", "not_in_list", ending(10)},
	{"a key vanishes after its third get", "not_in_list", afterwards(func(c *call) {
		if c.seen[c.keyID]++; c.seen[c.keyID] == 3 {
			c.account.remove(c.keyID)
		}
	}, getOp)},
}

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

var thoroughCreateFaults = []fault{
	{"makes room", "limit_not_enforced", all(withKeys(maxKeys-2, "one of many"), around(func(c *call, next operation) *response {
		c.account.keys = c.account.keys[max(0, len(c.account.keys)-maxKeys+1):]
		return next(c)
	}))},
}

// What is wrong with calls that are made at the same time as others.
var crowdFaults = []fault{
	{"creates share a uid", "uid_reused", crowded(func(c *call, r *response) {
		r.results()[0]["uid"] = c.other().uid
		c.account.remove(c.keyID)
	}, createOp)},
	{"creates share a secret", "weak_secret", crowded(sharedSecret, createOp)},
	{"creates lose a key", "missing_after_create", crowded(func(c *call, _ *response) { c.account.remove(c.keyID) }, createOp)},
	{"creates make two keys", "side_effect", crowded(func(c *call, _ *response) { c.add(newUID("", c.nth), "two") }, createOp)},
	{"creates mix up their names", "wrong_name", crowded(anotherName, createOp)},
	{"creates fail", "status", crowded(with(failure(500)), createOp)},
	{"gets return another key", "wrong_key", crowded(anotherKey, getOp)},
	{"gets return another name", "inconsistent", crowded(anotherName, getOp)},
	{"gets are a 404", "missing_after_create", crowded(with(failure(404)), getOp)},
	{"edits are lost", "lost_update", crowded(func(c *call, _ *response) { c.key().name = c.before().name }, editOp)},
	{"deletes delete nothing", "use_after_delete", crowded(func(c *call, _ *response) { *c.other() = c.before() }, deleteOp)},
	{"calls break connections", "no_response", crowded(lost, createOp)},
}

func sharedSecret(_ *call, r *response) { r.results()[0]["key"] = digest("crowd", 0) }

func crowded(f func(*call, *response), operations ...string) plant {
	return onSuccess(func(c *call, r *response) {
		if c.crowd > 1 {
			f(c, r)
		}
	}, operations...)
}
