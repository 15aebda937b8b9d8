package conformance_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

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

func TestARunThatIsStoppedDeletesItsKey(t *testing.T) {
	for name, stop := range map[string]struct {
		observe func(cancel context.CancelFunc) func()
		want    string
	}{
		"by the user":   {func(cancel context.CancelFunc) func() { return cancel }, "context canceled"},
		"by a deadline": {func(context.CancelFunc) func() { return func() { time.Sleep(2 * time.Minute) } }, "context deadline exceeded"},
		"by a panic":    {func(context.CancelFunc) func() { return func() { panic("in Observe") } }, "the run panicked: in Observe"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				tr := trial{server: controls[0].start()}
				goal := loopback(false)
				goal.Transport, goal.Observe = wire{tr.server}, afterCreate(stop.observe(cancel))
				tr.report, tr.err = conformance.Run(ctx, goal)
				require.EqualError(t, tr.err, stop.want)
				assert.Len(t, tr.report.Deleted, 1)
				assert.Empty(t, tr.report.Left)
				assert.Empty(t, tr.remaining())
			})
		})
	}
}

// A test fails in Observe by runtime.Goexit, after which Run does not return.
func TestARunWhoseObserverFailsItsTestDeletesItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := trial{server: controls[0].start()}
		goal := loopback(false)
		goal.Transport, goal.Observe = wire{tr.server}, afterCreate(runtime.Goexit)
		done := make(chan bool)
		go func() {
			defer close(done)
			_, _ = conformance.Run(t.Context(), goal)
		}()
		<-done
		assert.Empty(t, tr.remaining())
	})
}

func TestARunSurvivesAPanicAtAnyOfItsRequestsAndSteps(t *testing.T) {
	for _, thorough := range []bool{false, true} {
		quiet := controls[0].try(t, loopback(thorough))
		every := 1
		if thorough {
			every = 7
		}
		for n := 1; n <= quiet.report.Requests; n += every {
			synctest.Test(t, func(t *testing.T) {
				tr := trial{server: controls[0].start()}
				goal := loopback(thorough)
				requests := new(atomic.Int32)
				goal.Transport = testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
					if requests.Add(1) == int32(n) {
						panic("in the transport")
					}
					return wire{tr.server}.RoundTrip(r)
				})
				tr.report, tr.err = conformance.Run(t.Context(), goal)
				require.EqualError(t, tr.err, "the run panicked: in the transport")
				assert.Empty(t, tr.remaining(), "request %d", n)

				tr.server = controls[0].start()
				goal.Transport = wire{tr.server}
				steps := 0
				goal.Observe = func(conformance.Step) {
					if steps++; steps == n {
						panic("in Observe")
					}
				}
				tr.report, tr.err = conformance.Run(t.Context(), goal)
				if steps >= n {
					require.EqualError(t, tr.err, "the run panicked: in Observe")
				}
				assert.Empty(t, tr.remaining(), "call %d of Observe", n)
			})
		}
	}
}

func TestAKeyWithAStrangeSecretIsDeleted(t *testing.T) {
	for _, secret := range []string{"1", "0123456789abcdef", strings.Repeat("0123456789abcde", 2), strings.Repeat("ü", 20), strings.Repeat("7", 10_000)} {
		tr := scenario{secret, secrets(func(string, int) string { return secret })}.try(t, loopback(false))
		require.NoError(t, tr.err)
		assert.True(t, tr.noticed())
		assert.Len(t, tr.report.Deleted, 3)
		assert.Empty(t, tr.remaining())
	}
}

func TestARunDeletesKeysThatAreHardToDelete(t *testing.T) {
	for _, s := range []scenario{
		{"the answer to a create is lost", changing(func(c *call, _ *answer) {
			if c.nth == 1 {
				panic(http.ErrAbortHandler)
			}
		}, createOp)},
		{"the first deletes fail", around(func(c *call, next operation) *answer {
			if c.nth <= 4 {
				return htmlPage(http.StatusInternalServerError)
			}
			return next(c)
		}, deleteOp)},
	} {
		t.Run(s.name, func(t *testing.T) {
			tr := s.try(t, loopback(false))
			require.NoError(t, tr.err)
			assert.True(t, tr.noticed())
			assert.Empty(t, tr.report.Left)
			assert.Empty(t, tr.remaining())
		})
	}
}

func TestAKeyWhoseCreateWasNotAnsweredWithItsUIDIsDeletedAndNoViolation(t *testing.T) {
	for name, lose := range map[string]struct {
		answer func(a *answer)
		want   string
	}{
		"no answer": {func(*answer) { panic(http.ErrAbortHandler) }, "createTurnKey.*:status  no response: the connection broke (no_response)"},
		"no result": {func(a *answer) { delete(a.body, "result") }, "createTurnKey.201:/result  "},
	} {
		t.Run(name, func(t *testing.T) {
			tr := scenario{name, changing(func(c *call, a *answer) {
				if c.nth == 1 {
					lose.answer(a)
				}
			}, createOp)}.try(t, loopback(false))
			require.NoError(t, tr.err)
			require.Len(t, tr.report.Violations, 1)
			assert.Contains(t, tr.report.Violations[0].String(), lose.want)
			assert.Len(t, tr.report.Deleted, 3)
			assert.Empty(t, tr.report.Left)
			assert.Empty(t, tr.remaining())
		})
	}
}

// slowToCreate loses the response to the first create, and creates the key later all the same.
func slowToCreate(server *server, later time.Duration, onLoss func()) http.RoundTripper {
	creates := 0
	return testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodPost {
			return wire{server}.RoundTrip(r)
		}
		if creates++; creates > 1 {
			return wire{server}.RoundTrip(r)
		}
		body, _ := io.ReadAll(r.Body)
		late := r.Clone(context.WithoutCancel(r.Context()))
		late.Body = io.NopCloser(bytes.NewReader(body))
		time.AfterFunc(later, func() { _, _ = wire{server}.RoundTrip(late) })
		onLoss()
		return nil, io.ErrUnexpectedEOF
	})
}

func TestACreateWithoutAResponseIsLookedForUntilItHasSettled(t *testing.T) {
	const never = 24 * time.Hour
	for name, tc := range map[string]struct {
		later, settle time.Duration
		interrupted   bool
		appears       bool
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
				tr := trial{server: controls[0].start()}
				goal := loopback(false)
				goal.Settle = tc.settle
				goal.Transport = slowToCreate(tr.server, tc.later, func() {
					if tc.interrupted {
						cancel()
					}
				})
				tr.report, tr.err = conformance.Run(ctx, goal)
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

func TestARunThatIsInterruptedAtAnyRequestCleansUpAndBlamesNobody(t *testing.T) {
	for _, thorough := range []bool{false, true} {
		quiet := controls[0].try(t, loopback(thorough))
		every := 1
		if thorough {
			every = 7
		}
		for n := 1; n <= quiet.report.Requests; n += every {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				tr := trial{server: controls[0].start()}
				goal := loopback(thorough)
				requests := new(atomic.Int32)
				goal.Transport = testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
					if requests.Add(1) != int32(n) {
						return wire{tr.server}.RoundTrip(r)
					}
					cancel()
					_, _ = wire{tr.server}.RoundTrip(r.Clone(context.WithoutCancel(r.Context())))
					return nil, r.Context().Err()
				})
				tr.report, tr.err = conformance.Run(ctx, goal)
				require.ErrorIs(t, tr.err, context.Canceled)
				assert.Empty(t, tr.report.Violations, "request %d", n)
				assert.Empty(t, tr.unsaid(), "request %d", n)
				assert.True(t, thorough || len(tr.report.Left) == 0, "request %d", n)
			})
		}
	}
}

// harmless checks that a run did nothing to the keys that were there, and names none of them for deletion.
func (tr trial) harmless(t *testing.T) {
	t.Helper()
	for _, touched := range tr.server.touched {
		assert.True(t, strings.HasPrefix(touched, "GET "), touched)
	}
	for uid := range tr.server.seeded {
		assert.NotContains(t, tr.report.Deleted, uid)
		for _, left := range tr.report.Left {
			assert.NotEqual(t, uid, left.UID)
			assert.False(t, strings.Contains(left.Command, "DELETE") && strings.Contains(left.Command, uid), left.Command)
		}
	}
	assert.Empty(t, tr.unsaid())
}

func TestAnUnlistedKeyIsLeftAloneAlthoughACreateAnswersWithItsUID(t *testing.T) {
	for name, answer := range map[string]func(s *server, hidden key, result object){
		"as the new key's":     func(_ *server, hidden key, result object) { result["uid"] = hidden.uid },
		"with all that it has": func(s *server, hidden key, result object) { maps.Copy(result, s.show(nil, hidden)) },
	} {
		for _, old := range []bool{true, false} {
			for nth := 1; nth <= 20; nth++ {
				synctest.Test(t, func(t *testing.T) {
					tr := trial{server: scenario{name, func(s *server) {
						hidden := &s.accounts[accountID].keys[0]
						if !old {
							hidden.created, hidden.modified = s.now(), s.now()
						}
						uid, created := hidden.uid, 0
						eachResult(func(_ *call, result object) {
							if created++; created == nth {
								main := s.accounts[accountID]
								answer(s, main.keys[main.index(uid)], result)
							}
						}, createOp)(s)
						listed(func(keys []object) []object {
							return slices.DeleteFunc(keys, func(k object) bool { return k["uid"] == uid })
						})(s)
					}}.start()}
					goal := loopback(nth > 3)
					goal.Transport = wire{tr.server}
					tr.report, tr.err = conformance.Run(t.Context(), goal)
					require.NoError(t, tr.err)
					assert.True(t, tr.noticed())
					tr.harmless(t)
				})
			}
		}
	}
}

func TestKeysThatAnIncompleteListHidThenShowsAreNotNamedForDeletion(t *testing.T) {
	for name, shown := range map[string]func(nth int, keys []object) []object{
		"the first list is empty":       func(nth int, keys []object) []object { return keys[min(len(keys), max(0, (2-nth)*100)):] },
		"the first list has two keys":   func(nth int, keys []object) []object { return keys[:min(len(keys), 2+(nth-1)*100)] },
		"every list has two other keys": func(nth int, keys []object) []object { return keys[min(2*nth, len(keys)-2):][:2] },
		"every second list is empty":    func(nth int, keys []object) []object { return keys[:len(keys)*(nth%2)] },
	} {
		for _, old := range []bool{true, false} {
			tr := scenario{name, func(s *server) {
				holding(8, "somebody else's")(s)
				for i := range s.accounts[accountID].keys {
					if !old {
						s.accounts[accountID].keys[i].created = s.now()
					}
				}
				lists := 0
				listed(func(keys []object) []object { lists++; return shown(lists, keys) })(s)
			}}.try(t, loopback(false))
			assert.True(t, tr.noticed(), name)
			tr.harmless(t)
		}
	}
}

func TestRunsSideBySideLeaveEachOtherAlone(t *testing.T) {
	for round := range 8 {
		synctest.Test(t, func(t *testing.T) {
			jitter := rand.New(rand.NewPCG(1, uint64(round)))
			server := controls[0].start()
			var mu sync.Mutex
			server.delay = func(*call) time.Duration {
				mu.Lock()
				defer mu.Unlock()
				return time.Duration(jitter.IntN(20)) * time.Millisecond
			}
			var wait sync.WaitGroup
			for range 3 {
				wait.Go(func() {
					time.Sleep(server.delay(nil) * 5)
					tr := trial{server: server}
					goal := loopback(false)
					goal.Transport = wire{server}
					tr.report, tr.err = conformance.Run(t.Context(), goal)
					assert.Empty(t, tr.alarms(), "round %d", round)
					assert.Len(t, tr.report.Deleted, 3)
				})
			}
			wait.Wait()
			assert.Empty(t, trial{server: server}.remaining())
		})
	}
}

func TestADeletedKeyThatOnlyTheListIsWithoutIsLeftBehind(t *testing.T) {
	for _, thorough := range []bool{false, true} {
		for nth := 1; nth <= 3; nth++ {
			tr := scenario{"delete hides the key from the list", func(s *server) {
				hidden := map[string]bool{}
				s.around(func(c *call, next operation) *answer {
					if c.nth < nth {
						return next(c)
					}
					hidden[c.keyID] = true
					k, _ := s.find(c)
					return success(http.StatusOK, s.show(c, k))
				}, deleteOp)
				listed(func(keys []object) []object {
					return slices.DeleteFunc(keys, func(k object) bool { return hidden[k["uid"].(string)] })
				})(s)
			}}.try(t, loopback(thorough))
			assert.True(t, tr.noticed())
			assert.NotEmpty(t, tr.remaining())
			assert.Empty(t, tr.unsaid())
		}
	}
}
