package conformance_test

import (
	"context"
	"fmt"
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

// moments returns the numbers of requests: the first of each kind in the default plan or, for a thorough run, one in each
// probe.
func moments(t *testing.T, thorough bool) (numbers []int) {
	t.Helper()
	requests, seen := 0, map[string]bool{}
	for _, step := range try(t, loopback(thorough)).report.Steps {
		kind := fmt.Sprint(step.OperationID, step.Status)
		switch {
		case thorough && step.Probe:
			numbers = append(numbers, requests+1+step.Requests/2)
		case !thorough && !seen[kind]:
			numbers = append(numbers, requests+1)
		}
		seen[kind] = true
		requests += step.Requests
	}
	return numbers
}

func TestARunThatIsStoppedDeletesItsKeysAndBlamesNobody(t *testing.T) {
	stops := []struct {
		want string
		stop func(cancel func())
	}{
		{"the run panicked: stop", func(func()) { panic("stop") }},
		{"context canceled", func(cancel func()) { cancel() }},
		{"context deadline exceeded", func(func()) { time.Sleep(time.Hour) }},
	}
	for _, where := range []string{"transport", "Observe", "thorough"} {
		for i, n := range moments(t, where == "thorough") {
			for j, s := range stops {
				if where == "thorough" && i%len(stops) != j {
					continue
				}
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
					defer cancel()
					goal, server, left := loopback(where == "thorough"), start(), n
					count := func() {
						if left--; left == 0 {
							s.stop(cancel)
						}
					}
					if where == "Observe" {
						goal.Observe = func(conformance.Step) { count() }
					} else {
						server.instead = func(*call) *response { count(); return nil }
					}
					tr := run(t, ctx, goal, server)
					require.EqualError(t, tr.err, s.want, "%s %d", where, n)
					assert.Empty(t, tr.report.Violations, "%s, %s %d", s.want, where, n)
					assert.Empty(t, tr.remaining(), "%s, %s %d", s.want, where, n)
				})
			}
		}
	}
}

// A test fails in Observe by runtime.Goexit, after which Run does not return.
func TestARunWhoseObserverFailsItsTestDeletesItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, goal := start(), loopback(false)
		goal.Transport, goal.Observe = wire{s}, func(step conformance.Step) {
			if step.OperationID == createOp && step.Done {
				runtime.Goexit()
			}
		}
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
	const atSecret = "createTurnKey.201:/result/key  "
	weak := func(value string) plant { return secret(func(key, int) string { return value }) }
	for name, tc := range map[string]struct {
		plant      plant
		violations int
		want       string // is in the first one
	}{
		"a lost response": {onAny(first(lost), createOp), 1, "createTurnKey.*:status  no response: the connection broke (no_response)"},
		"no result":       {onAny(first(noResult), createOp), 1, "createTurnKey.201:/result  "},
		"failed deletes":  {returning(page(500), func(c *call) bool { return c.nth <= 4 }, deleteOp), 1, "deleteTurnKey.500:status  "},
		"one digit":       {weak("1"), 1, atSecret},
		"30 digits":       {weak(strings.Repeat("0123456789abcde", 2)), 1, atSecret},
		"no ASCII":        {weak(strings.Repeat("ü", 20)), 3, atSecret},
		"10,000 digits":   {weak(strings.Repeat("7", 10_000)), 3, atSecret},
	} {
		t.Run(name, func(t *testing.T) {
			tr := try(t, loopback(false), tc.plant)
			require.NoError(t, tr.err)
			require.Len(t, tr.report.Violations, tc.violations)
			assert.Contains(t, tr.report.Violations[0].String(), tc.want)
			assert.Len(t, tr.report.Deleted, 3)
			assert.Empty(t, tr.report.Left)
			assert.Empty(t, tr.remaining())
		})
	}
}

func noResult(_ *call, r *response) { delete(r.body, "result") }

// first changes the first response of an operation.
func first(f func(*call, *response)) func(*call, *response) {
	return func(c *call, r *response) {
		if c.nth == 1 {
			f(c, r)
		}
	}
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
		"after 8 s":                        {8 * time.Second, conformance.DefaultSettle, true, true},
		"after 100 s":                      {100 * time.Second, 2 * time.Minute, true, true},
		"too late":                         {30 * time.Second, conformance.DefaultSettle, true, false},
		"after 8 s, of a run that goes on": {8 * time.Second, conformance.DefaultSettle, false, true},
		"never, of a run that goes on":     {never, conformance.DefaultSettle, false, false},
		"too late for no settling":         {time.Second, 0, true, false},
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
