// Package turnkeys creates, lists, gets, edits and deletes the TURN keys of a Cloudflare account.
//
// A TURN key lets an application ask Cloudflare's TURN service for ICE servers. Its secret is shown once, in the answer
// to [Client.Create]:
//
//	client, err := turnkeys.FromEnv()
//	...
//	key, err := client.Create(ctx, "video calls")
//	...
//	save(key.UID, key.Secret.Reveal())
//
// A call that fails returns an [*Error]. Use [errors.Is] to compare it with [ErrNotFound] and the other sentinels.
//
// Cloudflare describes the operations at
// https://developers.cloudflare.com/api/resources/calls/subresources/turn/.
package turnkeys

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// Client calls the TURN key operations of one account. Make it with [New] or [FromEnv]. Many goroutines may share one.
type Client struct {
	baseURL       string // ends in a slash, as the generated request builders want it
	accountID     string
	userAgent     string
	retries       int
	timeout       time.Duration  // for a whole call, or 0
	authorization hidden[string] // "Bearer " and the API token
	httpClient    hidden[*http.Client]
}

// New returns a Client for an account. It sends nothing. The token needs the permission "Calls Write"; "Calls Read" is
// enough for [Client.List] and [Client.Get].
func New(accountID, apiToken string, options ...Option) (*Client, error) {
	s := settings{baseURL: DefaultBaseURL, httpClient: &http.Client{}, userAgent: "turnkeys-go", retries: 2}
	for i, option := range options {
		if option == nil {
			return nil, fmt.Errorf("turnkeys: option %d is nil", i+1)
		}
		option(&s)
	}
	if err := setupError(checkID("account id", accountID), checkToken(apiToken), s.check()); err != nil {
		return nil, err
	}

	httpClient := *s.httpClient
	httpClient.Transport = newTransport(s.httpClient.Transport)
	httpClient.Timeout = 0 // it bounds a call with all its attempts, so do applies it
	return &Client{
		baseURL:       strings.TrimSuffix(s.baseURL, "/") + "/",
		accountID:     accountID,
		userAgent:     s.userAgent,
		retries:       s.retries,
		timeout:       s.httpClient.Timeout,
		authorization: hide(bearer + apiToken),
		httpClient:    hide(&httpClient),
	}, nil
}

// setupError puts errors into one line. It returns nil if there are none.
func setupError(errs ...error) error {
	err := errors.Join(errs...)
	if err == nil {
		return nil
	}
	return fmt.Errorf("turnkeys: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
}

const bearer = "Bearer "

func (c *Client) apiToken() string { return strings.TrimPrefix(c.authorization.get(), bearer) }

// FromEnv returns a Client for the account in CLOUDFLARE_ACCOUNT_ID, with the token in CLOUDFLARE_API_TOKEN and, if it
// is set, the base URL in CLOUDFLARE_BASE_URL. An option overrides the environment.
func FromEnv(options ...Option) (*Client, error) {
	var missing []error
	for _, name := range []string{"CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN"} {
		if os.Getenv(name) == "" {
			missing = append(missing, fmt.Errorf("the environment variable %s is empty: set it", name))
		}
	}
	if len(missing) > 0 {
		return nil, setupError(missing...)
	}
	if baseURL := os.Getenv("CLOUDFLARE_BASE_URL"); baseURL != "" {
		options = append([]Option{WithBaseURL(baseURL)}, options...)
	}
	return New(os.Getenv("CLOUDFLARE_ACCOUNT_ID"), os.Getenv("CLOUDFLARE_API_TOKEN"), options...)
}
