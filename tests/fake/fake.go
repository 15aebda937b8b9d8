// Package fake is Cloudflare's TURN key API in memory: for the tests of programs that use TURN keys, without an account.
//
//	server := fake.Start(t)
//	client, err := turnkeys.New(server.AccountID, server.Token, turnkeys.WithBaseURL(server.BaseURL))
//
// It answers as openapi.yaml says, with Cloudflare's error codes where they are known.
package fake

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/generated/server"
)

// The account that an API has if New is given none.
const (
	DefaultAccountID = "023e105f4ecef8ad9ca31a8372d0c353"
	DefaultToken     = "fake-token-for-tests-only-0123456789abcd"
)

// BasePath is where an API serves its operations, as Cloudflare does.
const BasePath = "/client/v4"

// API is an http.Handler that holds the TURN keys of any number of accounts. Make it with [New].
type API struct {
	handler  http.Handler
	secretAs string

	mu       sync.Mutex
	accounts map[string]*account
	faults   map[string][]int // the statuses with which an operation is to fail
}

type account struct {
	token string
	keys  []generated.TurnKey // in the order of their creation
}

// Option changes how an [API] answers.
type Option func(*API)

// WithAccount adds an account and the token that is good for it. Ids are 32 lower-case hexadecimal digits; any text
// without spaces will do for a token.
func WithAccount(accountID, token string) Option {
	return func(a *API) { a.accounts[accountID] = &account{token: token} }
}

// WithSecretAs makes create send the secret in another field than the documented "key": the live API has been seen to
// send it as "secret".
func WithSecretAs(field string) Option {
	return func(a *API) { a.secretAs = field }
}

// New returns an API with the accounts of the options, or with the default one.
func New(options ...Option) *API {
	a := &API{secretAs: "key", accounts: make(map[string]*account), faults: make(map[string][]int)}
	for _, option := range options {
		option(a)
	}
	if len(a.accounts) == 0 {
		WithAccount(DefaultAccountID, DefaultToken)(a)
	}

	mux := http.NewServeMux()
	mux.HandleFunc("/", unroutable)
	strict := server.NewStrictHandlerWithOptions(operations{a}, []server.StrictMiddlewareFunc{a.injectFaults}, server.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  writeFailure,
		ResponseErrorHandlerFunc: writeFailure,
	})
	server.HandlerWithOptions(strict, server.StdHTTPServerOptions{
		BaseURL:          BasePath,
		BaseRouter:       mux,
		Middlewares:      []server.MiddlewareFunc{requireJSONObject, a.authenticate}, // the last runs first
		ErrorHandlerFunc: writeFailure,
	})
	a.handler = mux
	return a
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("CF-Ray", newRayID())
	if hasDotOrEmptySegment(r.URL.Path) {
		unroutable(w, r) // the mux would redirect to the clean path
		return
	}
	a.handler.ServeHTTP(w, r)
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
	options = append([]Option{WithAccount(DefaultAccountID, DefaultToken)}, options...)
	api := New(options...)
	s := httptest.NewServer(api)
	t.Cleanup(s.Close)
	return &Server{API: api, BaseURL: s.URL + BasePath, AccountID: DefaultAccountID, Token: api.accounts[DefaultAccountID].token}
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
