package conformance_test

import "slices"

// What servers forget, or remember for too long.
var memoryFaults = []scenario{
	{"an edit is undone by the next get", undoing(getOp)},
	{"an edit is undone by the next list", undoing(listOp)},
	{"an edit is undone by the next delete", undoing(deleteOp)},
	{"an edit is undone by the next create", undoing(createOp)},
	{"a second edit is lost", onSuccess(func(c *call, _ *answer) {
		if before, _ := c.before(c.keyID); before.modified.After(before.created) {
			*c.edited() = before
		}
	}, editOp)},
	{"a key vanishes after its third get", func(s *server) {
		gets := map[string]int{}
		onSuccess(func(c *call, _ *answer) {
			if gets[c.keyID]++; gets[c.keyID] == 3 {
				c.account.remove(c.keyID)
			}
		}, getOp)(s)
	}},
	{"a key vanishes when it has been edited", onSuccess(func(c *call, _ *answer) { c.account.remove(c.keyID) }, editOp)},
	{"a key vanishes when it has been listed twice", func(s *server) {
		lists := map[string]int{}
		onSuccess(func(c *call, _ *answer) {
			c.account.keys = slices.DeleteFunc(c.account.keys, func(k key) bool {
				lists[k.uid]++
				return lists[k.uid] > 2 && !s.seeded[k.uid]
			})
		}, listOp)(s)
	}},
	{"get remembers its first answer", remembering(getOp)},
	{"list remembers its first answer with keys of the day", remembering(listOp)},
	{"get is always one change behind", oneBehind(getOp)},
	{"list is always one change behind", oneBehind(listOp)},
	{"list stops after 25 keys", func(s *server) {
		holding(25, "somebody else's")(s)
		listed(func(keys []object) []object { return keys[:min(25, len(keys))] })(s)
	}},
}

// undoing lets an operation take back the last edit before it starts.
func undoing(name string) func(*server) {
	return func(s *server) {
		s.around(func(c *call, next operation) *answer {
			for i, k := range c.account.keys {
				if k.modified.After(k.created) {
					c.account.keys[i] = c.account.asCreated(k.uid)
				}
			}
			return next(c)
		}, name)
	}
}

// asCreated returns the key in its first state.
func (a *account) asCreated(uid string) key {
	for _, past := range a.states {
		if i := slices.IndexFunc(past.keys, func(k key) bool { return k.uid == uid }); i >= 0 {
			return past.keys[i]
		}
	}
	return key{uid: uid}
}

// remembering repeats the first success to a path as soon as that shows a key of the day.
func remembering(operation string) func(*server) {
	return func(s *server) {
		first := map[string]any{}
		onSuccess(func(c *call, a *answer) {
			if kept, ok := first[c.keyID]; ok {
				a.body["result"] = kept
			} else if c.account.index(c.keyID) >= 0 || len(c.account.states) > 2 {
				first[c.keyID] = a.body["result"]
			}
		}, operation)(s)
	}
}

func oneBehind(operation string) func(*server) {
	return func(s *server) {
		s.view = func(c *call) []key {
			if states := c.account.states; c.operation == operation && len(states) > 1 {
				return states[len(states)-2].keys
			}
			return c.account.keys
		}
	}
}
