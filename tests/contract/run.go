package contract

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// Acceptances are patterns of places; see [WithAccepted].
type Acceptances []string

// Check returns an error for the first pattern that no violation can match.
func (a Acceptances) Check() error {
	_, err := New(nil, WithAccepted(a...))
	return err
}

// Target is the server that a run is about, and an account on it.
type Target struct {
	BaseURL, AccountID, Token string
	// Accept holds the drift that is known and accepted.
	Accept Acceptances
	// Observe, if not nil, is called after each exchange of the run.
	Observe func(Exchange)
}

// Report is what a run found.
type Report struct {
	BaseURL   string     `json:"baseUrl"`
	Exchanges []Exchange `json:"exchanges"`
	Coverage  Coverage   `json:"coverage"`
	// Unused holds the acceptances that no violation had the place of.
	Unused Acceptances `json:"unusedAcceptances"`
	// Deleted holds the ids of the keys that the run created and deleted; Left those that it could not delete, or the
	// name of a key whose id it never got.
	Deleted []string `json:"deleted"`
	Left    []string `json:"left"`
}

// Violations returns those of all exchanges.
func (r Report) Violations() []Violation {
	all := []Violation{}
	for _, e := range r.Exchanges {
		all = append(all, e.Violations...)
	}
	return all
}

// OK reports whether every documented response was seen, nothing violates the document that is not accepted, and no key
// is left.
func (r Report) OK() bool {
	unaccepted := func(v Violation) bool { return !v.Accepted }
	return !slices.ContainsFunc(r.Violations(), unaccepted) && len(r.Coverage.Missing()) == 0 && len(r.Left) == 0
}

const (
	namePrefix     = "turnkeys-contract-"
	invalidToken   = namePrefix + "token-that-is-not-valid"
	failureStatus  = "4XX"
	requestTimeout = 30 * time.Second
	cleanupTimeout = 30 * time.Second
	maxWait        = 5 * time.Minute
)

// Run creates, gets, edits, lists and deletes a key, provokes each documented failure, and holds every exchange
// against the document. It deletes what it created, also when it fails, panics or ctx ends, and nothing else. The error
// says why the run could not start or go on; the report holds what was seen until then.
func Run(ctx context.Context, target Target) (report Report, err error) {
	r := &run{
		Target: target, name: namePrefix + randomHex(16),
		exchanges: []Exchange{}, created: []string{}, deleted: []string{}, used: make(map[string]bool),
	}
	checker, err := New(nil, WithAccepted(target.Accept...))
	if err != nil {
		return Report{}, err
	}
	r.checker = checker
	defer func() { report = r.report() }()
	if err := r.connect(); err != nil {
		return Report{}, err
	}
	defer r.cleanUp(context.WithoutCancel(ctx))
	if err := r.lifecycle(ctx); !errors.Is(err, errStopped) {
		return Report{}, err
	}
	return Report{}, nil
}

func (r *run) report() Report {
	unused := slices.DeleteFunc(append(Acceptances{}, r.Accept...), func(place string) bool { return r.used[place] })
	return Report{
		BaseURL: r.BaseURL, Exchanges: r.exchanges, Coverage: r.checker.Coverage(),
		Unused: unused, Deleted: r.deleted, Left: r.created,
	}
}

type run struct {
	Target

	checker          *Checker
	client, stranger *turnkeys.Client // the stranger's token is not valid
	name             string           // no key but the run's has it

	exchanges []Exchange
	created   []string // the ids of keys that are not deleted yet
	deleted   []string
	orphaned  bool // there may be a key whose id is not known
	waited    bool // a rate limit has been waited out
	used      map[string]bool
}

func (r *run) connect() (err error) {
	options := []turnkeys.Option{
		turnkeys.WithBaseURL(r.BaseURL),
		turnkeys.WithHTTPClient(&http.Client{Transport: r.checker, Timeout: requestTimeout}),
		turnkeys.WithRetries(0),
	}
	if r.client, err = turnkeys.New(r.AccountID, r.Token, options...); err != nil {
		return err
	}
	r.stranger, err = turnkeys.New(r.AccountID, invalidToken, options...)
	return err
}

// step is one call of the run.
type step struct {
	want string // the documented response it should get
	call func() error
	hold func(*findings) // holds the result against the steps before; may be nil
}

// errStopped ends a lifecycle whose further steps would show nothing new; the violations tell why.
var errStopped = errors.New("stopped")

func (r *run) take(ctx context.Context, s step) error {
	err := s.call()
	if limited, ok := errors.AsType[*turnkeys.Error](err); ok && errors.Is(err, turnkeys.ErrRateLimited) && !r.waited {
		r.waited = true
		r.observe(r.lastExchange())
		if err := sleep(ctx, min(max(limited.RetryAfter, time.Second), maxWait)); err != nil {
			return err
		}
		err = s.call()
	}
	exchange := r.lastExchange()
	defer func() { r.observe(exchange) }()
	if exchange.Status == 0 { // no answer, or nothing sent
		return err
	}
	if s.want != failureStatus && errors.Is(err, turnkeys.ErrUnauthorized) && len(r.created) == 0 {
		return err // which says something about the token, not about the server
	}

	f := &findings{about: Violation{
		OperationID: exchange.OperationID, Method: exchange.Method, Path: exchange.Path, Status: exchange.Status, In: Response,
	}}
	if exchange.Documented != s.want {
		f.add("status", "sequence", "want %s at this point of the run", s.want)
	} else if err == nil && s.hold != nil {
		s.hold(f)
	}
	exchange.Violations = append(exchange.Violations, f.list...)
	if s.want != failureStatus && err != nil {
		return errStopped
	}
	return nil
}

// lastExchange returns the exchange of the latest call, or none if the client refused to send it.
func (r *run) lastExchange() Exchange {
	all := r.checker.Exchanges()
	if len(all) <= len(r.exchanges) {
		return Exchange{}
	}
	return all[len(all)-1]
}

func (r *run) observe(e Exchange) {
	if e.Method == "" {
		return
	}
	for i, v := range e.Violations {
		e.Violations[i] = r.checker.Mark(v)
		for _, place := range r.Accept {
			r.used[place] = r.used[place] || v.Matches(place)
		}
	}
	r.exchanges = append(r.exchanges, e)
	if r.Observe != nil {
		r.Observe(e)
	}
}

// cleanUp deletes what the run created and has not deleted, for as long as that takes few requests and little time.
func (r *run) cleanUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, cleanupTimeout)
	defer cancel()
	if r.orphaned {
		keys, err := r.client.List(ctx)
		r.observe(r.lastExchange())
		if err != nil {
			defer func() { r.created = append(r.created, r.name) }()
		}
		for _, key := range keys {
			if strings.HasPrefix(key.Name, r.name) && !slices.Contains(r.created, key.UID) {
				r.created = append(r.created, key.UID)
			}
		}
	}
	for _, uid := range slices.Clone(r.created) {
		_, err := r.client.Delete(ctx, uid)
		r.observe(r.lastExchange())
		if err == nil || errors.Is(err, turnkeys.ErrNotFound) {
			r.forget(uid)
		}
	}
}

func (r *run) forget(uid string) {
	r.created = slices.DeleteFunc(r.created, func(created string) bool { return created == uid })
	r.deleted = append(r.deleted, uid)
}

func sleep(ctx context.Context, wait time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, says its documentation
	return hex.EncodeToString(b)
}
