package conformance_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
)

func TestAnUnlistedKeyIsLeftAloneAlthoughACreateReturnsItsUID(t *testing.T) {
	for name, show := range map[string]func(c *call, hidden key, shown object){
		"as that of the new key": func(_ *call, hidden key, shown object) { shown["uid"] = hidden.uid },
		"with all that it has":   func(c *call, hidden key, shown object) { maps.Copy(shown, c.show(hidden)) },
	} {
		for _, isNew := range []bool{false, true} {
			for _, nth := range []int{1, 3, 6, 7, 16} {
				t.Run(fmt.Sprintf("%s, new %v, create %d", name, isNew, nth), func(t *testing.T) {
					t.Parallel()
					tr := try(t, loopback(nth > 3), func(s *server) {
						hidden := &s.main().keys[0]
						if isNew {
							hidden.created, hidden.modified = s.now(), s.now()
						}
						uid := hidden.uid
						showing(func(c *call, shown object) {
							if c.seen["creates"]++; c.seen["creates"] == nth {
								show(c, c.main().keys[c.main().index(uid)], shown)
							}
						}, createOp)(s)
						hiding(func(k key) bool { return k.uid == uid }, listOp)(s)
					})
					require.NoError(t, tr.err)
					assert.NotEmpty(t, tr.rules())
				})
			}
		}
	}
}

func TestKeysThatAnIncompleteListHidThenShowsAreLeftAlone(t *testing.T) {
	for name, shown := range map[string]func(nth int, keys []key) []key{
		"the first list is empty":       func(nth int, keys []key) []key { return keys[min(len(keys), max(0, (2-nth)*100)):] },
		"the first list has two keys":   func(nth int, keys []key) []key { return keys[:min(len(keys), 2+(nth-1)*100)] },
		"every list has two other keys": func(nth int, keys []key) []key { return keys[min(2*nth, len(keys)-2):][:2] },
		"every second list is empty":    func(nth int, keys []key) []key { return keys[:len(keys)*(nth%2)] },
	} {
		for _, isNew := range []bool{false, true} {
			tr := try(t, loopback(false), withKeys(8, "somebody else's"), func(s *server) {
				for i := range s.main().keys {
					if isNew {
						s.main().keys[i].created = s.now()
					}
				}
			}, seeing(func(c *call) []key { return shown(c.nth, c.account.keys) }, listOp))
			assert.NotEmpty(t, tr.rules(), name)
		}
	}
}

func TestARunDeletesNothingMoreOnceADeleteHasHarmedAnotherKey(t *testing.T) {
	tr := try(t, loopback(false), withKeys(8, "somebody else's"), afterwards(func(c *call) {
		c.main().remove(c.oldest().uid)
	}, deleteOp))
	assert.Contains(t, tr.rules(), "side_effect")
	others := slices.DeleteFunc(tr.server.main().keys, func(k key) bool { return !tr.server.seeded[k.uid] })
	assert.Len(t, others, 7)
	assert.Len(t, tr.report.Left, 2)
}

func TestRunsSideBySideLeaveEachOtherAlone(t *testing.T) {
	for round := range 8 {
		synctest.Test(t, func(t *testing.T) {
			s := start()
			s.delay = func(*call) time.Duration { return rand.N(20 * time.Millisecond) }
			var wait sync.WaitGroup
			for range 3 {
				wait.Go(func() {
					time.Sleep(s.delay(nil) * 5)
					goal := loopback(false)
					goal.Transport = wire{s}
					report, err := conformance.Run(t.Context(), goal)
					assert.Empty(t, trial{s, report, err}.alarms(), "round %d", round)
					assert.Len(t, report.Deleted, 3)
				})
			}
			wait.Wait()
			assert.Empty(t, trial{server: s}.remaining())
		})
	}
}

// crowds are accounts that others work with at the same time.
var crowds = []control{
	{"others create keys", meanwhile(3, func(s *server) { s.createOther("somebody else's") })},
	{"others delete keys", all(withKeys(20, "somebody else's"), meanwhile(3, func(s *server) {
		if strings.HasPrefix(s.main().keys[0].name, "somebody") {
			s.main().keys = s.main().keys[1:]
		}
	}))},
	{"others rename keys", meanwhile(1, func(s *server) {
		k := &s.main().keys[s.calls["all"]%2]
		k.name, k.modified = fmt.Sprint("renamed ", s.calls["all"]), s.now()
	})},
	{"others fill the account", all(withKeys(990, "one of many"), meanwhile(1, func(s *server) {
		if s.calls["all"] > 3 && len(s.main().keys) < maxKeys {
			s.createOther("somebody else's")
		}
	}))},
	{"other runs come and go", meanwhile(2, func(s *server) {
		a, n := s.main(), s.calls["all"]
		if name := fmt.Sprintf("turnkeys-contract-%032x", n/4); n%4 == 0 {
			s.createOther(name)
		} else {
			a.keys = slices.DeleteFunc(a.keys, func(k key) bool { return k.name == name })
		}
	})},
}

func (s *server) createOther(name string) {
	k := s.newKey(name, s.now())
	s.main().keys, s.seeded[k.uid] = append(s.main().keys, k), true
}

// meanwhile does something after every nth call.
func meanwhile(n int, do func(*server)) plant {
	return onAny(func(c *call, _ *response) {
		if c.calls["all"]%n == 0 {
			do(c.server)
		}
	})
}

func TestChangesByOthersAreViolationsOnlyWhereNobodyElseWorks(t *testing.T) {
	for i, c := range crowds {
		live := loopback(false)
		live.BaseURL = "https://api.example" + basePath
		assert.Empty(t, try(t, live, c.plant).alarms(), c.name)
		if i < 3 {
			tr := try(t, loopback(false), c.plant)
			assert.Contains(t, tr.rules(), "side_effect", c.name)
			assert.Less(t, len(tr.report.Steps), 30, "%s: the run stops", c.name)
		}
	}
}
