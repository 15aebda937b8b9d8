// Package conformance finds out whether a server of TURN keys behaves as openapi.yaml says. Package contract checks each
// answer on its own; a run also compares the answers with each other.
//
// What departs from the document is a violation. What the document leaves open is a notice at most: errors in a success,
// fields that it does not have, methods that it does not have, and a name of 5,000 characters that is refused. An answer
// without CF-Ray is neither. An edit without a name may leave the name or empty it.
//
// A single 429 is waited out. A 5xx, or a lost answer, is asked for again if it is the first of its operation, or if ten
// requests were made since the last one; if the second answer is good, it is a notice.
//
// # The report as JSON
//
//	baseUrl            the server
//	requests           how many were made, of maxRequests
//	steps              the calls of the plan and the probes, in order: name, probe, operationId and status of the last
//	                   call, requests, elapsedNanoseconds, the counts violations, accepted, known and notices, leftOut:
//	                   why the step was not made, or was cut short, and stopped: true if the run could not go on after it
//	exchanges          each request and its answer, as in contract.Checked
//	coverage           each documented response, and how often it was seen
//	violations         as in contract.Violation, and request and step: what was sent, in words; times: how often
//	knownDrift         reported deviations of the live API that were seen: place, rule, seen, source, times
//	strict             true if known drift is a failure
//	unusedAcceptances  the accepted places at which nothing was wrong
//	notices            request, step, message
//	deleted            the uids of the keys that the run created and deleted
//	left               the keys that may still be there: uid, or the name if the uid is not known; command: how to
//	                   delete or find the key
package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// Target is the server that a run is about, an account on it, and how to go about it.
type Target struct {
	BaseURL, AccountID, Token string
	// OtherAccountID and OtherToken are a second account on the server, if there is one: a thorough run finds out whether
	// the two are kept apart.
	OtherAccountID, OtherToken string
	// Transport makes the requests; nil means http.DefaultTransport.
	Transport http.RoundTripper

	// Thorough adds the probes to the plan, for a server that holds nothing of value: they include PUT and DELETE on the
	// collection, which might change or delete all keys.
	Thorough bool
	// Disposable says that nothing at an address that is not loopback is of value.
	Disposable bool
	// InsecureHTTP allows plaintext beyond loopback.
	InsecureHTTP bool
	// Settle is how long a change may take to become visible, such as [DefaultSettle]. Zero turns waiting off: a late answer
	// is then a violation.
	Settle time.Duration

	// Accept holds the places of violations that are expected, as for contract.WithAccepted.
	Accept []string
	// Strict makes known drift a failure.
	Strict bool

	// Observe, if not nil, is called when a step ends, and while it goes on.
	Observe func(Step)
}

// DefaultSettle is a good value for Target.Settle.
const DefaultSettle = 10 * time.Second

// Run takes keys of its own through all operations, and compares every answer with the document and with the answers
// before it. It deletes the keys that it created, also when it panics or ctx ends, and touches no others. The error says
// why the run could not start or finish; the report holds what was seen until then.
func Run(ctx context.Context, target Target) (report Report, err error) {
	r, err := newRun(target)
	if err != nil {
		return Report{}, err
	}
	defer func() { // after runtime.Goexit too, which a failing test calls in Observe
		cleaning, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout+target.Settle)
		defer cancel()
		r.protect(func() { r.cleanUp(cleaning) })
		r.protect(func() { r.cleanUp(cleaning) }) // does nothing, unless the first one panicked
		for _, acc := range r.accounts {
			r.reportKeys(acc)
		}
		report, err = r.finished(), r.failed
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}()
	r.protect(func() { r.plan(ctx) })
	return Report{}, nil
}

// protect calls f. If f does not return, the run has failed, and Observe, which may be the cause, is not called again.
func (r *run) protect(f func()) {
	returned := false
	defer func() {
		if returned {
			return
		}
		r.Observe = nil
		if len(r.report.Steps) > 0 && !r.step().Done {
			r.step().Stopped = true
		}
		if p := recover(); p != nil {
			r.failed = fmt.Errorf("the run panicked: %v", p)
		}
	}()
	f()
	returned = true
}

// run is a run at work.
type run struct {
	Target

	checker        *contract.Checker
	main           *account
	accounts       []*account // the main one, and the second one if there is one
	name           string     // in the names of the run's keys, and of no others
	refusedToken   string
	started        time.Time
	othersWorkHere bool // other people may work with the account

	budget, spent int
	stepsToCome   int // steps that are still to be made, whatever happens
	outOfRequests bool
	cleaning      bool

	answered         bool            // a request has been answered
	rateLimited      int             // how often a rate limit was waited out
	failedOnce       map[string]bool // operations of which a call has failed and was asked again
	lastFailure      int             // how many requests had been made then
	lastChange       time.Time       // when the run last changed something
	longestDelay     time.Duration   // how late the server has been
	failed           error           // why the run cannot start or go on
	halted           bool            // a violation keeps the run from going on
	deletesSinceList int             // how many were answered since the last list
	deletesHarm      bool            // a delete has harmed a key that is not the run's

	exchanges []contract.Checked
	report    Report
}

func newRun(target Target) (*run, error) {
	if err := target.Check(); err != nil {
		return nil, err
	}
	checker, err := contract.New(target.Transport, contract.WithAccepted(target.Accept...))
	if err != nil {
		return nil, err
	}
	main := &account{id: target.AccountID, token: target.Token}
	return &run{
		Target: target, checker: checker, main: main, accounts: []*account{main}, name: namePrefix + randomHex(16), refusedToken: newRefusedToken(), started: time.Now(),
		othersWorkHere: !target.IsLoopback() && !target.Disposable, budget: target.MaxRequests(), failedOnce: map[string]bool{},
		report: Report{
			BaseURL: target.BaseURL, Strict: target.Strict, Steps: []Step{}, Violations: []Violation{}, KnownDrift: []SeenDrift{},
			Unused: []string{}, Notices: []Notice{}, Deleted: []string{}, Left: []LeftKey{},
		},
	}, nil
}

// Check returns why the run cannot start, without sending anything and without showing any of the values.
func (t Target) Check() error {
	if !t.allowsScheme() {
		return errors.New("base URL: want https, or http to a loopback address; http to any other address needs -insecure-http")
	}
	options := []turnkeys.Option{turnkeys.WithBaseURL(t.BaseURL), turnkeys.WithInsecureHTTP()}
	_, err := turnkeys.New(t.AccountID, t.Token, options...)
	switch {
	case err != nil:
		return err
	case t.Thorough && !t.Disposable && !t.IsLoopback():
		return errors.New("a thorough run beyond loopback needs -disposable, which says that the server holds nothing of value")
	case (t.OtherAccountID == "") != (t.OtherToken == ""):
		return errors.New("the second account: want its id and its token, or neither")
	case t.OtherAccountID == "":
		return nil
	case t.OtherAccountID == t.AccountID:
		return errors.New("the second account: want another than the first")
	}
	if _, err := turnkeys.New(t.OtherAccountID, t.OtherToken, options...); err != nil {
		return fmt.Errorf("the second account: %w", err)
	}
	return nil
}

// allowsScheme leaves what is not a URL with a host to turnkeys.New.
func (t Target) allowsScheme() bool {
	u, err := url.Parse(t.BaseURL)
	if err != nil || u.Hostname() == "" {
		return true
	}
	return u.Scheme == "https" || u.Scheme == "http" && (t.InsecureHTTP || t.IsLoopback())
}

// IsLoopback says whether the server is on this machine, where nobody else changes what it holds.
func (t Target) IsLoopback() bool {
	u, err := url.Parse(t.BaseURL)
	return err == nil && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
}

// stopped says whether the plan is at its end: it was interrupted, cannot go on, or has made all its requests.
func (r *run) stopped(ctx context.Context) bool {
	return ctx.Err() != nil || r.failed != nil || r.halted || r.outOfRequests
}
