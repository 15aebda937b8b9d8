// Package fake is Cloudflare's TURN key API in memory: for the tests of programs that use TURN keys, without an account.
//
//	server := fake.Start(t)
//	client, err := turnkeys.New(server.AccountID, server.Token, turnkeys.WithBaseURL(server.BaseURL))
//
// It answers as openapi.yaml says, with Cloudflare's error codes where they are known, and refuses every request that
// openapi.yaml does not permit. A test sets it up with [API.AddKey], makes it fail with [API.FailNext],
// [API.LoseAnswer] and [API.Delay], and inspects it with [API.Requests] and [API.Keys].
package fake

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/generated/server"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// The account that an API has if New is given none.
const (
	DefaultAccountID = "023e105f4ecef8ad9ca31a8372d0c353"
	DefaultToken     = "fake-token-for-tests-only-0123456789abcd"
)

// BasePath is where an API serves its operations, as Cloudflare does.
const BasePath = "/client/v4"

// API is an http.Handler that holds the TURN keys of one or more accounts. Make it with [New]; it is safe for use by
// many goroutines at once.
type API struct {
	router     *http.ServeMux
	asReported bool
	retryAfter int // seconds

	mu       sync.Mutex
	accounts map[string]*account // the map itself does not change after New
	faults   map[string]*faults  // by operationId
	requests []Request
}

type account struct {
	token string
	keys  []generated.TurnKey // in the order of their creation
}

// Option changes how an [API] answers.
type Option func(*API)

var idPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

// WithAccount adds an account and the token that is good for it. The id has 32 lower-case hexadecimal digits. The token
// has letters, digits and ._~+/=- only; Cloudflare's have 40 characters of [0-9A-Za-z_-].
func WithAccount(accountID, token string) Option {
	if !idPattern.MatchString(accountID) || !credentials.Bearer.MatchString("Bearer "+token) {
		panic("fake: WithAccount: want an id of 32 lower-case hexadecimal digits, and a token of letters, digits and ._~+/=-")
	}
	return func(a *API) { a.accounts[accountID] = &account{token: token} }
}

// AsReported makes the API answer as the live one is reported to, where that departs from openapi.yaml: each row of
// contract.KnownDrift.
func AsReported() Option {
	return func(a *API) { a.asReported = true }
}

// WithRetryAfter sets how many seconds the Retry-After header of a 429 from [API.FailNext] asks to wait; the default is
// 1, and with 0 a client tries again at once.
func WithRetryAfter(seconds int) Option {
	if seconds < 0 {
		panic(fmt.Sprintf("fake: WithRetryAfter: want 0 or more seconds, got %d", seconds))
	}
	return func(a *API) { a.retryAfter = seconds }
}

// New returns an API with the accounts of the options, or with the default one.
func New(options ...Option) *API {
	a := &API{router: http.NewServeMux(), retryAfter: 1, accounts: make(map[string]*account), faults: make(map[string]*faults)}
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
	server.HandlerWithOptions(strict, server.StdHTTPServerOptions{
		BaseURL: BasePath, BaseRouter: a.router, ErrorHandlerFunc: writeFailure,
		Middlewares: []server.MiddlewareFunc{a.serve},
	})
	return a
}

// Server is a running API.
type Server struct {
	*API

	// BaseURL ends in /client/v4.
	BaseURL string
	// AccountID and Token are the default account's.
	AccountID, Token string
}

// Start serves an API with the default account on a loopback address until the test ends. Options may add accounts.
func Start(t testing.TB, options ...Option) *Server {
	t.Helper()
	api := New(append([]Option{WithAccount(DefaultAccountID, DefaultToken)}, options...)...)
	s := httptest.NewServer(api)
	t.Cleanup(s.Close)
	return &Server{API: api, BaseURL: s.URL + BasePath, AccountID: DefaultAccountID, Token: api.accounts[DefaultAccountID].token}
}
