package turnkeys

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// DefaultBaseURL is the address of Cloudflare's API.
const DefaultBaseURL = "https://api.cloudflare.com/client/v4"

// Option changes how a [Client] works.
type Option func(*settings)

type settings struct {
	baseURL, userAgent string
	httpClient         *http.Client
	retries            int
	insecureHTTP       bool
}

// WithBaseURL replaces [DefaultBaseURL]. It must be https, or http to a loopback address; see [WithInsecureHTTP].
func WithBaseURL(baseURL string) Option { return func(s *settings) { s.baseURL = baseURL } }

// WithInsecureHTTP allows http to any host. The network can then read the token and secrets: never use a real token.
func WithInsecureHTTP() Option { return func(s *settings) { s.insecureHTTP = true } }

// WithHTTPClient uses a copy of client that follows no redirects. Its Timeout limits a call with all its retries.
func WithHTTPClient(client *http.Client) Option { return func(s *settings) { s.httpClient = client } }

// WithUserAgent sets the User-Agent header, without which Cloudflare rejects requests. The default is "turnkeys-go".
func WithUserAgent(userAgent string) Option { return func(s *settings) { s.userAgent = userAgent } }

// WithRetries sets how many times a call may be retried after a transient failure: 2 by default. See [Client.Create].
func WithRetries(retries int) Option { return func(s *settings) { s.retries = retries } }

// check and the functions below quote no value in their errors: it may be a token in the wrong place.
func (s settings) check() error {
	u, err := url.Parse(s.baseURL)
	switch {
	case s.httpClient == nil:
		return errors.New("WithHTTPClient: want an *http.Client, got nil")
	case s.retries < 0:
		return fmt.Errorf("WithRetries: want 0 or more, got %d", s.retries)
	case !printable.MatchString(s.userAgent):
		return errors.New("WithUserAgent: want printable ASCII, not blank: Cloudflare rejects requests without a User-Agent")
	case err != nil, u.Hostname() == "", u.User != nil, u.RawQuery != "", u.ForceQuery, strings.Contains(s.baseURL, "#"):
		return errors.New("base URL: want one such as " + DefaultBaseURL + ", without user information, query or fragment")
	case u.Scheme == "https", u.Scheme == "http" && (s.insecureHTTP || isLoopback(u.Hostname())):
		return nil
	}
	return errors.New("base URL: want https, or http to a loopback address; other plaintext needs WithInsecureHTTP")
}

func isLoopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

var printable = regexp.MustCompile(`^[ -~]*[!-~][ -~]*$`)
var validID = regexp.MustCompile(`^[0-9A-Za-z_-]{1,32}$`)

// checkID makes sure that an id is one path segment: "" or ".." would make its URL that of another resource.
func checkID(what, id string) error {
	if !validID.MatchString(id) {
		return fmt.Errorf("%s: want 1 to 32 characters, each a letter, a digit, _ or -", what)
	}
	return nil
}

func checkToken(token string) error {
	switch {
	case !printable.MatchString(token) || strings.Contains(token, " "):
		return errors.New("API token: want printable ASCII without spaces or line ends; copy the token and nothing else")
	case len(token) == 64 && longHex.FindString(token) == token:
		return errors.New("API token: this looks like the secret of a TURN key; want an API token of the account")
	}
	return nil
}

func checkName(name string) error {
	if !utf8.ValidString(name) {
		return errors.New("name: want valid UTF-8, since JSON has no other text")
	}
	return nil
}
