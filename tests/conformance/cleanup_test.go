package conformance_test

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
)

// at does something when the server gets its nth request.
func at(n int, do func()) plant {
	return func(s *server) {
		s.instead = func(c *call) *response {
			if c.calls["all"] == n {
				do()
			}
			return nil
		}
	}
}

// moments returns the number of each request of the default plan or, for a thorough run, of one in each probe.
func moments(t *testing.T, thorough bool) (numbers []int) {
	t.Helper()
	requests := 0
	for _, step := range try(t, loopback(thorough)).report.Steps {
		if !thorough {
			numbers = append(numbers, requests+1)
		} else if step.Probe {
			numbers = append(numbers, requests+1+step.Requests/2)
		}
		requests += step.Requests
	}
	return numbers
}

func TestARunThatIsStoppedDeletesItsKeysAndBlamesNobody(t *testing.T) {
	stops := map[string]func(n int, goal *conformance.Target, cancel func()) plant{
		"context canceled":                   func(n int, _ *conformance.Target, cancel func()) plant { return at(n, cancel) },
		"the run panicked: in the transport": func(n int, _ *conformance.Target, _ func()) plant { return at(n, func() { panic("in the transport") }) },
		"the run panicked: in Observe": func(n int, goal *conformance.Target, _ func()) plant {
			goal.Observe = func(conformance.Step) {
				if n--; n == 0 {
					panic("in Observe")
				}
			}
			return all()
		},
	}
	for _, thorough := range []bool{false, true} {
		for _, n := range moments(t, thorough) {
			for want, stop := range stops {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					goal := loopback(thorough)
					server := start(stop(n, &goal, cancel))
					tr := run(t, ctx, goal, server)
					require.EqualError(t, tr.err, want, "request %d", n)
					assert.Empty(t, tr.report.Violations, "%s, request %d", want, n)
					assert.Empty(t, tr.remaining(), "%s, request %d", want, n)
				})
			}
		}
	}
}

// afterCreate does something when the first key has been created.
func afterCreate(do func()) func(conformance.Step) {
	return func(s conformance.Step) {
		if s.OperationID == createOp && s.Status == http.StatusCreated && s.Done && do != nil {
			first := do
			do = nil
			first()
		}
	}
}

func TestARunThatMeetsItsDeadlineDeletesItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		goal := loopback(false)
		goal.Observe = afterCreate(func() { time.Sleep(2 * time.Minute) })
		tr := run(t, ctx, goal, start())
		require.EqualError(t, tr.err, "context deadline exceeded")
		assert.Len(t, tr.report.Deleted, 1)
		assert.Empty(t, tr.remaining())
	})
}

// A test fails in Observe by runtime.Goexit, after which Run does not return.
func TestARunWhoseObserverFailsItsTestDeletesItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, goal := start(), loopback(false)
		goal.Transport, goal.Observe = wire{s}, afterCreate(runtime.Goexit)
		done := make(chan bool)
		go func() {
			defer close(done)
			_, _ = conformance.Run(t.Context(), goal)
		}()
		<-done
		assert.Empty(t, trial{server: s}.remaining())
	})
}

func TestARunDeletesKeysThatAreHardToDelete(t *testing.T) {
	const aKey = "createTurnKey.201:/result"
	for name, tc := range map[string]struct {
		plant plant
		want  string // a violation
	}{
		"the response to a create is lost": {onAny(first(lost), createOp), "createTurnKey.*:status  no response: the connection broke (no_response)"},
		"a create returns no result":       {onAny(first(func(_ *call, r *response) { delete(r.body, "result") }), createOp), aKey + "  "},
		"the first deletes fail":           {returning(page(500), func(c *call) bool { return c.nth <= 4 }, deleteOp), "deleteTurnKey.500:status  "},
		"the secret has one digit":         {secret(func(key, int) string { return "1" }), aKey + "/key  "},
		"the secret has 30 digits":         {secret(func(key, int) string { return strings.Repeat("0123456789abcde", 2) }), aKey + "/key  "},
		"the secret is not ASCII":          {secret(func(key, int) string { return strings.Repeat("ü", 20) }), aKey + "/key  "},
		"the secret has 10,000 digits":     {secret(func(key, int) string { return strings.Repeat("7", 10_000) }), aKey + "/key  "},
	} {
		t.Run(name, func(t *testing.T) {
			tr := try(t, loopback(false), tc.plant)
			require.NoError(t, tr.err)
			require.NotEmpty(t, tr.report.Violations)
			assert.Contains(t, tr.report.Violations[0].String(), tc.want)
			assert.Len(t, tr.report.Deleted, 3)
			assert.Empty(t, tr.report.Left)
			assert.Empty(t, tr.remaining())
		})
	}
}

// first changes the first response of an operation.
func first(f func(*call, *response)) func(*call, *response) {
	return func(c *call, r *response) {
		if c.nth == 1 {
			f(c, r)
		}
	}
}

func TestALostResponseIsOneViolation(t *testing.T) {
	assert.Len(t, try(t, loopback(false), onAny(first(lost), createOp)).report.Violations, 1)
}

// slowToCreate loses the response to the first create, and creates the key later all the same.
func slowToCreate(later time.Duration, onLoss func()) plant {
	return around(func(c *call, next operation) *response {
		if c.nth > 1 {
			return next(c)
		}
		time.AfterFunc(later, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			next(c)
			c.remember()
		})
		onLoss()
		panic(http.ErrAbortHandler)
	}, createOp)
}

func TestACreateWithoutAResponseIsLookedForUntilItHasSettled(t *testing.T) {
	const never = 24 * time.Hour
	for name, tc := range map[string]struct {
		later, settle        time.Duration
		interrupted, appears bool
	}{
		"at once":                     {0, conformance.DefaultSettle, true, true},
		"after 8 s":                   {8 * time.Second, conformance.DefaultSettle, true, true},
		"after 100 s":                 {100 * time.Second, 2 * time.Minute, true, true},
		"after 8 s, and the run goes": {8 * time.Second, conformance.DefaultSettle, false, true},
		"too late":                    {30 * time.Second, conformance.DefaultSettle, true, false},
		"never":                       {never, conformance.DefaultSettle, true, false},
		"never, and the run goes on":  {never, conformance.DefaultSettle, false, false},
		"too late for no settling":    {time.Second, 0, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				goal := loopback(false)
				goal.Settle = tc.settle
				tr := run(t, ctx, goal, start(slowToCreate(tc.later, func() {
					if tc.interrupted {
						cancel()
					}
				})))
				if tc.interrupted {
					require.ErrorIs(t, tr.err, context.Canceled)
					assert.Empty(t, tr.report.Violations)
				}
				if tc.appears {
					assert.Empty(t, tr.report.Left)
					assert.Empty(t, tr.remaining())
					return
				}
				require.Len(t, tr.report.Left, 1)
				assert.Contains(t, tr.report.Left[0].Name, "turnkeys-contract-")
				assert.NotContains(t, tr.report.Left[0].Command, "DELETE")
				assert.False(t, tr.report.OK())
			})
		})
	}
}
