package conformance_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
)

// latency is what an exchange takes: with none, nothing would ever happen later than anything else in a bubble.
const latency = 5 * time.Millisecond

// trial is a run against a server.
type trial struct {
	server *server
	report conformance.Report
	err    error
}

// start returns a server that differs from the reference in what is planted.
func start(plants ...plant) *server {
	s := newServer()
	all(plants...)(s)
	s.seeded = map[string]bool{}
	for _, account := range s.accounts {
		for _, k := range account.keys {
			s.seeded[k.uid] = true
		}
	}
	return s
}

func try(t *testing.T, goal conformance.Target, plants ...plant) (tr trial) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { tr = run(t, t.Context(), goal, start(plants...)) })
	return tr
}

// run makes a run in a bubble.
func run(t *testing.T, ctx context.Context, goal conformance.Target, s *server) trial {
	t.Helper()
	goal.Transport = wire{s}
	report, err := conformance.Run(ctx, goal)
	tr := trial{s, report, err}
	tr.doesNoHarm(t, goal)
	return tr
}

func loopback(thorough bool) conformance.Target {
	return conformance.Target{
		BaseURL: "http://localhost" + basePath, AccountID: accountID, Token: token,
		OtherAccountID: secondAccountID, OtherToken: secondToken, Thorough: thorough, Settle: conformance.DefaultSettle,
	}
}

// doesNoHarm checks what is true whatever the server does: the run keeps to its budget, leaves other keys alone, names
// none of them for deletion, calls no key deleted that is still there, and reports each key that it leaves behind.
func (tr trial) doesNoHarm(t *testing.T, goal conformance.Target) {
	t.Helper()
	assert.LessOrEqual(t, tr.report.Requests, goal.MaxRequests())
	for _, touched := range tr.server.touched {
		assert.True(t, strings.HasPrefix(touched, "GET "), "%s: the run did not create the key", touched)
	}
	for _, uid := range tr.report.Deleted {
		assert.NotContains(t, tr.remaining(), uid, "is not deleted")
		assert.NotContains(t, tr.server.seeded, uid)
	}
	for _, left := range tr.report.Left {
		assert.NotContains(t, tr.server.seeded, left.UID)
	}
	for uid, name := range tr.remaining() {
		reported := func(left conformance.LeftKey) bool { return left.UID == uid || left.UID == "" && left.Name == name }
		assert.True(t, slices.ContainsFunc(tr.report.Left, reported), "%s %.60q is left behind without a word", uid, name)
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

// rules returns the names of the checks that failed.
func (tr trial) rules() (rules []string) {
	for _, v := range tr.report.Violations {
		if !v.Accepted {
			rules = append(rules, v.Rule)
		}
	}
	return rules
}

// alarms returns why a correct server did not pass.
func (tr trial) alarms() (alarms []string) {
	if tr.err != nil {
		alarms = append(alarms, tr.err.Error())
	}
	for _, v := range tr.report.Violations {
		alarms = append(alarms, v.String())
	}
	for _, left := range tr.report.Left {
		alarms = append(alarms, fmt.Sprintf("left behind: %s %.60q", left.UID, left.Name))
	}
	if missing := tr.report.Coverage.Missing(); len(missing) > 0 {
		alarms = append(alarms, fmt.Sprint("not seen: ", missing))
	}
	return alarms
}

// wire reaches a server without a socket. Inside a synctest bubble, its time passes in no time.
type wire struct{ *server }

func (w wire) RoundTrip(r *http.Request) (response *http.Response, err error) {
	defer func() {
		switch panicked := recover(); panicked {
		case nil:
		case http.ErrAbortHandler:
			response, err = nil, errors.New("the connection broke")
		default:
			panic(panicked)
		}
	}()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	c := w.route(r)
	c.body, _ = io.ReadAll(r.Body)
	w.mu.Lock()
	w.inProgress++
	w.mu.Unlock()
	time.Sleep(w.delay(c)) // without the lock: who waits for a mutex keeps a bubble's clock from moving
	sent := w.respond(c)
	if err := r.Context().Err(); err != nil { // a socket would not have waited
		return nil, err
	}
	body := sent.encode()
	return &http.Response{
		StatusCode: sent.status, Header: sent.header, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}
