// Package turnkeys creates, lists, edits and deletes the TURN keys of a Cloudflare account.
//
// A TURN key is a credential with which an application asks Cloudflare's TURN service for ICE servers. Its secret is
// shown once, in the answer to [Client.Create]:
//
//	client, err := turnkeys.FromEnv()
//	...
//	key, err := client.Create(ctx, "video calls")
//	...
//	save(key.UID, key.Secret.Reveal())
//
// Every call that fails returns an [*Error]; compare it with [ErrNotFound] and the other sentinels through
// [errors.Is]. The operations are Cloudflare's, see
// https://developers.cloudflare.com/api/resources/calls/subresources/turn/.
package turnkeys

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/generated"
)

// DefaultBaseURL is the address of Cloudflare's API.
const DefaultBaseURL = "https://api.cloudflare.com/client/v4"

// Client calls the TURN key operations of one account. Make it with [New] or [FromEnv]; it is safe for use by many
// goroutines at once.
type Client struct {
	api       func() *generated.Client // a closure for the reason given at Secret: idle connections have buffers
	accountID string
	mask      mask
}

type settings struct {
	baseURL    string
	httpClient *http.Client
	userAgent  string
	retries    int
}

// Option changes how a [Client] works; New takes any number.
type Option func(*settings)

// WithBaseURL sends the calls to another address than [DefaultBaseURL]: everything in front of "/accounts". It must
// be https, or http to a loopback address, since the token would otherwise travel in the clear.
func WithBaseURL(baseURL string) Option {
	return func(s *settings) { s.baseURL = baseURL }
}

// WithHTTPClient sends the calls through the transport, timeout and cookie jar of httpClient, which is copied and
// never changed. Redirects are not followed, whatever its CheckRedirect says.
func WithHTTPClient(httpClient *http.Client) Option {
	return func(s *settings) { s.httpClient = httpClient }
}

// WithUserAgent sets the User-Agent header; the default is "turnkeys-go".
func WithUserAgent(userAgent string) Option {
	return func(s *settings) { s.userAgent = userAgent }
}

// WithRetries sets how often a call may be sent again after its first attempt; the default is 2, and 0 turns it off.
// See [Client.Create] for what is never sent twice.
func WithRetries(retries int) Option {
	return func(s *settings) { s.retries = retries }
}

// New returns a Client for an account. The token needs the permission "Calls Write". Nothing is sent.
func New(accountID, apiToken string, options ...Option) (*Client, error) {
	s := settings{baseURL: DefaultBaseURL, httpClient: &http.Client{}, userAgent: "turnkeys-go", retries: 2}
	for _, option := range options {
		option(&s)
	}
	if err := errors.Join(checkID("account id", accountID), checkToken(apiToken), s.check()); err != nil {
		return nil, fmt.Errorf("turnkeys: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}

	accept, authorization, agent := []string{"application/json"}, []string{"Bearer " + apiToken}, []string{s.userAgent}
	setHeaders := func(_ context.Context, request *http.Request) error {
		request.Header["Accept"], request.Header["Authorization"], request.Header["User-Agent"] = accept, authorization, agent
		return nil
	}
	api, err := generated.NewClient(s.baseURL, generated.WithHTTPClient(s.doer()), generated.WithRequestEditorFn(setHeaders))
	if err != nil {
		return nil, fmt.Errorf("turnkeys: %w", err)
	}
	return &Client{api: func() *generated.Client { return api }, accountID: accountID, mask: newMask(apiToken)}, nil
}

// FromEnv returns a Client for the account in CLOUDFLARE_ACCOUNT_ID with the token in CLOUDFLARE_API_TOKEN, and the
// base URL in CLOUDFLARE_BASE_URL if that is set. Options given here go before the environment.
func FromEnv(options ...Option) (*Client, error) {
	for _, name := range []string{"CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN"} {
		if os.Getenv(name) == "" {
			return nil, fmt.Errorf("turnkeys: the environment variable %s is empty: set it", name)
		}
	}
	if baseURL := os.Getenv("CLOUDFLARE_BASE_URL"); baseURL != "" {
		options = append([]Option{WithBaseURL(baseURL)}, options...)
	}
	return New(os.Getenv("CLOUDFLARE_ACCOUNT_ID"), os.Getenv("CLOUDFLARE_API_TOKEN"), options...)
}

// doer returns what sends a request. Beside redirects, which are not followed, an http.Client has only a timeout and a
// cookie jar to add to its transport: where it has neither, the transport saves its cost.
func (s settings) doer() generated.HttpRequestDoer {
	transport := newRetryTransport(s.httpClient.Transport, s.retries)
	if s.httpClient.Timeout == 0 && s.httpClient.Jar == nil {
		return transport
	}
	httpClient := *s.httpClient
	httpClient.Transport = transport
	httpClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &httpClient
}

func (s settings) check() error {
	switch {
	case s.httpClient == nil:
		return errors.New("WithHTTPClient: want an *http.Client, got nil")
	case s.retries < 0:
		return fmt.Errorf("WithRetries: want 0 or more, got %d", s.retries)
	case strings.ContainsFunc(s.userAgent, func(r rune) bool { return r < ' ' || r > '~' }):
		return errors.New("WithUserAgent: want printable ASCII")
	}
	return checkBaseURL(s.baseURL)
}

// The messages of the checks below show no value: whatever stands in the wrong place may be a token.

// checkID keeps an id to one path segment that addresses the resource it names: the generated client would let ""
// and ".." reach another.
func checkID(what, id string) error {
	if id == "" || len(id) > 32 {
		return fmt.Errorf("%s: want 1 to 32 characters, got %d", what, len(id))
	}
	for i := range len(id) {
		if c := id[i]; c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return fmt.Errorf("%s: want only letters, digits, _ and -, got another character at position %d", what, i+1)
		}
	}
	return nil
}

func checkToken(token string) error {
	if token == "" {
		return errors.New("API token: want one, got none")
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("API token: want printable ASCII without spaces or line ends; was it copied whole, and nothing else?")
	}
	return nil
}

func checkBaseURL(baseURL string) error {
	u, err := url.Parse(baseURL)
	switch {
	case err != nil, u.Hostname() == "":
		return errors.New("base URL: want one such as " + DefaultBaseURL)
	case u.User != nil, u.RawQuery != "", u.ForceQuery, strings.Contains(baseURL, "#"):
		return errors.New("base URL: want it without user information, query and fragment")
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("base URL: want https, or http to a loopback address, got %s to another: the API token would travel in the clear", u.Scheme)
}

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
