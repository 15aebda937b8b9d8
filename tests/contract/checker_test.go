package contract_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
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

func TestAnExchangeIsCheckedEvenIfItsBodyIsNotReadToItsEnd(t *testing.T) {
	checker := newChecker(t, responding(400, io.MultiReader(strings.NewReader("{}"), zeros{})))
	body := roundTrip(t, checker, send(t, "POST", keysURL, `{"nam":"x"}`)).Body
	_, err := io.ReadFull(body, make([]byte, 2))
	require.NoError(t, err)
	require.NoError(t, body.Close())
	assert.Subset(t, places(checker.Violations()), []string{"createTurnKey.request:/nam", "createTurnKey.400:/result"})
}

// failing is a transport that loses all responses.
type failing struct{ requests, closed int }

func (f *failing) CloseIdleConnections() { f.closed++ }

func (f *failing) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.requests++; r.GetBody == nil {
		return nil, errors.New("net/http needs GetBody to retry the request")
	}
	return nil, errReset
}

func TestARequestWithoutAResponseIsNeitherCoverageNorAViolation(t *testing.T) {
	transport := &failing{}
	checker := newChecker(t, transport)
	client := http.Client{Transport: checker}
	_, err := client.Do(send(t, "POST", keysURL, "{}"))
	require.ErrorIs(t, err, errReset)
	client.CloseIdleConnections()
	assert.Equal(t, failing{requests: 1, closed: 1}, *transport)
	assert.Empty(t, checker.Violations())
	assert.Len(t, checker.Exchanges(), 1)
	assert.Equal(t, checker.Coverage(), checker.Coverage().Missing())
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

func TestABaseURLMayHaveNoPathOrAnOperation(t *testing.T) {
	document, err := contract.OpenAPI().Under("http://server.test/")
	require.NoError(t, err)
	assert.True(t, document.InScope(&url.URL{Path: keyPath}))
	other, err := contract.Load([]byte(pets))
	require.NoError(t, err)
	other, err = other.Under("https://pets.test/v2")
	require.NoError(t, err)
	for path, inScope := range map[string]bool{"/v2/": true, "/v2/pet": true, "/v2/other/": false, "/pets": false} {
		assert.Equal(t, inScope, other.InScope(&url.URL{Path: path}), path)
	}
}

// compress sets Content-Encoding before it calls the next handler, or when the response begins.
func compress(first bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			plain := httptest.NewRecorder()
			if first {
				plain.Header().Set("Content-Encoding", "gzip")
				r.Header.Del("Accept-Encoding")
			}
			next.ServeHTTP(plain, r)
			maps.Copy(w.Header(), plain.Header())
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Del("Content-Length")
			w.WriteHeader(plain.Code)
			_, _ = io.WriteString(w, zipped(plain.Body.String()))
		})
	}
}

func TestMiddlewareBlamesNoValidServerWhateverTheOrderOfLayers(t *testing.T) {
	layers := map[string]func(http.Handler) http.Handler{
		"nothing":                      func(next http.Handler) http.Handler { return next },
		"compression, announced first": compress(true),
		"compression, announced late":  compress(false),
		"a prefix":                     func(next http.Handler) http.Handler { return http.StripPrefix("/proxy", next) },
		"a timeout":                    func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "late") },
	}
	for outerName, outer := range layers {
		for innerName, inner := range layers {
			if outerName[:4] == innerName[:4] && outerName != "nothing" {
				continue
			}
			checker := newChecker(t, nil)
			server := httptest.NewServer(outer(checker.Middleware(inner(fake.New()))))
			path := fake.BasePath + "/accounts/" + fake.DefaultAccountID + "/calls/turn_keys"
			if outerName == "a prefix" || innerName == "a prefix" {
				path = "/proxy" + path
			}
			for _, request := range []*http.Request{
				send(t, "POST", server.URL+path, `{"name":"n"}`), send(t, "GET", server.URL+path, ""),
				send(t, "GET", server.URL+path+"/"+fake.DefaultAccountID, ""),
			} {
				request.Header.Set("Authorization", "Bearer "+fake.DefaultToken)
				response, err := server.Client().Do(request)
				require.NoError(t, err)
				body, err := io.ReadAll(response.Body)
				require.NoError(t, err)
				require.NoError(t, response.Body.Close())
				require.True(t, json.Valid(body), "%q", body)
			}
			server.Close()
			assert.Empty(t, checker.Violations(), "%s outside, %s inside", outerName, innerName)
			assert.Len(t, checker.Exchanges(), 3)
		}
	}
}

func TestMiddlewareStillBlamesABrokenEncoding(t *testing.T) {
	announced := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		writeJSON(w, 200, key)
	}
	for _, handler := range []http.HandlerFunc{announced, serving(200, zipped(key))} {
		checker := newChecker(t, nil)
		request := send(t, "GET", keyPath, "")
		request.Header.Set("Accept-Encoding", "gzip")
		checker.Middleware(handler).ServeHTTP(httptest.NewRecorder(), request)
		assert.Len(t, checker.Violations(), 1)
	}
}

func TestAHandlerThatOutlivesItsTimeoutIsNotBlamed(t *testing.T) {
	checker := newChecker(t, nil)
	slow := func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		time.Sleep(10 * time.Millisecond) // until the handler outside has responded
		writeJSON(w, 200, key)
	}
	server := httptest.NewServer(http.TimeoutHandler(checker.Middleware(http.HandlerFunc(slow)), time.Millisecond, "late"))
	defer server.Close()
	response, err := server.Client().Do(send(t, "GET", server.URL+keyPath, ""))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Eventually(t, func() bool { return len(checker.Exchanges()) == 1 }, 10*time.Second, time.Millisecond)
	assert.Empty(t, checker.Violations())
}
