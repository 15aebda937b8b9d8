package conformance_test

import (
	"net/http"
	"slices"
	"time"
)

// Servers that are late, or busy for a moment, and do nothing wrong.
var lateControls = []scenario{
	{"get sees a new key after 2 s", lagging(2*time.Second, unborn, getOp)},
	{"list shows a new key after 2 s", lagging(2*time.Second, unborn, listOp)},
	{"edit and delete find a new key after 2 s", lagging(2*time.Second, unborn, editOp, deleteOp)},
	{"delete finds a new key after 8 s", lagging(8*time.Second, unborn, deleteOp)},
	{"get shows a deleted key for 2 s", lagging(2*time.Second, undead, getOp)},
	{"get shows a deleted key for 3 reads", lateReads(3, undead, getOp)},
	{"list shows a deleted key for 2 reads", lateReads(2, undead, listOp)},
	{"edit and delete find a deleted key for 1 s", lagging(time.Second, undead, editOp, deleteOp)},
	{"get shows the old name for 2 reads", lateReads(2, unedited, getOp)},
	{"list shows the old name for 2 reads", lateReads(2, unedited, listOp)},
	{"get and list are 4 s behind in everything", lagging(4*time.Second, everything, getOp, listOp)},
	{"get and list are 9.5 s behind in everything", lagging(9500*time.Millisecond, everything, getOp, listOp)},
	{"list is 5 s behind in everything", lagging(5*time.Second, everything, listOp)},
	{"every second read is 2 s behind", func(s *server) {
		lagging(2*time.Second, everything, getOp, listOp)(s)
		behind := s.view
		s.view = func(c *call) []key {
			if c.nth%2 == 0 {
				return behind(c)
			}
			return c.account.keys
		}
	}},
	{"the token is good after 3 s", freshToken(func(s *server) bool { return time.Since(s.accounts[accountID].states[0].since) < 3*time.Second })},
	{"the token is good after 3 calls", freshToken(func(s *server) bool { return s.calls["all"] <= 3 })},
	{"the token is not good at one place for a moment", freshToken(func(s *server) bool { n := s.calls["all"]; return n == 5 || n == 11 })},
	{"the token may delete after 2 calls", func(s *server) {
		calls := 0
		s.around(func(c *call, next operation) *answer {
			if calls++; calls <= 2 {
				return unauthorized()
			}
			return next(c)
		}, deleteOp)
	}},
	{"the first call to each operation is a 429", limited("", firstCall)},
	{"every fifth call is a 429", limited("1", func(s *server, _ *call) bool { return s.calls["all"]%5 == 0 })},
	{"every second call is a 429", limited("1", func(s *server, _ *call) bool { return s.calls["all"]%2 == 0 })},
	{"a rate limit lasts 90 s", func(s *server) {
		var start time.Time
		limited("90", func(s *server, c *call) bool {
			if c.operation == editOp && start.IsZero() {
				start = s.now()
			}
			return !start.IsZero() && s.now().Sub(start) < 90*time.Second
		})(s)
	}},
	{"there are ten calls in ten seconds", func(s *server) {
		var served []time.Time
		limited("10", func(s *server, _ *call) bool {
			served = slices.DeleteFunc(served, func(t time.Time) bool { return s.now().Sub(t) >= 10*time.Second })
			if len(served) >= 10 {
				return true
			}
			served = append(served, s.now())
			return false
		})(s)
	}},
	{"a rate limit of 3 s says Retry-After: 0", window(10, 3*time.Second, "0")},
	{"a rate limit of 3 s does not say how long", window(10, 3*time.Second, "")},
	{"a rate limit of 60 s does not say how long", window(100, time.Minute, "")},
	{"a rate limit of 60 s says Retry-After: 30", window(100, time.Minute, "30")},
	{"four calls in a row are a 429, every 30 calls", limited("", func(s *server, _ *call) bool { return s.calls["all"]%30 < 4 })},
	{"a 502 is followed by 429s", func(s *server) {
		limits := limited("", func(s *server, _ *call) bool { return s.calls["all"] == 6 || s.calls["all"] == 7 })
		limits(s)
		limit := s.instead
		s.instead = func(c *call) *answer {
			if s.calls["all"] == 5 {
				return htmlPage(http.StatusBadGateway)
			}
			return limit(c)
		}
	}},
	{"get and list are 1 s behind, every 12th call is a 502 and every 9th a 429", func(s *server) {
		lagging(time.Second, everything, getOp, listOp)(s)
		s.instead = func(*call) *answer {
			switch n := s.calls["all"]; {
			case n%12 == 11:
				return htmlPage(http.StatusBadGateway)
			case n%9 == 0:
				return failure(http.StatusTooManyRequests, codeOther, "Too many requests")
			}
			return nil
		}
	}},
	{"invalid tokens are rate-limited after three", func(s *server) {
		seen := 0
		s.after(func(_ *call, a *answer) {
			if a.status == http.StatusForbidden {
				if seen++; seen > 3 {
					a.replace(failure(http.StatusTooManyRequests, codeOther, "Too many invalid tokens"))
				}
			}
		})
	}},
	{"one list is a 502", badGateway(listOp, 2)},
	{"one create is a 502 and makes nothing", badGateway(createOp, 1)},
	{"the first call to each operation is a 502", failing(func(_ *server, c *call) bool { return c.nth == 1 })},
	{"every tenth call is a 502", failing(func(s *server, _ *call) bool { return s.calls["all"]%10 == 0 })},
	{"one delete is a 502", badGateway(deleteOp, 1)},
	{"the first delete of a key is a 502 that deletes it", changing(func(c *call, a *answer) {
		if c.nth == 1 {
			a.page(http.StatusBadGateway)
		}
	}, deleteOp)},
	{"every answer takes 900 ms", func(s *server) { s.delay = func(*call) time.Duration { return 900 * time.Millisecond } }},
}

// lateness is what is seen of an account whose changes since a time are not known everywhere.
type lateness func(a *account, since time.Time) []key

func unborn(a *account, since time.Time) []key {
	return slices.DeleteFunc(slices.Clone(a.keys), func(k key) bool { return k.created.After(since) })
}

func undead(a *account, since time.Time) []key { return slices.Concat(a.keys, a.deleted(since)) }

// unedited shows a key that is younger as it was created.
func unedited(a *account, since time.Time) []key {
	keys := slices.Clone(a.keys)
	for i, k := range keys {
		known := false
		for _, past := range a.states {
			j := slices.IndexFunc(past.keys, func(other key) bool { return other.uid == k.uid })
			if j >= 0 && (!known || !past.since.After(since)) {
				keys[i], known = past.keys[j], true
			}
		}
	}
	return keys
}

func everything(a *account, since time.Time) []key { return a.asOf(since) }

func lagging(by time.Duration, what lateness, operations ...string) func(*server) {
	return func(s *server) {
		s.view = func(c *call) []key {
			if !slices.Contains(operations, c.operation) {
				return c.account.keys
			}
			return what(c.account, s.now().Add(-by))
		}
	}
}

// lateReads shows a change after so many reads.
func lateReads(n int, what lateness, operation string) func(*server) {
	return func(s *server) {
		seen, left := 0, 0
		s.view = func(c *call) []key {
			if c.operation != operation {
				return c.account.keys
			}
			if states := len(c.account.states); states > seen {
				seen, left = states, n
			}
			if left--; left < 0 {
				return c.account.keys
			}
			return what(c.account, c.account.states[len(c.account.states)-1].since.Add(-1))
		}
	}
}

func freshToken(refused func(*server) bool) func(*server) {
	return func(s *server) {
		allowed := s.allowed
		s.allowed = func(c *call) bool { return allowed(c) && !refused(s) }
	}
}

func firstCall(_ *server, c *call) bool { return c.nth == 1 }

func limited(retryAfter string, when func(*server, *call) bool) func(*server) {
	return func(s *server) {
		s.instead = func(c *call) *answer {
			if !when(s, c) {
				return nil
			}
			a := failure(http.StatusTooManyRequests, 971, "Please wait and consider throttling your request speed")
			if retryAfter != "" {
				a.header.Set("Retry-After", retryAfter)
				a.header.Set("Ratelimit", `"default";r=0;t=`+retryAfter)
			}
			return a
		}
	}
}

// window allows n calls in each stretch of time.
func window(n int, length time.Duration, retryAfter string) func(*server) {
	return func(s *server) {
		var start time.Time
		calls := 0
		limited(retryAfter, func(s *server, _ *call) bool {
			if s.now().Sub(start) >= length {
				start, calls = s.now(), 0
			}
			calls++
			return calls > n
		})(s)
	}
}

func badGateway(operation string, nth int) func(*server) {
	return failing(func(_ *server, c *call) bool { return c.operation == operation && c.nth == nth })
}

func failing(when func(*server, *call) bool) func(*server) {
	return func(s *server) {
		s.instead = func(c *call) *answer {
			if !when(s, c) {
				return nil
			}
			return htmlPage(http.StatusBadGateway)
		}
	}
}
