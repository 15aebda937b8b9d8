// Package fake is an in-memory implementation of Cloudflare's TURN key API, for testing programs that use TURN keys
// without an account.
//
//	server := fake.Start(t)
//	client, err := turnkeys.New(server.AccountID, server.Token, turnkeys.WithBaseURL(server.BaseURL))
//
// It responds as openapi.yaml documents, with Cloudflare's error codes where they are known, and rejects every request that
// openapi.yaml does not allow. Tests set it up with [API.AddKey], make it fail with [API.FailNext], [API.LoseResponse],
// [API.Delay] and [API.Late], and inspect it with [API.Requests] and [API.Keys].
package fake

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/generated/server"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

const (
	// DefaultAccountID is the account of an API without WithAccount.
	DefaultAccountID = "023e105f4ecef8ad9ca31a8372d0c353"
	// DefaultToken is the token of the default account.
	DefaultToken = "fake-token-for-tests-only-0123456789abcd"
	// BasePath is the path under which an API serves its operations, as Cloudflare does.
	BasePath = "/client/v4"
	// UntilReset is a number of times that means until the API is reset.
	UntilReset = -1
)

// API is an http.Handler that serves the TURN keys of one or more accounts. Create one with [New]. It is safe for
// concurrent use.
type API struct {
	router      http.Handler
	asReported  bool
	retryAfter  int // seconds
	accepted    []string
	onViolation func(Violation)
	closed      context.Context
	close       context.CancelFunc

	mu         sync.Mutex
	accounts   map[string]*account
	faults     []fault  // in the order in which they happen
	given      []string // the secrets of the keys that were created
	requests   []Request
	violations []Violation
}

type account struct {
	token string
	keys  []generated.TurnKey // in the order of their creation
}

// Option changes how an [API] responds.
type Option func(*API)

// WithAccount adds an account and its token. The id must be 32 lower-case hexadecimal digits. The token may contain
// only letters, digits and ._~+/=-; Cloudflare's tokens have 40 or 53 characters of [0-9A-Za-z_-].
func WithAccount(accountID, token string) Option {
	if !credentials.ID.MatchString(accountID) || !credentials.Token.MatchString(token) {
		panic("fake: WithAccount: want an id of 32 lower-case hexadecimal digits, and a token of letters, digits and ._~+/=-")
	}
	return func(a *API) { a.accounts[accountID] = &account{token: token} }
}

// AsReported makes the API imitate every reported deviation of the live API that contract.KnownDrift lists.
func AsReported() Option {
	return func(a *API) { a.asReported = true }
}

// WithRetryAfter sets the Retry-After header, in seconds, of each 429 from [API.FailNext]. The default is 1.
func WithRetryAfter(seconds int) Option {
	if seconds < 0 {
		panic(fmt.Sprintf("fake: WithRetryAfter: want 0 or more seconds, got %d", seconds))
	}
	return func(a *API) { a.retryAfter = seconds }
}

// WithAccepted names places, as contract.WithAccepted does. Violations there are reported as accepted.
func WithAccepted(places ...string) Option {
	panicOn("WithAccepted", document.CheckPlaces(places))
	return func(a *API) { a.accepted = append(a.accepted, places...) }
}

// OnViolation sets a function that is called for each violation of openapi.yaml in a request. Calls may overlap.
func OnViolation(f func(Violation)) Option {
	return func(a *API) { a.onViolation = f }
}

// New returns an API with the accounts given by [WithAccount], or with the default account.
func New(options ...Option) *API {
	a := &API{retryAfter: 1, onViolation: func(Violation) {}, accounts: make(map[string]*account)}
	a.closed, a.close = context.WithCancel(context.Background())
	for _, option := range options {
		option(a)
	}
	if len(a.accounts) == 0 {
		WithAccount(DefaultAccountID, DefaultToken)(a)
	}
	strict := server.NewStrictHandlerWithOptions(operations{a}, nil, server.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  writeFailure,
		ResponseErrorHandlerFunc: writeFailure,
	})
	a.router = server.HandlerWithOptions(strict, server.StdHTTPServerOptions{BaseURL: BasePath, ErrorHandlerFunc: writeFailure})
	return a
}

// Server is a running API.
type Server struct {
	*API

	BaseURL          string // ends in /client/v4
	AccountID, Token string // of the default account
}

// Close ends all delays, so that a server can close. [Start] calls it when the test ends.
func (a *API) Close() { a.close() }

// Start serves an API with the default account on a loopback address until the test ends. Options may add accounts.
func Start(t testing.TB, options ...Option) *Server {
	t.Helper()
	api := New(append([]Option{WithAccount(DefaultAccountID, DefaultToken)}, options...)...)
	s := httptest.NewServer(api)
	t.Cleanup(s.Close)
	t.Cleanup(api.Close) // first, so that s need not wait for delayed calls
	return &Server{API: api, BaseURL: s.URL + BasePath, AccountID: DefaultAccountID, Token: api.accounts[DefaultAccountID].token}
}
