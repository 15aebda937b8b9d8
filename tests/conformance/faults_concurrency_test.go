package conformance_test

import "net/http"

// What goes wrong when several calls are under way.
var concurrencyFaults = []scenario{
	{"creates at once share a uid", crowded(func(c *call, a *answer) {
		a.results()[0]["uid"] = c.others()[1].uid
		c.account.remove(c.created().uid)
	}, createOp)},
	{"creates at once answer with the same uid", crowded(func(_ *call, a *answer) {
		a.results()[0]["uid"] = digest("crowd", 0)[:32]
	}, createOp)},
	{"creates at once share a secret", crowded(func(_ *call, a *answer) { a.results()[0]["key"] = digest("crowd", 0) }, createOp)},
	{"creates at once lose a key", crowded(func(c *call, _ *answer) {
		if c.crowd == 3 {
			c.account.remove(c.created().uid)
		}
	}, createOp)},
	{"creates at once lose all keys but one", crowded(func(c *call, _ *answer) { c.account.remove(c.created().uid) }, createOp)},
	{"creates at once make a key twice", crowded(func(c *call, _ *answer) {
		twin := *c.created()
		twin.uid = digest("crowd", c.nth)[:32]
		c.account.keys = append(c.account.keys, twin)
	}, createOp)},
	{"creates at once mix their names up", crowded(func(c *call, a *answer) {
		c.created().name = c.others()[1].name
		a.results()[0]["name"] = c.created().name
	}, createOp)},
	{"creates at once fail", crowded(crash, createOp)},
	{"gets at once answer with another key", crowded(func(c *call, a *answer) {
		a.results()[0]["uid"], a.results()[0]["name"] = c.created().uid, c.created().name
	}, getOp)},
	{"gets at once answer with another name", crowded(func(c *call, a *answer) {
		a.results()[0]["name"] = c.other().name
	}, getOp)},
	{"gets at once answer 404", crowded(func(_ *call, a *answer) { a.replace(notFound()) }, getOp)},
	{"gets at once fail", crowded(crash, getOp)},
	{"calls at once break connections", crowded(func(c *call, _ *answer) {
		if c.crowd == 2 {
			panic(http.ErrAbortHandler)
		}
	})},
}

// crowded changes calls that others are under way with.
func crowded(f func(*call, *answer), operations ...string) func(*server) {
	return onSuccess(func(c *call, a *answer) {
		if c.crowd > 1 {
			f(c, a)
		}
	}, operations...)
}
