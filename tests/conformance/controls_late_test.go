package conformance_test

import (
	"fmt"
	"slices"
	"time"
)

// Servers that are late, or busy for a moment, and correct.
var lateControls = []group{
	{
		{"a get sees a new key after 2 s", lagging(2*time.Second, withoutNew, getOp)},
		{"a list shows a new key after 2 s", lagging(2*time.Second, withoutNew, listOp)},
		{"edits and deletes find a new key after 2 s", lagging(2*time.Second, withoutNew, editOp, deleteOp)},
	},
	{{"a delete finds a new key after 8 s", lagging(8*time.Second, withoutNew, deleteOp)}},
	{
		{"a get sees a deleted key for 2 s", lagging(2*time.Second, withDeleted, getOp)},
		{"edits and deletes find a deleted key for 1 s", lagging(time.Second, withDeleted, editOp, deleteOp)},
	},
	{{"a get sees a deleted key for 3 reads", seeing(func(c *call) []key {
		states := c.account.states
		reads := fmt.Sprint("reads of state ", len(states))
		if c.seen[reads]++; c.seen[reads] <= 3 {
			return withDeleted(c.account, states[len(states)-1].since.Add(-1))
		}
		return c.account.keys
	}, getOp)}},
	{
		{"a get sees the old name for 2 s", lagging(2*time.Second, (*account).unedited, getOp)},
		{"a list is 5 s behind", lagging(5*time.Second, (*account).asOf, listOp)},
	},
	{{"get and list are 9.5 s behind", lagging(9500*time.Millisecond, (*account).asOf, getOp, listOp)}},
	{{"every second read is 2 s behind", seeing(func(c *call) []key {
		if c.nth%2 == 0 {
			return c.account.asOf(c.now().Add(-2 * time.Second))
		}
		return c.account.keys
	}, getOp, listOp)}},

	{
		{"the token is valid after 3 s", rejectingToken(func(c *call) bool { return c.now().Before(c.started.Add(3 * time.Second)) })},
		{"the token is twice invalid", rejectingToken(func(c *call) bool { return c.calls["all"] == 15 || c.calls["all"] == 21 })},
		{"the token may delete after 2 calls", returning(failure(403), func(c *call) bool { return c.nth <= 3 }, deleteOp)},
	},
	{{"every second call is a 429", limited("1", func(c *call) bool { return c.calls["all"]%2 == 0 })}},
	{{"a rate limit of 90 s", limited("90", nth(1, editOp))}},
	{{"a rate limit of 3 s has Retry-After: 0", window(10, 3*time.Second, "0")}},
	{{"a rate limit of 3 s has no Retry-After", window(10, 3*time.Second, "")}},
	{{"a rate limit of 60 s has no Retry-After", window(100, time.Minute, "")}},
	{{"a rate limit of 60 s has Retry-After: 30", window(100, time.Minute, "30")}},
	{{"four calls in a row are a 429, every 30 calls", limited("", func(c *call) bool { return c.calls["all"]%30 < 4 })}},
	{{"get and list are 1 s behind, every 12th call is a 502 and every 9th a 429", all(
		lagging(time.Second, (*account).asOf, getOp, listOp),
		limited("", func(c *call) bool { return c.calls["all"]%9 == 0 }),
		badGateway(func(c *call) bool { return c.calls["all"]%12 == 11 }),
	)}},
	{{"invalid tokens are rate-limited after three", onFailure(403, func(c *call, r *response) {
		if c.seen["rejected"]++; c.seen["rejected"] > 3 {
			r.replace(failure(429))
		}
	})}},
	{{"the first call of each operation is a 502", badGateway(func(c *call) bool { return c.nth == 1 })}},
	{{"every tenth call is a 502", badGateway(func(c *call) bool { return c.calls["all"]%10 == 0 })}},
	{{"the first delete of a key is a 502 that deletes it", onAny(func(c *call, r *response) {
		if c.nth == 1 {
			r.replace(page(502))
		}
	}, deleteOp)}},
	{{"each response takes 900 ms", taking(900 * time.Millisecond)}},
}

// lateness is what is seen of an account whose changes since a time are not known everywhere.
type lateness func(a *account, since time.Time) []key

func withoutNew(a *account, since time.Time) []key {
	return slices.DeleteFunc(slices.Clone(a.keys), func(k key) bool { return k.created.After(since) })
}

func withDeleted(a *account, since time.Time) []key { return slices.Concat(a.keys, a.deleted(since)) }

func lagging(by time.Duration, what lateness, operations ...string) plant {
	return seeing(func(c *call) []key { return what(c.account, c.now().Add(-by)) }, operations...)
}

func rejectingToken(reject func(*call) bool) plant {
	return func(s *server) {
		allowed := s.allowed
		s.allowed = func(c *call) bool { return allowed(c) && !reject(c) }
	}
}

// limited is a rate limit.
func limited(retryAfter string, when func(*call) bool) plant {
	r := failure(429, 971)
	if retryAfter != "" {
		r.header.Set("Retry-After", retryAfter)
		r.header.Set("Ratelimit", `"default";r=0;t=`+retryAfter)
	}
	return instead(r, when)
}

// window allows n calls in each stretch of time.
func window(n int, length time.Duration, retryAfter string) plant {
	return func(s *server) {
		var start time.Time
		calls := 0
		limited(retryAfter, func(c *call) bool {
			if c.now().Sub(start) >= length {
				start, calls = c.now(), 0
			}
			calls++
			return calls > n
		})(s)
	}
}

func badGateway(when func(*call) bool) plant { return instead(page(502), when) }

func nth(n int, operation string) func(*call) bool {
	return func(c *call) bool { return c.operation == operation && c.nth == n }
}
