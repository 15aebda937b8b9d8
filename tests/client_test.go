package tests_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"path"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

func TestNewRejectsWhatCannotWork(t *testing.T) {
	const (
		accountID, token = testkit.AccountID, testkit.Token
		anID             = "account id: want 1 to 32 characters, each a letter, a digit, _ or -"
		aToken           = "API token: want printable ASCII without spaces"
		aURL             = "base URL: want one such as https://api.cloudflare.com/client/v4"
		aBareURL         = "base URL: want one such as https://api.cloudflare.com/client/v4, without user information, query or fragment"
		encrypted        = "base URL: want https, or http to a loopback address"
		aUserAgent       = "WithUserAgent: want printable ASCII"
	)
	base, userAgent := turnkeys.WithBaseURL, turnkeys.WithUserAgent
	for name, tc := range map[string]struct {
		accountID, token string
		option           turnkeys.Option
		want             string
	}{
		"no account id":             {"", token, nil, anID},
		"a path as account id":      {"../zones", token, nil, anID},
		"the token as account id":   {token, token, nil, anID},
		"no token":                  {accountID, "", nil, "API token: want printable ASCII without spaces"},
		"a token with a line end":   {accountID, token + "\n", nil, aToken},
		"a padded token":            {accountID, " " + token, nil, aToken},
		"a token beyond ASCII":      {accountID, token + "\x7f", nil, aToken},
		"a secret as token":         {accountID, testkit.Secret, nil, "API token: this looks like the secret of a TURN key"},
		"a plaintext base URL":      {accountID, token, base("http://api.cloudflare.com/client/v4"), encrypted},
		"another scheme":            {accountID, token, base("ftp://127.0.0.1/"), encrypted},
		"no scheme":                 {accountID, token, base("api.cloudflare.com/client/v4"), aURL},
		"an empty base URL":         {accountID, token, base(""), aURL},
		"an unreadable base URL":    {accountID, token, base("https://hunter2:%zz"), aURL},
		"user information":          {accountID, token, base("https://user:hunter2@api.cloudflare.com"), aBareURL},
		"a query":                   {accountID, token, base("https://api.cloudflare.com/client/v4?token=hunter2"), aBareURL},
		"an empty query":            {accountID, token, base("https://api.cloudflare.com/client/v4?"), aBareURL},
		"a fragment":                {accountID, token, base("https://api.cloudflare.com/client/v4#hunter2"), aBareURL},
		"the token as base URL":     {accountID, token, base(token), aURL},
		"the token as host":         {accountID, token, base("http://" + token), encrypted},
		"a nil HTTP client":         {accountID, token, turnkeys.WithHTTPClient(nil), "WithHTTPClient: want an *http.Client, got nil"},
		"a negative retry count":    {accountID, token, turnkeys.WithRetries(-1), "WithRetries: want 0 or more, got -1"},
		"no User-Agent":             {accountID, token, userAgent(""), aUserAgent},
		"a User-Agent of spaces":    {accountID, token, userAgent(" "), aUserAgent},
		"a User-Agent of two lines": {accountID, token, userAgent("a\r\nb: c"), aUserAgent},
		"a User-Agent beyond ASCII": {accountID, token, userAgent("\x7f"), aUserAgent},
	} {
		t.Run(name, func(t *testing.T) {
			options := []turnkeys.Option{turnkeys.WithRetries(0)}
			if tc.option != nil {
				options = append(options, tc.option)
			}
			client, err := turnkeys.New(tc.accountID, tc.token, options...)
			require.ErrorContains(t, err, "turnkeys: "+tc.want)
			assert.Nil(t, client)
			assert.NotContains(t, err.Error(), "\n")
			assert.NotContains(t, err.Error(), "hunter2")
			assert.Empty(t, leakOf(err.Error()))
		})
	}
}

func TestNewAcceptsPlaintextToLoopbackAndOnRequest(t *testing.T) {
	for _, host := range []string{"localhost", "LOCALHOST", "127.0.0.1:8787", "127.9.9.9", "[::1]:80"} {
		_, err := turnkeys.New(testkit.AccountID, testkit.Token, turnkeys.WithBaseURL("http://"+host+"/client/v4"))
		assert.NoError(t, err, host)
	}
	_, err := turnkeys.New(testkit.AccountID, testkit.Token, turnkeys.WithBaseURL("http://fake:8787"), turnkeys.WithInsecureHTTP())
	assert.NoError(t, err)
}

func TestFromEnvReadsTheVariablesOfCloudflaresSDKs(t *testing.T) {
	for _, name := range []string{"CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_BASE_URL"} {
		t.Setenv(name, "")
	}
	_, err := turnkeys.FromEnv()
	require.EqualError(t, err, "turnkeys: set the environment variables CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN")
	t.Setenv("CLOUDFLARE_ACCOUNT_ID", testkit.AccountID)
	_, err = turnkeys.FromEnv()
	require.EqualError(t, err, "turnkeys: set the environment variables CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN")
	t.Setenv("CLOUDFLARE_API_TOKEN", testkit.Token)
	_, err = turnkeys.FromEnv()
	require.NoError(t, err)
	t.Setenv("CLOUDFLARE_BASE_URL", "http://10.0.0.1/")
	_, err = turnkeys.FromEnv()
	require.ErrorContains(t, err, "base URL")
	_, err = turnkeys.FromEnv(turnkeys.WithBaseURL(turnkeys.DefaultBaseURL))
	require.NoError(t, err, "an option overrides the environment")
	_, err = turnkeys.FromEnv(turnkeys.WithRetries(0), nil)
	require.EqualError(t, err, "turnkeys: option 2 is nil")
	_, err = turnkeys.New(testkit.AccountID, testkit.Token, nil)
	require.EqualError(t, err, "turnkeys: option 1 is nil")
}

func TestRequestHasTheseHeadersAndNoOthers(t *testing.T) {
	for userAgent, options := range map[string][]turnkeys.Option{"turnkeys-go": nil, "calls/1.0": {turnkeys.WithUserAgent("calls/1.0")}} {
		for _, op := range testkit.Operations {
			var sent *http.Request
			client := newClient(t, testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
				sent = r
				return responding(400, "", nil)(r)
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

func TestBaseURLMayEndWithASlash(t *testing.T) {
	for _, end := range []string{"", "/"} {
		_, err := newClient(t, testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
			assert.Equal(t, "http://127.0.0.1/client/v4"+list.Path, r.URL.String())
			return responding(200, testkit.Success("[]"), nil)(r)
		}), turnkeys.WithBaseURL("http://127.0.0.1/client/v4"+end)).List(t.Context())
		assert.NoError(t, err)
	}
}

func TestHTTPClientIsCopiedAndItsRedirectsAreNotFollowed(t *testing.T) {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	var cookies []string
	own := &http.Client{
		Timeout:       time.Minute,
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("followed") },
		Transport: testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
			cookies = append(cookies, r.Header.Get("Cookie"))
			return responding(302, "", http.Header{"Location": {"https://example.com/"}, "Set-Cookie": {"a=b"}})(r)
		}),
	}
	client := newClient(t, nil, turnkeys.WithHTTPClient(own))
	for range 2 {
		_, err = client.Get(t.Context(), testkit.KeyID)
		require.ErrorContains(t, err, "302 Found")
	}
	assert.Equal(t, []string{"", "a=b"}, cookies, "its cookie jar is used")
	assert.Equal(t, time.Minute, own.Timeout)
	require.EqualError(t, own.CheckRedirect(nil, nil), "followed")
}

func TestNameThatIsNotUTF8IsNotSent(t *testing.T) {
	client := newClient(t, mustNotSend(t))
	_, createErr := client.Create(t.Context(), "video\xffcalls")
	_, editErr := client.Edit(t.Context(), testkit.KeyID, "video\xffcalls")
	for _, err := range []error{createErr, editErr} {
		require.ErrorContains(t, err, "name: want valid UTF-8")
		checkMatches(t, err, nil)
	}
}

func mustNotSend(t *testing.T) testkit.RoundTripper {
	return func(r *http.Request) (*http.Response, error) {
		t.Error("sent")
		return responding(404, "", nil)(r)
	}
}

// echo responds with a key that has the name and id in the request, but rejects every 37th request.
func echo(e *exchange) {
	var input struct{ Name string }
	_ = json.Unmarshal([]byte(e.Request.Body), &input)
	id := path.Base(e.Request.Path)
	if id == "turn_keys" {
		id = input.Name
	}
	if e.Nth%37 == 0 {
		reply(429, "")(e)
		return
	}
	ok(testkit.Success(fmt.Sprintf(`{"uid":%q,"name":%q,"key":"secret of %s"}`, id, input.Name, id)))(e)
}

func TestOneClientServes200Goroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := behaviour{respond: echo}
		host := b.host(create)
		transport := b.transport(host)
		defer closeIdle(transport)
		client := newClient(t, transport, turnkeys.WithRetries(20))
		var users sync.WaitGroup
		for i := range 200 {
			users.Go(func() {
				id, ctx := fmt.Sprintf("key-%03d", i), t.Context()
				created, err := client.Create(ctx, id)
				assert.NoError(t, err)
				assert.Equal(t, "secret of "+id, created.Secret.Reveal())
				edited, err := client.Edit(ctx, id, "new name of "+id)
				assert.NoError(t, err)
				assert.Equal(t, turnkeys.Key{UID: id, Name: "new name of " + id}, edited)
				deleted, err := client.Delete(ctx, id)
				assert.NoError(t, err)
				assert.Equal(t, id, deleted.UID)
			})
		}
		users.Wait()
		assert.Greater(t, len(host.requests()), 600, "some were retried")
	})
}
