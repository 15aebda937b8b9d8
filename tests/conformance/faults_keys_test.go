package conformance_test

var createFaults = []fault{
	{"a create returns the uid of another key", "uid_reused", showing(func(c *call, k object) { k["uid"] = c.oldest().uid }, createOp)},
	{"a create returns the uid of the key before", "uid_reused", showing(func(c *call, k object) {
		if uid := c.other().uid; !c.seeded[uid] {
			k["uid"] = uid
		}
	}, createOp)},
	{"a create returns a uid that no key has", "not_in_list", setting("uid", newUID("nobody", 0), createOp)},
	{"a create makes two keys", "side_effect", afterwards(func(c *call) { c.add(newUID("twin", c.nth), c.key().name) }, createOp)},
	{"a create makes nothing", "missing_after_create", afterwards(func(c *call) { c.account.remove(c.keyID) }, createOp)},
	{"a create replaces the newest key", "not_in_list", afterwards(func(c *call) {
		if uid := c.other().uid; !c.seeded[uid] {
			c.account.remove(uid)
		}
	}, createOp)},
	{"a create renames another key", "side_effect", afterwards(func(c *call) { c.oldest().name = c.key().name }, createOp)},
	{"a create ignores the name", "wrong_name", storing(func(_ *call, k *key) { k.name = "" }, createOp)},
	{"a create stores the name of another key", "wrong_key", afterwards(func(c *call) { c.key().name = c.other().name }, createOp)},
	{"a create rejects a name in use", "good_input_rejected", failing(conflict(), (*call).isNameInUse, createOp)},
	{"a create with a name in use returns the key that has it", "uid_reused", around(func(c *call, next operation) *response {
		if !c.isNameInUse() {
			return next(c)
		}
		shown := c.show(c, *c.other())
		shown["key"] = c.other().secret
		return success(201, shown)
	}, createOp)},
}

func (c *call) isNameInUse() bool {
	for _, other := range c.others() {
		if name, ok := c.name(); ok && other.name == name {
			return true
		}
	}
	return false
}

var getFaults = []fault{
	{"a get returns another key", "wrong_key", onSuccess(func(c *call, r *response) { r.body["result"] = c.show(c, *c.other()) }, getOp)},
	{"a get returns another name", "wrong_key", showing(func(c *call, k object) { k["name"] = c.oldest().name }, getOp)},
	{"a get moves modified", "inconsistent", onAny(func(c *call, _ *response) { c.key().modified = c.now() }, getOp)},
	{"a get deletes the key", "not_in_list", afterwards(func(c *call) { c.account.remove(c.keyID) }, getOp)},
	{"a get does not see edits", "lost_update", seeing(asCreated, getOp)},
	{"a get shows created as modified", "lost_update", showing(func(_ *call, k object) { k["modified"] = k["created"] }, getOp)},
	{"a get shows modified as created", "inconsistent", showing(func(_ *call, k object) { k["created"] = k["modified"] }, getOp)},
	{"every second get is a 404", "missing_after_create", failing(notFound(), func(c *call) bool { return c.nth%2 == 0 }, getOp)},
	{"a get never finds a key", "missing_after_create", failing(notFound(), always, getOp)},
	{"a get finds a key for any id", "use_after_delete", onFailure(404, func(c *call, r *response) {
		r.replace(success(200, c.show(c, key{uid: c.keyID})))
	}, getOp)},
	{"a get hides keys with an empty name", "missing_after_create", hiding(func(k key) bool { return k.name == "" }, getOp)},
}

// What is wrong when several calls are in progress.
var crowdFaults = []fault{
	{"creates at once share a uid", "uid_reused", crowded(func(c *call, r *response) {
		r.results()[0]["uid"] = c.other().uid
		c.account.remove(c.keyID)
	}, createOp)},
	{"creates at once share a secret", "weak_secret", crowded(func(_ *call, r *response) { r.results()[0]["key"] = digest("crowd", 0) }, createOp)},
	{"creates at once lose a key", "missing_after_create", crowded(func(c *call, _ *response) {
		if c.crowd == 3 {
			c.account.remove(c.keyID)
		}
	}, createOp)},
	{"creates at once make a key twice", "side_effect", crowded(func(c *call, _ *response) {
		c.add(newUID("crowd", c.nth), c.key().name)
	}, createOp)},
	{"creates at once mix up their names", "wrong_name", storing(func(c *call, k *key) {
		if c.crowd > 1 {
			k.name = c.other().name
		}
	}, createOp)},
	{"creates at once fail", "status", crowded(with(crash()), createOp)},
	{"gets at once return another key", "wrong_key", crowded(func(c *call, r *response) { r.body["result"] = c.show(c, *c.other()) }, getOp)},
	{"gets at once return another name", "inconsistent", crowded(func(c *call, r *response) { r.results()[0]["name"] = c.other().name }, getOp)},
	{"gets at once are a 404", "missing_after_create", crowded(with(notFound()), getOp)},
	{"edits at once lose an edit", "lost_update", crowded(func(c *call, _ *response) { c.key().name = c.before().name }, editOp)},
	{"deletes at once delete nothing", "use_after_delete", crowded(func(c *call, _ *response) {
		c.account.keys = append(c.account.keys, c.before())
	}, deleteOp)},
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
