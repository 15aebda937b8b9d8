package conformance_test

import (
	"net/http"
	"slices"
)

// A plant makes a server differ from the reference. In this file are the ways to plant a fault: in the calls of the
// operations named, or in those that the fault is about if none is.
type plant = func(*server)

// orAll returns the operations or, if there are none, those that the fault is about.
func (s *server) orAll(operations []string) []string {
	switch {
	case len(operations) > 0:
		return operations
	case len(s.about) > 0:
		return s.about
	}
	return documentedOps
}

func all(plants ...plant) plant {
	return func(s *server) {
		for _, plant := range plants {
			plant(s)
		}
	}
}

// around serves authorized calls in place of the operation.
func around(f func(c *call, next operation) *response, operations ...string) plant {
	return func(s *server) {
		for _, name := range s.orAll(operations) {
			next := s.operations[name]
			s.operations[name] = func(c *call) *response { return f(c, next) }
		}
	}
}

// returning returns another response to some authorized calls.
func returning(with *response, when func(*call) bool, operations ...string) plant {
	return around(func(c *call, next operation) *response {
		if when(c) {
			return with.clone()
		}
		return next(c)
	}, operations...)
}

// instead responds to some calls before anything is checked.
func instead(with *response, when func(*call) bool) plant {
	return func(s *server) {
		otherwise := s.instead
		s.instead = func(c *call) *response {
			if when(c) {
				return with.clone()
			}
			return otherwise(c)
		}
	}
}

func always(*call) bool { return true }

// onAny changes responses, failures too.
func onAny(f func(*call, *response), operations ...string) plant {
	return func(s *server) {
		s.changes = append(s.changes, func(c *call, r *response) {
			if c.is(operations) {
				f(c, r)
			}
		})
	}
}

func onSuccess(f func(*call, *response), operations ...string) plant {
	return onAny(func(c *call, r *response) {
		if r.ok() {
			f(c, r)
		}
	}, operations...)
}

// onFailure changes failures with a status, or with any.
func onFailure(status int, f func(*call, *response), operations ...string) plant {
	return onAny(func(c *call, r *response) {
		if !r.ok() && (status == anyStatus || r.status == status) {
			f(c, r)
		}
	}, operations...)
}

const anyStatus = 0

// with is a change to another response.
func with(other *response) func(*call, *response) {
	return func(_ *call, r *response) { r.replace(other) }
}

// afterwards does something to the account once a call has succeeded. The response does not show it.
func afterwards(f func(*call), operations ...string) plant {
	return onSuccess(func(c *call, _ *response) { f(c) }, operations...)
}

// storing changes what a create or an edit stores, and shows.
func storing(f func(c *call, k *key), operations ...string) plant {
	return func(s *server) {
		store := s.store
		s.store = func(c *call, k *key) {
			store(c, k)
			if c.is(operations) {
				f(c, k)
			}
		}
	}
}

// showing changes each key in a successful response.
func showing(f func(c *call, shown object), operations ...string) plant {
	return onSuccess(func(c *call, r *response) {
		for _, shown := range r.results() {
			f(c, shown)
		}
	}, operations...)
}

// setting sets a field of each key in a successful response.
func setting(field string, value any, operations ...string) plant {
	return showing(func(_ *call, shown object) { shown[field] = value }, operations...)
}

// envelope sets a field of successful responses.
func envelope(field string, value any, operations ...string) plant {
	return onSuccess(func(_ *call, r *response) { r.body[field] = value }, operations...)
}

// seeing changes what a call sees of the account.
func seeing(f func(*call) []key, operations ...string) plant {
	return func(s *server) {
		view := s.view
		s.view = func(c *call) []key {
			if c.is(operations) {
				return f(c)
			}
			return view(c)
		}
	}
}

// hiding hides keys from some operations.
func hiding(hide func(key) bool, operations ...string) plant {
	return seeing(func(c *call) []key { return slices.DeleteFunc(slices.Clone(c.account.keys), hide) }, operations...)
}

// listing changes the keys in a list.
func listing(f func([]object) []object) plant {
	return onSuccess(func(_ *call, r *response) { r.body["result"] = f(r.results()) }, listOp)
}

func status(status int, operations ...string) plant {
	return onSuccess(func(_ *call, r *response) { r.status = status }, operations...)
}

func header(name, value string, operations ...string) plant {
	return onAny(func(_ *call, r *response) { r.header.Set(name, value) }, operations...)
}

// bytesOf changes the encoded responses.
func bytesOf(f func([]byte) []byte, operations ...string) plant {
	return onAny(func(_ *call, r *response) { r.raw = f(r.encode()) }, operations...)
}

// lost does what the call asks for, and sends no response.
func lost(*call, *response) { panic(http.ErrAbortHandler) }

// withKeys puts n keys into the account in place of those that it has.
func withKeys(n int, name string) plant {
	return func(s *server) {
		a := s.main()
		a.keys, a.states = nil, nil
		for range n {
			a.keys = append(a.keys, s.newKey(name, s.now().AddDate(0, -1, 0)))
		}
		s.remember()
	}
}
