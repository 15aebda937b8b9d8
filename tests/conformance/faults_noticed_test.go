package conformance_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
)

// What a run reaches today, so that it does not get worse unnoticed.
const leastNoticed = 289 // of the faults, by the default plan; a thorough run notices all

// trial is a run against a scenario's server.
type trial struct {
	scenario
	server *server
	report conformance.Report
	err    error
}

func (s scenario) try(t *testing.T, goal conformance.Target) (tr trial) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		tr = trial{scenario: s, server: s.start()}
		goal.Transport = wire{tr.server}
		tr.report, tr.err = conformance.Run(t.Context(), goal)
	})
	tr.doesNoHarm(t, goal)
	return tr
}

func loopback(thorough bool) conformance.Target {
	return conformance.Target{
		BaseURL: "http://localhost" + basePath, AccountID: accountID, Token: token,
		OtherAccountID: secondAccountID, OtherToken: secondToken, Thorough: thorough, Settle: conformance.DefaultSettle,
	}
}

// doesNoHarm holds whatever the server does: the run keeps to its budget, leaves others' keys alone, and calls no key
// deleted that is still there.
func (tr trial) doesNoHarm(t *testing.T, goal conformance.Target) {
	t.Helper()
	assert.LessOrEqual(t, tr.report.Requests, goal.MaxRequests())
	for _, touched := range tr.server.touched {
		get := strings.HasPrefix(touched, "GET ") && goal.Thorough
		assert.True(t, get, "%s: the key is not the run's", touched)
	}
	for _, uid := range tr.report.Deleted {
		assert.NotContains(t, tr.remaining(), uid, "is not deleted")
	}
}

// remaining returns the names of the keys that were not there at the start, by their uids.
func (tr trial) remaining() map[string]string {
	remaining := map[string]string{}
	for _, a := range tr.server.accounts {
		for _, k := range a.keys {
			if !tr.server.seeded[k.uid] {
				remaining[k.uid] = k.name
			}
		}
	}
	return remaining
}

// unsaid returns the names of the keys that remain and that the report does not tell of.
func (tr trial) unsaid() (names []string) {
	for uid, name := range tr.remaining() {
		told := func(left conformance.LeftKey) bool { return left.UID == uid || left.UID == "" && left.Name == name }
		if !slices.ContainsFunc(tr.report.Left, told) {
			names = append(names, fmt.Sprintf("%s %.60q", uid, name))
		}
	}
	return names
}

// noticed says that the run found the server at fault.
func (tr trial) noticed() bool {
	return slices.ContainsFunc(tr.report.Violations, func(v conformance.Violation) bool { return !v.Accepted })
}

// alarms says why a server that does nothing wrong did not pass.
func (tr trial) alarms() (all []string) {
	if tr.err != nil {
		all = append(all, tr.err.Error())
	}
	for _, v := range tr.report.Violations {
		all = append(all, v.Request+": "+v.String())
	}
	for _, left := range tr.report.Left {
		all = append(all, fmt.Sprintf("left behind: %s %.60q", left.UID, left.Name))
	}
	if missing := tr.report.Coverage.Missing(); len(missing) > 0 {
		all = append(all, fmt.Sprint("not seen: ", missing))
	}
	return all
}

// tally counts over scenarios that are tried two at a time.
type tally struct {
	mu            sync.Mutex
	counted       int
	missed, notes []string
}

func (c *tally) count(ok bool, name string, notes []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counted++
	if !ok {
		c.missed = append(c.missed, name)
	}
	for _, note := range notes {
		c.notes = append(c.notes, name+": "+note)
	}
}

func TestHowManyFaultsARunNotices(t *testing.T) {
	byDefault, thorough := &tally{}, &tally{}
	t.Run("faults", func(t *testing.T) {
		for _, s := range faults {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				tr := s.try(t, loopback(false))
				byDefault.count(tr.noticed(), s.name, tr.unsaid())
				if !tr.noticed() { // a thorough run makes the default plan first
					tr = s.try(t, loopback(true))
				}
				thorough.count(tr.noticed(), s.name, tr.unsaid())
			})
		}
	})
	noticed, noticedThorough := byDefault.counted-len(byDefault.missed), thorough.counted-len(thorough.missed)
	t.Logf("faults: %d of %d noticed (default), %d of %d (thorough)", noticed, len(faults), noticedThorough, len(faults))
	assert.Empty(t, byDefault.notes, "left behind without a word")
	assert.Empty(t, thorough.notes, "left behind without a word by a thorough run")
	assert.GreaterOrEqual(t, noticed, leastNoticed)
	assert.Empty(t, thorough.missed)
}

func TestHowManyServersThatDoNothingWrongARunBlames(t *testing.T) {
	byDefault, thorough := &tally{}, &tally{}
	t.Run("controls", func(t *testing.T) {
		for _, s := range controls {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				tr := s.try(t, loopback(false))
				byDefault.count(len(tr.alarms()) == 0, s.name, append(tr.alarms(), tr.unsaid()...))
				tr = s.try(t, loopback(true))
				thorough.count(len(tr.alarms()) == 0, s.name, append(tr.alarms(), tr.unsaid()...))
			})
		}
		live := loopback(false)
		live.BaseURL = "https://api.example" + basePath
		for _, s := range liveControls {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				tr := s.try(t, live)
				byDefault.count(len(tr.alarms()) == 0, s.name, tr.alarms())
			})
		}
	})
	t.Logf("right servers: %d of %d blamed (default), %d of %d (thorough)",
		len(byDefault.missed), byDefault.counted, len(thorough.missed), thorough.counted)
	t.Logf("default:\n%s", strings.Join(byDefault.notes, "\n"))
	t.Logf("thorough:\n%s", strings.Join(thorough.notes, "\n"))
	assert.Empty(t, byDefault.missed)
	assert.Empty(t, thorough.missed)
}

func TestNothingIsSaidOfAServerThatCannotBeUsed(t *testing.T) {
	for _, s := range unusable {
		t.Run(s.name, func(t *testing.T) {
			tr := s.try(t, loopback(false))
			assert.Error(t, tr.err)
			assert.Empty(t, tr.report.Violations)
			assert.Empty(t, tr.remaining())
		})
	}
}
