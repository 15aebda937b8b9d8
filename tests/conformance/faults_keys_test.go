package conformance_test

import "slices"

var createFaults = []fault{
	{"a create returns the uid of another key", "uid_reused", showing(func(c *call, k object) { k["uid"] = c.oldest().uid }, createOp)},
	{"a create returns the uid of the key before", "uid_reused", showing(func(c *call, k object) {
		if uid := c.other().uid; !c.seeded[uid] {
			k["uid"] = uid
		}
	}, createOp)},
	{"a create returns a uid that no key has", "missing_after_create", showing(func(c *call, k object) {
		k["uid"] = newUID("nobody", c.nth)
	}, createOp)},
	{"a create makes two keys", "side_effect", afterwards(func(c *call) { c.add(newUID("twin", c.nth), c.key().name) }, createOp)},
	{"a create makes nothing", "missing_after_create", afterwards(func(c *call) { c.account.remove(c.keyID) }, createOp)},
	{"every second create makes nothing", "missing_after_create", afterwards(func(c *call) {
		if c.nth%2 == 0 {
			c.account.remove(c.keyID)
		}
	}, createOp)},
	{"a create replaces the newest key", "not_in_list", afterwards(func(c *call) {
		if uid := c.other().uid; !c.seeded[uid] {
			c.account.remove(uid)
		}
	}, createOp)},
	{"a create renames the other keys", "side_effect", afterwards(func(c *call) {
		for _, other := range c.others() {
			other.name = c.key().name
		}
	}, createOp)},
	{"a create ignores the name", "wrong_name", storing(func(_ *call, _ key, k *key) { k.name = "" }, createOp)},
	{"a create stores the name of the key before", "wrong_key", afterwards(func(c *call) { c.key().name = c.other().name }, createOp)},
	{"a create rejects a name in use", "good_input_rejected", failing(conflict(), func(c *call) bool {
		name, ok := c.name()
		return ok && c.named(name) != nil
	}, createOp)},
	{"a create with a name in use returns the key that has it", "uid_reused", around(func(c *call, next operation) *response {
		name, ok := c.name()
		k := c.named(name)
		if k == nil || !ok {
			return next(c)
		}
		shown := c.show(c, *k)
		shown["key"] = k.secret
		return success(201, shown)
	}, createOp)},
}

// named returns another key with the name, or nil.
func (c *call) named(name string) *key {
	others := c.others()
	i := slices.IndexFunc(others, func(k *key) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	return others[i]
}

var getFaults = []fault{
	{"a get returns the newest other key", "wrong_key", returning(func(c *call) *key { return c.other() })},
	{"a get returns the oldest key", "wrong_key", returning(func(c *call) *key { return c.oldest() })},
	{"a get returns another name", "wrong_key", showing(func(c *call, k object) { k["name"] = c.oldest().name }, getOp)},
	{"a get moves modified", "inconsistent", around(func(c *call, next operation) *response {
		c.key().modified = c.now()
		return next(c)
	}, getOp)},
	{"a get deletes the key", "not_in_list", afterwards(func(c *call) { c.account.remove(c.keyID) }, getOp)},
	{"a get does not see edits", "lost_update", showing(func(c *call, k object) { k["name"] = c.account.asCreated(c.keyID).name }, getOp)},
	{"a get shows created as modified", "lost_update", showing(func(_ *call, k object) { k["modified"] = k["created"] }, getOp)},
	{"a get swaps created and modified", "inconsistent", showing(func(_ *call, k object) {
		k["created"], k["modified"] = k["modified"], k["created"]
	}, getOp)},
	{"every second get is a 404", "missing_after_create", failing(notFound(), func(c *call) bool { return c.nth%2 == 0 }, getOp)},
	{"a get never finds a key", "missing_after_create", failing(notFound(), always, getOp)},
	{"a get returns an empty key for any id", "use_after_delete", onFailure(404, func(c *call, r *response) {
		r.replace(success(200, c.show(c, key{uid: c.keyID})))
	}, getOp)},
	{"a get hides keys with an empty name", "missing_after_create", hiding(func(k key) bool { return k.name == "" }, getOp)},
}

func returning(choose func(*call) *key) plant {
	return onSuccess(func(c *call, r *response) { r.body["result"] = c.show(c, *choose(c)) }, getOp)
}

// What is wrong when several calls are in progress.
var crowdFaults = []fault{
	{"creates at once share a uid", "uid_reused", crowded(func(c *call, r *response) {
		r.results()[0]["uid"] = c.other().uid
		c.account.remove(c.keyID)
	}, createOp)},
	{"creates at once return the same uid", "uid_reused", crowded(func(_ *call, r *response) {
		r.results()[0]["uid"] = newUID("crowd", 0)
	}, createOp)},
	{"creates at once share a secret", "weak_secret", crowded(func(_ *call, r *response) { r.results()[0]["key"] = digest("crowd", 0) }, createOp)},
	{"creates at once lose a key", "missing_after_create", crowded(func(c *call, _ *response) {
		if c.crowd == 3 {
			c.account.remove(c.keyID)
		}
	}, createOp)},
	{"creates at once make a key twice", "side_effect", crowded(func(c *call, _ *response) { c.add(newUID("crowd", c.nth), c.key().name) }, createOp)},
	{"creates at once mix up their names", "wrong_name", crowded(func(c *call, r *response) {
		c.key().name = c.other().name
		r.results()[0]["name"] = c.key().name
	}, createOp)},
	{"creates at once fail", "status", crowded(with(crash()), createOp)},
	{"gets at once return another key", "wrong_key", crowded(func(c *call, r *response) { r.body["result"] = c.show(c, *c.other()) }, getOp)},
	{"gets at once return another name", "inconsistent", crowded(func(c *call, r *response) { r.results()[0]["name"] = c.other().name }, getOp)},
	{"gets at once are a 404", "missing_after_create", crowded(with(notFound()), getOp)},
	{"gets at once fail", "status", crowded(with(crash()), getOp)},
	{"calls at once break connections", "no_response", crowded(func(c *call, r *response) {
		if c.crowd == 2 {
			lost(c, r)
		}
	})},
}

// crowded changes the responses to calls that are made at the same time as others.
func crowded(f func(*call, *response), operations ...string) plant {
	return onSuccess(func(c *call, r *response) {
		if c.crowd > 1 {
			f(c, r)
		}
	}, operations...)
}
