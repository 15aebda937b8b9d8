package turnkeys_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

func TestNewRefusesWhatCannotWork(t *testing.T) {
	base := turnkeys.WithBaseURL
	for name, tc := range map[string]struct {
		accountID, token string
		option           turnkeys.Option
		want             string
	}{
		"no account id":             {"", apiToken, nil, "account id: want 1 to 32 characters, got 0"},
		"a path as account id":      {"../zones", apiToken, nil, "account id: want only letters, digits, _ and -, got another character at position 1"},
		"the token as account id":   {apiToken, apiToken, nil, "account id: want 1 to 32 characters, got 40"},
		"no token":                  {accountID, "", nil, "API token: want one, got none"},
		"a token with a line end":   {accountID, apiToken + "\n", nil, "API token: want printable ASCII without spaces"},
		"a padded token":            {accountID, " " + apiToken, nil, "API token: want printable ASCII without spaces"},
		"a token with a NUL":        {accountID, apiToken + "\x00", nil, "API token: want printable ASCII without spaces"},
		"a plaintext base URL":      {accountID, apiToken, base("http://api.cloudflare.com/client/v4"), "base URL: want https, or http to a loopback address"},
		"another scheme":            {accountID, apiToken, base("ftp://127.0.0.1/"), "base URL: want https, or http to a loopback address"},
		"no scheme":                 {accountID, apiToken, base("api.cloudflare.com/client/v4"), "base URL: want one such as https://api.cloudflare.com/client/v4"},
		"an empty base URL":         {accountID, apiToken, base(""), "base URL: want one such as"},
		"user information":          {accountID, apiToken, base("https://user:hunter2@api.cloudflare.com"), "base URL: want it without user information"},
		"a query":                   {accountID, apiToken, base("https://api.cloudflare.com/client/v4?token=hunter2"), "base URL: want it without user information, query"},
		"a fragment":                {accountID, apiToken, base("https://api.cloudflare.com/client/v4#hunter2"), "base URL: want it without user information, query and fragment"},
		"a nil HTTP client":         {accountID, apiToken, turnkeys.WithHTTPClient(nil), "WithHTTPClient: want an *http.Client, got nil"},
		"a negative retry count":    {accountID, apiToken, turnkeys.WithRetries(-1), "WithRetries: want 0 or more, got -1"},
		"a User-Agent of two lines": {accountID, apiToken, turnkeys.WithUserAgent("a\r\nb: c"), "WithUserAgent: want printable ASCII"},
	} {
		t.Run(name, func(t *testing.T) {
			var options []turnkeys.Option
			if tc.option != nil {
				options = append(options, tc.option)
			}
			client, err := turnkeys.New(tc.accountID, tc.token, options...)
			require.ErrorContains(t, err, "turnkeys: "+tc.want)
			assert.Nil(t, client)
			assert.NotContains(t, err.Error(), "\n")
			assert.NotContains(t, err.Error(), strings.TrimSpace(apiToken))
			assert.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestNewAcceptsLoopbackInPlaintext(t *testing.T) {
	for _, host := range []string{"localhost", "127.0.0.1:8787", "127.9.9.9", "[::1]:80"} {
		_, err := turnkeys.New(accountID, apiToken, turnkeys.WithBaseURL("http://"+host+"/client/v4"))
		assert.NoError(t, err, host)
	}
}

func TestFromEnvReadsTheVariablesOfCloudflaresSDKs(t *testing.T) {
	t.Setenv("CLOUDFLARE_ACCOUNT_ID", accountID)
	t.Setenv("CLOUDFLARE_API_TOKEN", "")
	_, err := turnkeys.FromEnv()
	require.EqualError(t, err, "turnkeys: the environment variable CLOUDFLARE_API_TOKEN is empty: set it")

	t.Setenv("CLOUDFLARE_API_TOKEN", apiToken)
	t.Setenv("CLOUDFLARE_BASE_URL", "http://10.0.0.1/")
	_, err = turnkeys.FromEnv()
	require.ErrorContains(t, err, "base URL")
	_, err = turnkeys.FromEnv(turnkeys.WithBaseURL(turnkeys.DefaultBaseURL))
	require.NoError(t, err, "an option takes precedence")

	t.Setenv("CLOUDFLARE_ACCOUNT_ID", "")
	_, err = turnkeys.FromEnv()
	require.EqualError(t, err, "turnkeys: the environment variable CLOUDFLARE_ACCOUNT_ID is empty: set it")
}

func TestNothingIsSentForAnIDThatIsNone(t *testing.T) {
	server := &recorder{status: 200, body: envelope(keyJSON)}
	client := server.start(t)
	for _, id := range []string{"", ".", "..", "a/b", "a?b", "a#b", "%2e%2e", "a b", "é", strings.Repeat("a", 33), apiToken, "a\x00"} {
		_, getErr := client.Get(t.Context(), id)
		_, editErr := client.Edit(t.Context(), id, "name")
		_, deleteErr := client.Delete(t.Context(), id)
		for _, err := range []error{getErr, editErr, deleteErr} {
			require.ErrorContains(t, err, ": key id: want ")
			assert.NotContains(t, err.Error(), apiToken)
			var apiErr *turnkeys.Error
			require.ErrorAs(t, err, &apiErr)
			assert.Zero(t, apiErr.Attempts)
		}
	}
	assert.Empty(t, server.requests)
}

func TestHTTPClientIsCopiedAndRedirectsAreNotFollowed(t *testing.T) {
	for name, timeout := range map[string]time.Duration{"with a timeout": time.Minute, "without": 0} {
		t.Run(name, func(t *testing.T) {
			server := &recorder{status: http.StatusFound, body: ""}
			own := &http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { t.Error("followed"); return nil }}
			client := server.start(t, turnkeys.WithHTTPClient(own))
			assert.Nil(t, own.Transport)

			_, err := client.Get(t.Context(), keyID)
			require.ErrorContains(t, err, "302 Found")
			assert.Len(t, server.requests, 1)
		})
	}
}

func TestHTTPClientsTimeoutCoversEveryAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		client, err := turnkeys.New(accountID, apiToken, turnkeys.WithHTTPClient(&http.Client{
			Timeout: 12 * time.Second,
			Transport: checkedTransport(func(request *http.Request) (*http.Response, error) {
				<-request.Context().Done()
				return nil, request.Context().Err()
			}),
		}))
		require.NoError(t, err)
		_, err = client.Get(t.Context(), keyID)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 12*time.Second, time.Since(start))
	})
}

func TestHTTPClientsCookieJarIsUsed(t *testing.T) {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	server := &recorder{status: 200, body: envelope(keyJSON)}
	client := server.start(t, turnkeys.WithHTTPClient(&http.Client{Jar: jar}))
	server.header = http.Header{"Set-Cookie": {"a=b"}}
	for range 2 {
		_, err := client.Get(t.Context(), keyID)
		require.NoError(t, err)
	}
	assert.Equal(t, "a=b", server.requests[1].Header.Get("Cookie"))
}

func TestUserAgentCanBeSet(t *testing.T) {
	server := &recorder{status: 200, body: envelope(keyJSON)}
	_, err := server.start(t, turnkeys.WithUserAgent("calls/1.0")).Get(t.Context(), keyID)
	require.NoError(t, err)
	assert.Equal(t, "calls/1.0", server.requests[0].UserAgent())
}

func TestSecretShowsOnlyThroughReveal(t *testing.T) {
	server := &recorder{status: 201, body: envelope(createdJSON)}
	created, err := server.start(t).Create(t.Context(), "")
	require.NoError(t, err)
	assert.Equal(t, secret, created.Secret.Reveal())
	assert.Equal(t, "[redacted]", created.Secret.String())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		assert.NotContains(t, fmt.Sprintf(verb, created), secret[:8])
		assert.Equal(t, "[redacted]", fmt.Sprintf(verb, created.Secret))
	}
	_, err = json.Marshal(created)
	require.ErrorContains(t, err, "a Secret does not marshal: store what Reveal returns")
	assert.Empty(t, turnkeys.Secret{}.Reveal())
}

func TestHeadersOfAResponseAreLeftAlone(t *testing.T) {
	shared := http.Header{"Location": {"https://example.com/%zz"}} // by every response of a caching transport, say
	client, err := turnkeys.New(accountID, apiToken, turnkeys.WithHTTPClient(&http.Client{
		Transport: checkedTransport(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusFound, Header: shared, Body: http.NoBody}, nil
		}),
	}))
	require.NoError(t, err)
	_, err = client.Get(t.Context(), keyID)
	require.ErrorContains(t, err, "302 Found")
	assert.NotEmpty(t, shared.Get("Location"))
}
