// Package conformance finds out whether a server of TURN keys behaves as openapi.yaml says: not only whether each answer
// is well formed, which package contract checks, but whether the answers bear each other out.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
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

	// Thorough adds the probes to the plan, for a server that holds nothing of value.
	Thorough bool
	// Disposable says that nothing at an address that is not loopback is of value.
	Disposable bool
	// InsecureHTTP allows plaintext beyond loopback.
	InsecureHTTP bool
	// Settle is how long the state of the server may take to show in its answers.
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

// How many requests a run makes at most, waiting included.
const (
	MaxRequests         = 30
	MaxRequestsThorough = 250
)

// Run takes keys of its own through all operations, and compares every answer with the document and with the answers
// before it. It deletes the keys that it created, also when it panics or ctx ends, and touches no others. The error says
// why the run could not be made or finished; the report holds what was seen until then.
func Run(ctx context.Context, target Target) (report Report, err error) {
	r, err := newRun(target)
	if err != nil {
		return Report{}, err
	}
	defer func() {
		if p := recover(); p != nil {
			err, r.Observe = fmt.Errorf("the run panicked: %v", p), nil
		}
		r.cleanUp(context.WithoutCancel(ctx))
		report = r.finished()
	}()
	r.plan(ctx)
	if ctx.Err() != nil {
		return Report{}, context.Cause(ctx)
	}
	return Report{}, r.failed
}

// run is a run at work, on one of its accounts.
type run struct {
	*session
	*account
}

// session is what a run has whatever account it works on.
type session struct {
	Target

	checker      *contract.Checker
	accounts     []*account
	name         string // in the names of the run's keys, and of no others
	refusedToken string
	shared       bool // other people may work with the account

	budget, spent int
	ahead         int // steps that are still to be made, whatever happens
	exhausted     bool
	cleaning      bool

	answered bool            // a request has been answered
	limited  int             // how often a rate limit was waited out
	faltered map[string]bool // operations that have failed once without counting it
	changed  time.Time       // when the run last changed something
	lag      time.Duration   // how late the server has been
	failed   error           // why the run cannot be made
	halted   bool            // a violation keeps the run from going on
	deletes  int             // how many were answered since the last list
	harmful  bool            // a delete has harmed a key that is not the run's

	exchanges []contract.Exchange
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
	r := &run{account: main, session: &session{
		Target: target, checker: checker, accounts: []*account{main}, name: namePrefix + randomHex(16), refusedToken: newRefusedToken(),
		shared: !target.IsLoopback() && !target.Disposable, budget: MaxRequests, faltered: map[string]bool{},
		report: Report{
			BaseURL: target.BaseURL, Strict: target.Strict, Steps: []Step{}, Violations: []Violation{}, KnownDrift: []SeenDrift{},
			Unused: []string{}, Notices: []Notice{}, Deleted: []string{}, Left: []LeftKey{},
		},
	}}
	if target.Thorough {
		r.budget = MaxRequestsThorough
	}
	return r, nil
}

// Check returns what keeps a run from being made, without having sent anything and without showing any of the values.
func (t Target) Check() error {
	options := []turnkeys.Option{turnkeys.WithBaseURL(t.BaseURL)}
	if t.InsecureHTTP {
		options = append(options, turnkeys.WithInsecureHTTP())
	}
	_, err := turnkeys.New(t.AccountID, t.Token, options...)
	switch {
	case err != nil:
		return err
	case t.Thorough && !t.Disposable && !t.IsLoopback():
		return errors.New("a thorough run is for a server that holds nothing of value; -disposable says so of one that is not at a loopback address")
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

// IsLoopback says whether the server is on this machine, where nobody else changes what it holds.
func (t Target) IsLoopback() bool {
	u, err := url.Parse(t.BaseURL)
	return err == nil && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
}

// affords says whether one more request leaves enough to delete the run's keys.
func (s *session) affords() bool {
	if s.cleaning {
		return s.spent < s.budget
	}
	return s.spent+s.live() < s.budget
}

// live counts the run's keys that are not deleted.
func (s *session) live() (n int) {
	for _, a := range s.accounts {
		n += len(a.live())
	}
	return n
}

// spare is how many requests are left beside those that the plan still needs, and two for a key that turns up at the end.
func (s *session) spare() int {
	if s.cleaning {
		return s.budget - s.spent
	}
	needed := s.ahead + s.live()
	if needed == 0 {
		return s.budget - s.spent
	}
	return s.budget - s.spent - needed*s.cost() - 2
}

// cost is how many requests a step takes.
func (s *session) cost() int {
	if 4*s.limited >= s.spent && s.limited > 0 {
		return 2 // each has to be made again
	}
	return 1
}

// stopped says whether the plan is at its end: it was interrupted, cannot go on, or has made all its requests.
func (r *run) stopped(ctx context.Context) bool {
	return ctx.Err() != nil || r.failed != nil || r.halted || r.exhausted
}

// add adds a violation, or known drift, to the report.
func (r *run) add(c call, v contract.Violation) {
	step := r.step()
	if v.Known != "" && !v.Accepted {
		step.Known++
		r.addDrift(v)
		return
	}
	if v.Accepted {
		step.Accepted++
	} else {
		step.Violations++
	}
	same := func(other Violation) bool {
		return other.Place() == v.Place() && other.Rule == v.Rule && other.Message == v.Message
	}
	if i := slices.IndexFunc(r.report.Violations, same); i >= 0 {
		r.report.Violations[i].Times++
		return
	}
	r.report.Violations = append(r.report.Violations, Violation{
		Violation: v, Request: c.inWords(), Step: step.Name, Times: 1, wanted: c.wanted, stepIndex: len(r.report.Steps) - 1,
	})
}

func (r *run) addDrift(v contract.Violation) {
	for _, drift := range contract.KnownDrift() {
		if !drift.Matches(v) {
			continue
		}
		i := slices.IndexFunc(r.report.KnownDrift, func(s SeenDrift) bool { return s.Drift == drift })
		if i < 0 {
			r.report.KnownDrift = append(r.report.KnownDrift, SeenDrift{Drift: drift})
			i = len(r.report.KnownDrift) - 1
		}
		r.report.KnownDrift[i].Times++
	}
}

// violate reports what the answers before an answer, or the request itself, contradict.
func (r *run) violate(a answer, at, rule, message string) {
	r.add(a.call, r.checker.Mark(contract.Violation{
		OperationID: a.id, Method: a.method, Path: a.template(), Status: a.status, In: contract.Response,
		At: at, Rule: rule, Message: message,
	}))
}

func (r *run) violateAll(a answer, findings []finding) {
	for _, f := range findings {
		r.violate(a, f.at, "sequence", f.message)
	}
}

func (r *run) notice(c call, format string, args ...any) {
	r.step().Notices++
	n := Notice{Request: c.inWords(), Step: r.step().Name, Message: fmt.Sprintf(format, args...)}
	if !slices.Contains(r.report.Notices, n) {
		r.report.Notices = append(r.report.Notices, n)
	}
}

func (c call) inWords() string {
	name := c.id
	if name == "" {
		name = c.method
	}
	if c.words == "" {
		return name
	}
	return name + " " + c.words
}

func (r *run) step() *Step { return &r.report.Steps[len(r.report.Steps)-1] }

// begin begins a step. Its requests are counted, and its end is told, by end.
func (r *run) begin(name string, probe bool) {
	r.report.Steps = append(r.report.Steps, Step{Name: name, Probe: probe, Requests: -r.spent})
	r.progress("")
}

func (r *run) progress(doing string) {
	if r.Observe != nil {
		step := *r.step()
		step.Requests += r.spent
		step.Doing = doing
		r.Observe(step)
	}
}

func (r *run) end() {
	step := r.step()
	step.Requests += r.spent
	step.Done = true
	if step.Requests == 0 && step.LeftOut == "" {
		step.LeftOut = "there were no requests left to make"
	}
	if r.Observe != nil {
		r.Observe(*step)
	}
}

// finished completes the report.
func (r *run) finished() Report {
	report := r.report
	slices.SortFunc(report.KnownDrift, func(a, b SeenDrift) int {
		return slices.Index(contract.KnownDrift(), a.Drift) - slices.Index(contract.KnownDrift(), b.Drift)
	})
	report.Requests, report.MaxRequests, report.Exchanges = r.spent, r.budget, r.exchanges
	report.Coverage = r.coverage()
	for _, place := range r.Accept {
		used := slices.ContainsFunc(report.Violations, func(v Violation) bool { return v.Accepted && v.Matches(place) })
		if !used {
			report.Unused = append(report.Unused, place)
		}
	}
	return report
}
