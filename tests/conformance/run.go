// Package conformance checks whether a TURN key API server conforms to openapi.yaml. Package contract checks each response
// on its own; a run also compares responses with each other.
//
// A departure from the document is a violation. Where the document leaves behaviour open, there is at most a notice: for
// errors in a successful response, and rejected requests with undocumented fields or a name of 300 or 5,000 characters.
// A missing CF-Ray header is neither. An edit without a name may keep or clear the name.
//
// Rate limits are waited out, for up to five minutes in all. A 5xx or a lost response is retried if it is the first for its
// operation, or if at least ten requests have been made since the last one. If the retry gets a response below 500, the
// failure is only a notice.
//
// # The report as JSON
//
//	baseUrl, requests, maxRequests, strict  as in Report
//	steps              in order: name, probe, operationId and status of the last call, requests, elapsedNanoseconds, the
//	                   counts violations, accepted, known and notices, skipped: why, and stopped: the run ended there
//	exchanges          each request and its response, as in contract.Checked
//	coverage           each documented response, and how often it was seen
//	violations         as in contract.Violation, and request, step, command, times; also: the same of other requests
//	knownDrift         reported deviations of the live API: place, rule, seen, source, times
//	unusedAcceptances  the accepted places that matched no violation
//	notices            request, step, message
//	deleted            the uids of the keys that the run created and deleted
//	left               the keys that may still be there: uid, name, command
package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// Target describes the server to check, an account on it, and the options of the run.
type Target struct {
	BaseURL, AccountID, Token string
	// OtherAccountID and OtherToken are a second account on the server, if there is one: a thorough run checks that the two
	// are isolated from each other.
	OtherAccountID, OtherToken string
	// Transport makes the requests; nil means http.DefaultTransport.
	Transport http.RoundTripper

	// Thorough adds the probes to the plan, for a server that holds nothing of value: they include PUT and DELETE on the
	// collection, which might change or delete all keys.
	Thorough bool
	// Disposable confirms that a server outside loopback holds nothing of value.
	Disposable bool
	// InsecureHTTP allows plaintext outside loopback.
	InsecureHTTP bool
	// Settle is how long a change may take to become visible, such as [DefaultSettle]. If it is zero, the run does not wait,
	// and a delayed change is a violation.
	Settle time.Duration

	// Accept lists the places of expected violations, as for contract.WithAccepted.
	Accept []string
	// Strict makes known drift a failure.
	Strict bool

	// Observe, if not nil, is called when a step begins and ends, and while it is in progress.
	Observe func(Step)
}

// DefaultSettle is the programs' value for Target.Settle.
const DefaultSettle = 10 * time.Second

// Run creates keys, calls every operation on them, and checks each response against the document and against earlier
// responses. It deletes the keys it created, even if it panics or ctx is done, and changes no others. If the run could not
// start or finish, err says why, and the report covers what happened up to then.
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

// protect calls f. If f panics, the run has failed.
func (r *run) protect(f func()) {
	defer func() {
		if p := recover(); p != nil {
			r.failed = fmt.Errorf("the run panicked: %v", p)
		}
	}()
	f()
}

// run is a run in progress.
type run struct {
	Target

	document *contract.Document
	secrets  contract.Secrets  // that were seen
	forms    []string          // other forms of these
	tokens   *strings.Replacer // of tokens with expressions for the shell
	main     *account
	accounts []*account // that could be listed: the main one, and the second one if there is one
	name     string     // in the names of the run's keys, and of no others
	started  time.Time

	timeout       time.Duration // of a request
	http2         bool          // the server speaks it
	toCome        []step
	failures      map[string]int // operations of which a failed call was retried, and which request of the run that was
	rateLimited   time.Duration  // how long the run has waited for rate limits
	rejectedToken bool           // an invalid token was rejected as it should be

	lastChange   time.Time       // when the run last changed something
	longestDelay time.Duration   // how late the server has been
	unsettled    map[string]bool // checks that failed for longer than Settle
	lookedAgain  map[string]bool // operations
	tick         time.Duration   // of the server's clock, if it is coarse

	failed      error // why the run cannot start or continue
	halted      bool  // a violation keeps the run from going on
	deletesHarm bool  // a delete seems to have changed or removed a key of others
	cleaning    bool

	excused []contract.Checked // what should have come in place of accepted statuses
	report  Report
}

func newRun(target Target) (*run, error) {
	if err := target.Check(); err != nil {
		return nil, err
	}
	if target.Transport == nil {
		target.Transport = http.DefaultTransport
	}
	document, err := contract.OpenAPI().Under(target.BaseURL)
	if err == nil {
		err = document.CheckPlaces(target.Accept)
	}
	if err != nil {
		return nil, err
	}
	r := &run{
		Target: target, document: document, tokens: target.shellTokens(),
		secrets: contract.Secrets{Tokens: []string{target.Token, target.OtherToken}},
		main:    &account{id: target.AccountID, token: target.Token}, name: namePrefix + randomHex(16), started: time.Now(),
		timeout: requestTimeout, failures: map[string]int{}, unsettled: map[string]bool{}, lookedAgain: map[string]bool{},
		report: Report{
			BaseURL: target.BaseURL, MaxRequests: target.MaxRequests(), Strict: target.Strict, Steps: []Step{}, Violations: []Violation{},
			KnownDrift: []SeenDrift{}, Unused: []string{}, Notices: []Notice{}, Deleted: []string{}, Left: []LeftKey{},
		},
	}
	for _, drift := range contract.KnownDrift() {
		r.report.KnownDrift = append(r.report.KnownDrift, SeenDrift{Drift: drift})
	}
	return r, nil
}

// othersWorkHere reports whether other people may work with the account.
func (t Target) othersWorkHere() bool { return !t.IsLoopback() && !t.Disposable }

// Check returns why the run cannot start, without sending anything and without showing any of the values.
func (t Target) Check() error {
	options := []turnkeys.Option{turnkeys.WithBaseURL(t.BaseURL), turnkeys.WithInsecureHTTP()}
	_, err := turnkeys.New(t.AccountID, t.Token, options...)
	isHTTPS := strings.HasPrefix(strings.ToLower(t.BaseURL), "https:")
	switch {
	case err != nil:
		return err
	case !isHTTPS && !t.InsecureHTTP && !t.IsLoopback():
		return errors.New("base URL: want https, or http to a loopback address; http to any other address needs -insecure-http")
	case t.Thorough && t.othersWorkHere():
		return errors.New("-thorough outside loopback needs -disposable, " +
			"which confirms that the server holds nothing of value")
	case t.OtherAccountID == "" && t.OtherToken == "":
		return nil
	case t.OtherAccountID == "" || t.OtherToken == "":
		return errors.New("second account: set both the id and the token, or neither")
	case t.OtherAccountID == t.AccountID:
		return errors.New("second account: must differ from the first")
	}
	if _, err = turnkeys.New(t.OtherAccountID, t.OtherToken, options...); err != nil {
		return fmt.Errorf("second account: %w", err)
	}
	return nil
}

// IsLoopback reports whether the server is on this machine, where nobody else changes its keys.
func (t Target) IsLoopback() bool {
	u, err := url.Parse(t.BaseURL)
	return err == nil && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
}
