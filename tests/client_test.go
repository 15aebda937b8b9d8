package tests_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

func TestNewRefusesWhatCannotWork(t *testing.T) {
	const accountID, token = testkit.AccountID, testkit.Token
	base := turnkeys.WithBaseURL
	for name, tc := range map[string]struct {
		accountID, token string
		option           turnkeys.Option
		want             string
	}{
		"no account id":             {"", token, nil, "account id: want 1 to 32 characters, got 0"},
		"a path as account id":      {"../zones", token, nil, "account id: want only letters, digits, _ and -, got another character at position 1"},
		"the token as account id":   {token, token, nil, "account id: want 1 to 32 characters, got 40"},
		"no token":                  {accountID, "", nil, "API token: want one, got none"},
		"a token with a line end":   {accountID, token + "\n", nil, "API token: want printable ASCII without spaces"},
		"a padded token":            {accountID, " " + token, nil, "API token: want printable ASCII without spaces"},
		"a token beyond ASCII":      {accountID, token + "\x7f", nil, "API token: want printable ASCII without spaces"},
		"a plaintext base URL":      {accountID, token, base("http://api.cloudflare.com/client/v4"), "base URL: want https, or http to a loopback address"},
		"another scheme":            {accountID, token, base("ftp://127.0.0.1/"), "base URL: want https, or http to a loopback address"},
		"no scheme":                 {accountID, token, base("api.cloudflare.com/client/v4"), "base URL: want one such as https://api.cloudflare.com/client/v4"},
		"an empty base URL":         {accountID, token, base(""), "base URL: want one such as"},
		"user information":          {accountID, token, base("https://user:hunter2@api.cloudflare.com"), "base URL: want it without user information"},
		"a query":                   {accountID, token, base("https://api.cloudflare.com/client/v4?token=hunter2"), "base URL: want it without user information, query"},
		"an empty query":            {accountID, token, base("https://api.cloudflare.com/client/v4?"), "base URL: want it without user information, query"},
		"a fragment":                {accountID, token, base("https://api.cloudflare.com/client/v4#hunter2"), "base URL: want it without user information, query and fragment"},
		"a nil HTTP client":         {accountID, token, turnkeys.WithHTTPClient(nil), "WithHTTPClient: want an *http.Client, got nil"},
		"a negative retry count":    {accountID, token, turnkeys.WithRetries(-1), "WithRetries: want 0 or more, got -1"},
		"a User-Agent of two lines": {accountID, token, turnkeys.WithUserAgent("a\r\nb: c"), "WithUserAgent: want printable ASCII"},
		"a User-Agent beyond ASCII": {accountID, token, turnkeys.WithUserAgent("\x7f"), "WithUserAgent: want printable ASCII"},
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
			assert.NotContains(t, err.Error(), token)
			assert.NotContains(t, err.Error(), "hunter2")
		})
	}
	_, err := turnkeys.New(accountID, token, nil)
	require.EqualError(t, err, "turnkeys: option 1 is nil")
}

func TestNewAcceptsPlaintextToLoopbackAndOnRequest(t *testing.T) {
	for _, host := range []string{"localhost", "127.0.0.1:8787", "127.9.9.9", "[::1]:80"} {
		_, err := turnkeys.New(testkit.AccountID, testkit.Token, turnkeys.WithBaseURL("http://"+host+"/client/v4"))
		assert.NoError(t, err, host)
	}
	_, err := turnkeys.New(testkit.AccountID, testkit.Token, turnkeys.WithBaseURL("http://fake:8787"), turnkeys.WithInsecureHTTP())
	assert.NoError(t, err)
}

func TestFromEnvReadsTheVariablesOfCloudflaresSDKs(t *testing.T) {
	t.Setenv("CLOUDFLARE_ACCOUNT_ID", "")
	t.Setenv("CLOUDFLARE_API_TOKEN", "")
	_, err := turnkeys.FromEnv()
	require.EqualError(t, err, "turnkeys: the environment variable CLOUDFLARE_ACCOUNT_ID is empty: set it; "+
		"the environment variable CLOUDFLARE_API_TOKEN is empty: set it")

	t.Setenv("CLOUDFLARE_ACCOUNT_ID", testkit.AccountID)
	t.Setenv("CLOUDFLARE_API_TOKEN", testkit.Token)
	t.Setenv("CLOUDFLARE_BASE_URL", "http://10.0.0.1/")
	_, err = turnkeys.FromEnv()
	require.ErrorContains(t, err, "base URL")
	_, err = turnkeys.FromEnv(turnkeys.WithBaseURL(turnkeys.DefaultBaseURL))
	require.NoError(t, err, "an option takes precedence")
}

func TestRequestHasTheseHeadersAndNoOthers(t *testing.T) {
	for userAgent, options := range map[string][]turnkeys.Option{
		"turnkeys-go": {turnkeys.WithRetries(0)}, "calls/1.0": {turnkeys.WithRetries(0), turnkeys.WithUserAgent("calls/1.0")},
	} {
		for _, op := range testkit.Operations {
			var sent *http.Request
			client := newClient(t, testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
				sent = r
				return answering(503, "", nil)(r)
			}), options...)
			_, err := op.Call(t.Context(), client)
			require.Error(t, err)
			want := http.Header{"Accept": {"application/json"}, "Authorization": {"Bearer " + testkit.Token}, "User-Agent": {userAgent}}
			if op.Body != "" {
				want.Set("Content-Type", "application/json")
			}
			assert.Equal(t, want, sent.Header, op.ID)
			assert.Equal(t, creates(op), sent.Close, op.ID)
		}
	}
}

func TestHTTPClientIsCopiedAndItsRedirectsAreNotFollowed(t *testing.T) {
	shared := http.Header{"Location": {"https://example.com/"}} // by every response of a caching transport, say
	sent := 0
	own := http.Client{
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("followed") },
		Transport: testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
			sent++
			return answering(http.StatusFound, "", shared)(r)
		}),
	}
	given := own
	_, err := newClient(t, nil, turnkeys.WithHTTPClient(&given)).Get(t.Context(), testkit.KeyID)
	require.ErrorContains(t, err, "302 Found")
	assert.Equal(t, 1, sent)
	assert.IsType(t, own.Transport, given.Transport)
	assert.Equal(t, own.Timeout, given.Timeout)
	assert.NotEmpty(t, shared.Get("Location"))
}

func TestHTTPClientsCookieJarIsUsed(t *testing.T) {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	var cookies []string
	client := newClient(t, nil, turnkeys.WithHTTPClient(&http.Client{Jar: jar, Transport: testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
		cookies = append(cookies, r.Header.Get("Cookie"))
		return answering(404, "", http.Header{"Set-Cookie": {"a=b"}})(r)
	})}))
	for range 2 {
		_, err := client.Get(t.Context(), testkit.KeyID)
		require.Error(t, err)
	}
	assert.Equal(t, []string{"", "a=b"}, cookies)
}

func TestHTTPClientsTimeoutCoversEveryAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, sent := time.Now(), 0
		client := newClient(t, nil, turnkeys.WithHTTPClient(&http.Client{Timeout: 40 * time.Second, Transport: testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
			sent++
			return hanging(r)
		})}))
		_, err := client.Get(t.Context(), testkit.KeyID)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotContains(t, err.Error(), "127.0.0.1", "the request's URL")
		assert.Equal(t, 40*time.Second, time.Since(start))
		assert.Equal(t, 2, sent, "an attempt has 30 seconds")
	})
}

func TestErrorCarriesWhatCloudflareSays(t *testing.T) {
	const body = `{"errors":[{"code":10000,"message":"Authentication error","documentation_url":"https://example.com/d",` +
		`"source":{"pointer":"/name"}}],"messages":[{"code":1001,"message":"notice"}],"result":null,"success":false}`
	client := answeredWith(t, http.StatusForbidden, body, http.Header{"Cf-Ray": {"8f1d2c3b4a596877-AMS"}})
	_, err := client.Get(t.Context(), testkit.KeyID)
	apiErr, ok := errors.AsType[*turnkeys.Error](err)
	require.True(t, ok)
	assert.Equal(t, "8f1d2c3b4a596877-AMS", apiErr.RayID)
	assert.Equal(t, body, string(apiErr.RawBody()))
	require.Len(t, apiErr.Errors, 1)
	assert.Equal(t, "https://example.com/d", *apiErr.Errors[0].DocumentationURL)
	assert.Equal(t, "/name", *apiErr.Errors[0].Source.Pointer)
	assert.Equal(t, []turnkeys.Message{{Code: 1001, Message: "notice"}}, apiErr.Messages)
	assert.Equal(t, `turnkeys: getTurnKey: 403 Forbidden: Authentication error (code 10000); check the API `+
		`token, its permission "Calls Write" and the account id; CF-Ray 8f1d2c3b4a596877-AMS`, err.Error())

	clear(apiErr.RawBody())
	assert.Equal(t, body, string(apiErr.RawBody()), "RawBody returns a copy")
	assert.NoError(t, errors.Unwrap(apiErr), "Cloudflare's refusal has no other cause")
}

func TestNameThatIsNoUTF8IsNotSent(t *testing.T) {
	client := clientOver(t, mustNotSend(t))
	_, createErr := client.Create(t.Context(), "video\xffcalls")
	_, editErr := client.Edit(t.Context(), testkit.KeyID, "video\xffcalls")
	for _, err := range []error{createErr, editErr} {
		require.ErrorContains(t, err, "UTF-8")
		require.NotErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
	}
}

func mustNotSend(t *testing.T) testkit.RoundTripper {
	return func(r *http.Request) (*http.Response, error) {
		t.Error("sent")
		return hanging(r)
	}
}

func TestBaseURLIsNeverShown(t *testing.T) {
	for _, pasted := range []string{
		testkit.Token, testkit.Token + "://api.cloudflare.com", "http://" + testkit.Token, "ftp://" + testkit.Token + "/",
		"https://" + testkit.Token + ":%zz", "https://" + testkit.Token + "@api.cloudflare.com", "https://api.cloudflare.com/?" + testkit.Token,
		"https://api.cloudflare.com/#" + testkit.Token, "https://api.cloudflare.com:" + testkit.Token, "http://%zz" + testkit.Token,
		"\x00" + testkit.Token, "//" + testkit.Token, "https:" + testkit.Token,
	} {
		_, err := turnkeys.New(testkit.AccountID, testkit.Token, turnkeys.WithBaseURL(pasted))
		require.Error(t, err, pasted)
		assert.NotContains(t, strings.ToLower(err.Error()), testkit.Token)
	}
}
