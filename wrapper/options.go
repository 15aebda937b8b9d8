package turnkeys

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// DefaultBaseURL is the address of Cloudflare's API.
const DefaultBaseURL = "https://api.cloudflare.com/client/v4"

type settings struct {
	baseURL      string
	httpClient   *http.Client
	userAgent    string
	retries      int
	insecureHTTP bool
}

// Option changes how a [Client] works.
type Option func(*settings)

// WithBaseURL sets the base URL: everything before "/accounts", such as [DefaultBaseURL]. It must be https, or http to
// a loopback address. See [WithInsecureHTTP] for http to other hosts.
func WithBaseURL(baseURL string) Option {
	return func(s *settings) { s.baseURL = baseURL }
}

// WithInsecureHTTP allows an http base URL on any host, such as a fake in another container. Anyone who can read the
// network traffic can then read the API token and the secret of every new key. Never use it with a real token.
func WithInsecureHTTP() Option {
	return func(s *settings) { s.insecureHTTP = true }
}

// WithHTTPClient sends the calls through the transport and cookie jar of httpClient. Its timeout, if any, limits each
// call with all its attempts. The client is copied and never changed. Redirects are not followed.
func WithHTTPClient(httpClient *http.Client) Option {
	return func(s *settings) { s.httpClient = httpClient }
}

// WithUserAgent sets the User-Agent header, without which Cloudflare rejects requests. The default is "turnkeys-go".
func WithUserAgent(userAgent string) Option {
	return func(s *settings) { s.userAgent = userAgent }
}

// WithRetries sets how many times a failed call may be retried. The default is 2, and 0 turns retries off. See
// [Client.Create] for what is never retried.
func WithRetries(retries int) Option {
	return func(s *settings) { s.retries = retries }
}

func (s settings) check() error {
	switch {
	case s.httpClient == nil:
		return errors.New("WithHTTPClient: want an *http.Client, got nil")
	case s.retries < 0:
		return fmt.Errorf("WithRetries: want 0 or more, got %d", s.retries)
	case strings.TrimSpace(s.userAgent) == "":
		return errors.New("WithUserAgent: want a User-Agent, got none: Cloudflare rejects requests without one")
	case strings.ContainsFunc(s.userAgent, func(r rune) bool { return r < ' ' || r > '~' }):
		return errors.New("WithUserAgent: want printable ASCII")
	}
	return s.checkBaseURL()
}

// The errors of the checks below show no value: it may be a token in the wrong place.

func (s settings) checkBaseURL() error {
	u, err := url.Parse(s.baseURL)
	switch {
	case err != nil, u.Hostname() == "":
		return errors.New("base URL: want one such as " + DefaultBaseURL)
	case u.User != nil, u.RawQuery != "", u.ForceQuery, strings.Contains(s.baseURL, "#"):
		return errors.New("base URL: want it without user information, query and fragment")
	case u.Scheme == "https", u.Scheme == "http" && (s.insecureHTTP || isLoopback(u.Hostname())):
		return nil
	}
	return errors.New("base URL: want https, or http to a loopback address; other plaintext needs WithInsecureHTTP")
}

func isLoopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// checkID makes sure that an id is one path segment: with "" or "..", the generated client addresses another resource.
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
	switch {
	case token == "":
		return errors.New("API token: want one, got none")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("API token: want printable ASCII without spaces or line ends; copy the token and nothing else")
	case len(token) == 64 && hexadecimal.FindString(token) == token:
		return errors.New("API token: this looks like the secret of a TURN key; want an API token of the account")
	}
	return nil
}

// checkName rejects a name that encoding/json would silently change.
func checkName(name string) error {
	if !utf8.ValidString(name) {
		return errors.New("name: want valid UTF-8")
	}
	return nil
}
