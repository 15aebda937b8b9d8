// Package turnkeys creates, lists, gets, edits and deletes the TURN keys of a Cloudflare account.
//
// A TURN key lets an application ask Cloudflare's TURN service for ICE servers. Its secret is shown only once, in the
// response to [Client.Create]:
//
//	client, err := turnkeys.FromEnv()
//	key, err := client.Create(ctx, "video calls")
//	save(key.UID, key.Secret.Reveal())
//
// A call that fails returns an [*Error]. Use [errors.Is] to compare it with [ErrNotFound] and the other sentinels.
// Cloudflare documents the operations at https://developers.cloudflare.com/api/resources/calls/subresources/turn/.
package turnkeys

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-e5e2407e/turnkeys/generated"
)

// Client calls the TURN key operations of one account. Make it with [New] or [FromEnv]. It is safe for concurrent use.
type Client struct {
	api       *generated.Client
	accountID string
	retries   int
	timeout   time.Duration // of a call with all its attempts; 0: none
	redact    func(text string, secrets ...string) string
}

// New returns a Client. The token needs the "Calls Write" permission, or "Calls Read" for [Client.List] and [Client.Get].
func New(accountID, apiToken string, options ...Option) (*Client, error) {
	return newClient(accountID, apiToken, DefaultBaseURL, options)
}

// FromEnv returns a Client for the account in CLOUDFLARE_ACCOUNT_ID, with the token in CLOUDFLARE_API_TOKEN and, if it
// is set, the base URL in CLOUDFLARE_BASE_URL. [WithBaseURL] overrides the latter.
func FromEnv(options ...Option) (*Client, error) {
	accountID, apiToken := os.Getenv("CLOUDFLARE_ACCOUNT_ID"), os.Getenv("CLOUDFLARE_API_TOKEN")
	if accountID == "" || apiToken == "" {
		return nil, errors.New("turnkeys: set the environment variables CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN")
	}
	return newClient(accountID, apiToken, cmp.Or(os.Getenv("CLOUDFLARE_BASE_URL"), DefaultBaseURL), options)
}

func newClient(accountID, apiToken, baseURL string, options []Option) (*Client, error) {
	s := settings{baseURL: baseURL, httpClient: &http.Client{}, userAgent: "turnkeys-go", retries: 2}
	for i, option := range options {
		if option == nil {
			return nil, fmt.Errorf("turnkeys: option %d is nil", i+1)
		}
		option(&s)
	}
	if err := cmp.Or(checkID("account id", accountID), checkToken(apiToken), s.check()); err != nil {
		return nil, fmt.Errorf("turnkeys: %w", err)
	}
	return &Client{
		api:       &generated.Client{Server: strings.TrimSuffix(s.baseURL, "/") + "/", Client: newDoer(s, apiToken)},
		accountID: accountID, retries: s.retries, timeout: s.httpClient.Timeout,
		redact: func(text string, secrets ...string) string { return redact(text, append(secrets, apiToken)...) },
	}, nil
}

// doer is a function, so that printing a Client shows neither the token nor a buffer that contains it.
type doer func(*http.Request) (*http.Response, error)

func (send doer) Do(request *http.Request) (*http.Response, error) { return send(request) }

func newDoer(s settings, apiToken string) doer {
	httpClient := *s.httpClient
	httpClient.Timeout = 0 // call applies it to all attempts together
	httpClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	authorization := "Bearer " + apiToken
	var isHTTP2 atomic.Bool // the last response came over HTTP/2, where Close would end the connection of other calls
	return func(request *http.Request) (*http.Response, error) {
		request.Header.Set("Accept", "application/json")
		request.Header.Set("Authorization", authorization)
		request.Header.Set("User-Agent", s.userAgent)
		request.Close = request.Close && !isHTTP2.Load()
		response, err := httpClient.Do(request)
		if urlErr, ok := errors.AsType[*url.Error](err); ok {
			return nil, explainProxy(urlErr.Err, httpClient.Transport, request) // its URL adds nothing to the operation
		}
		isHTTP2.Store(response != nil && response.ProtoMajor == 2)
		return response, err
	}
}
