package contract_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

var errReset = errors.New("connection reset by peer")

const large = 24 << 20 // more than is kept

// zeros is a body of any length.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func newChecker(t *testing.T, next http.RoundTripper, options ...contract.Option) *contract.Checker {
	t.Helper()
	checker, err := contract.New(next, options...)
	require.NoError(t, err)
	return checker
}

func send(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+testkit.Token)
	r.Header.Set("Content-Type", "application/json")
	return r
}

// responding responds to every request in memory.
func responding(status int, body io.Reader) testkit.RoundTripper {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: message("{").Header, Body: io.NopCloser(body)}, nil
	}
}

// roundTrip returns a response, and reads nothing of its body.
func roundTrip(t *testing.T, checker *contract.Checker, request *http.Request) *http.Response {
	t.Helper()
	response, err := checker.RoundTrip(request)
	require.NoError(t, err)
	return response
}

func TestAClientThatGivesUpIsNoViolation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	checker := newChecker(t, testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
		return responding(200, io.MultiReader(strings.NewReader(`{"errors":[`), iotest.ErrReader(context.Canceled)))(r)
	}))
	closed := roundTrip(t, checker, send(t, "GET", keyURL, "")).Body
	_, _ = closed.Read(make([]byte, 1))
	require.NoError(t, closed.Close())
	cancelled := roundTrip(t, checker, send(t, "GET", keyURL, "").WithContext(ctx)).Body
	cancel()
	_, _ = io.ReadAll(cancelled)
	assert.Len(t, checker.Exchanges(), 2)
	assert.Empty(t, checker.Violations())
}

// closing is a body whose reader sees that it is closed before Close returns.
type closing struct{ *io.PipeReader }

func (c closing) Close() error {
	defer synctest.Wait()
	return c.PipeReader.Close()
}

func TestAResponseThatIsClosedWhileItIsReadIsNoViolation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, _ := io.Pipe()
		checker := newChecker(t, testkit.RoundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: message("{").Header, Body: closing{reader}}, nil
		}))
		response := roundTrip(t, checker, send(t, "GET", keyURL, ""))
		go func() { _, _ = io.ReadAll(response.Body) }()
		synctest.Wait()
		require.NoError(t, response.Body.Close())
		require.Len(t, checker.Exchanges(), 1)
		assert.Empty(t, checker.Violations())
	})
}

func TestAnExchangeIsCheckedThoughNobodyReadsItToItsEnd(t *testing.T) {
	checker := newChecker(t, responding(400, io.MultiReader(strings.NewReader("{}"), zeros{})))
	body := roundTrip(t, checker, send(t, "POST", keysURL, `{"nam":"x"}`)).Body
	_, err := io.ReadFull(body, make([]byte, 2))
	require.NoError(t, err)
	require.NoError(t, body.Close())
	assert.Subset(t, places(checker.Violations()), []string{"createTurnKey.request:/nam", "createTurnKey.400:/result"})
}

func TestARequestWithoutAResponseIsNoCoverageAndNoViolation(t *testing.T) {
	requests := 0
	checker := newChecker(t, testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
		requests++
		require.NotNil(t, r.GetBody, "what net/http needs to send it again")
		return nil, errReset
	}))
	_, err := checker.RoundTrip(send(t, "POST", keysURL, "{}"))
	require.ErrorIs(t, err, errReset)
	assert.Equal(t, 1, requests)
	assert.Empty(t, checker.Violations())
	assert.Len(t, checker.Exchanges(), 1)
	assert.Equal(t, checker.Coverage(), checker.Coverage().Missing())
}

type closingTransport struct {
	http.RoundTripper
	closed int
}

func (c *closingTransport) CloseIdleConnections() { c.closed++ }

func TestIdleConnectionsCloseThroughAChecker(t *testing.T) {
	transport := &closingTransport{}
	client := http.Client{Transport: newChecker(t, transport)}
	client.CloseIdleConnections()
	assert.Equal(t, 1, transport.closed)
}

func TestASecretIsWatchedForInEverythingThatFollowsItsCreation(t *testing.T) {
	checker := newChecker(t, testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Method == "POST" {
			return responding(201, strings.NewReader(strings.Replace(created, `"key"`, `"secret"`, 1)))(r)
		}
		return responding(200, strings.NewReader(named(testkit.Secret)))(r)
	}))
	for _, request := range []*http.Request{send(t, "GET", keyURL, ""), send(t, "POST", keysURL, "{}"), send(t, "GET", keyURL, "")} {
		_, err := io.ReadAll(roundTrip(t, checker, request).Body)
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"createTurnKey.201:/result/key", "getTurnKey.200:/result/name"}, places(checker.Violations()),
		"not before it is shown, but afterwards, although it came renamed")
}

func TestABaseURLLeavesOtherRequestsAlone(t *testing.T) {
	turnKeys, err := contract.OpenAPI().Under(baseURL + "/")
	require.NoError(t, err)
	for url, inScope := range map[string]bool{
		keyURL: true,
		"http://SERVER.test:80/client/v4" + keyPath:                                 true,
		baseURL + "/v4" + keyPath:                                                   true,
		strings.Replace(keyURL, "turn_keys", "turn_key", 1):                         true,
		strings.Replace(keyURL, "turn_keys", "TurnKeys", 1):                         true,
		strings.Replace(keyURL, "/calls/", "/", 1):                                  true,
		"http://rtc.server.test/v1/turn/keys/" + testkit.KeyID + "/credentials":     false,
		baseURL + "/user/tokens/verify":                                             false,
		baseURL + "/accounts/" + testkit.AccountID + "/tokens/verify":               false,
		baseURL + "/accounts/" + testkit.AccountID + "/calls/apps":                  false,
		baseURL + "/accounts/" + testkit.AccountID + "/calls/apps/" + testkit.KeyID: false,
		"https://server.test/client/v4" + keyPath:                                   false,
		"http://server.test" + keyPath:                                              false,
		"http://server.test:8080/client/v4" + keyPath:                               false,
	} {
		x := get()
		setURL(x, url)
		assert.Equal(t, inScope, turnKeys.InScope(x.URL), url)
		isDocumented := len(turnKeys.Check(*x, contract.Secrets{})) == 0
		assert.Equal(t, strings.HasSuffix(url, "/client/v4"+keyPath), isDocumented, url)
	}
}

func TestABaseURLMayHaveNoPath(t *testing.T) {
	document, err := contract.OpenAPI().Under("http://server.test/")
	require.NoError(t, err)
	assert.True(t, document.InScope(&url.URL{Path: keyPath}))
	x := get()
	setURL(x, "http://server.test"+keyPath)
	assert.Empty(t, document.Check(*x, contract.Secrets{}))
}

func TestTheRootOfABaseURLMayBeAnOperation(t *testing.T) {
	document, err := contract.Load([]byte(pets))
	require.NoError(t, err)
	document, err = document.Under("https://pets.test/v2")
	require.NoError(t, err)
	for path, inScope := range map[string]bool{"/v2/": true, "/v2/pet": true, "/v2/other/": false, "/pets": false} {
		assert.Equal(t, inScope, document.InScope(&url.URL{Path: path}), path)
	}
}
