package contract_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

const large = 24 << 20 // more than is kept

// zeros is a body of any length.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func send(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+testkit.Token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// jsonAnswer answers every request in memory.
func jsonAnswer(status int, body io.Reader) testkit.RoundTripper {
	return func(*http.Request) (*http.Response, error) {
		header := http.Header{"Content-Type": {"application/json"}}
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(body)}, nil
	}
}

func TestBodiesOfAnyLengthPassAndAreReportedAsTooLarge(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	received := int64(0)
	checker := newChecker(t, testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
		var err error
		received, err = io.Copy(io.Discard, r.Body)
		require.NoError(t, err)
		return jsonAnswer(201, io.LimitReader(zeros{}, large))(r)
	}))
	request := send(t, "POST", keysURL, "{}")
	request.Body, request.GetBody, request.ContentLength = io.NopCloser(io.LimitReader(zeros{}, large)), nil, -1
	response, err := checker.RoundTrip(request)
	require.NoError(t, err)
	answered, err := io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, []int64{large, large}, []int64{received, answered})
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(200<<20), "no more is kept than is checked")
	assert.Equal(t, []string{"createTurnKey.request:body", "createTurnKey.201:body", "createTurnKey.201:status"}, places(checker.Violations()))
	assert.Equal(t, "size", checker.Violations()[1].Rule)
}

func TestAResponseStreamsThroughTheChecker(t *testing.T) {
	reader, writer := io.Pipe()
	checker := newChecker(t, jsonAnswer(200, reader))
	response, err := checker.RoundTrip(send(t, "GET", keyURL, ""))
	require.NoError(t, err, "before the first byte of the body")
	answer := get().answer
	for _, part := range []string{answer[:10], answer[10:]} {
		go func() { _, _ = io.WriteString(writer, part) }()
		got := make([]byte, len(part))
		_, err = io.ReadFull(response.Body, got)
		require.NoError(t, err)
		assert.Equal(t, part, string(got))
	}
	assert.Empty(t, checker.Exchanges(), "it has not ended")
	require.NoError(t, writer.Close())
	_, err = response.Body.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	assert.Len(t, checker.Exchanges(), 1)
	require.NoError(t, response.Body.Close())
	assert.Len(t, checker.Exchanges(), 1)
	assert.Empty(t, checker.Violations())
}

func TestAClientThatLeavesAnAnswerIsNoViolation(t *testing.T) {
	for name, leave := range map[string]func(body io.ReadCloser, cancel context.CancelFunc){
		"by closing it": func(body io.ReadCloser, _ context.CancelFunc) { _ = body.Close() },
		"by cancelling": func(body io.ReadCloser, cancel context.CancelFunc) { cancel(); _, _ = io.ReadAll(body) },
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"errors":[`)
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			}))
			defer server.Close()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			checker := newChecker(t, server.Client().Transport)
			response, err := checker.RoundTrip(send(t, "GET", server.URL+keyPath, "").WithContext(ctx))
			require.NoError(t, err)
			_, err = response.Body.Read(make([]byte, 1))
			require.NoError(t, err)
			leave(response.Body, cancel)
			require.NoError(t, response.Body.Close())
			require.Len(t, checker.Exchanges(), 1)
			assert.Empty(t, checker.Violations())
		})
	}
}

// silent is a body without a byte, whose reader sees that it is closed before Close returns.
type silent struct{ closed chan struct{} }

func (s silent) Read([]byte) (int, error) {
	<-s.closed
	return 0, http.ErrBodyReadAfterClose
}

func (s silent) Close() error {
	close(s.closed)
	synctest.Wait()
	return nil
}

func TestAnAnswerThatIsClosedWhileItIsReadIsNoViolation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checker := newChecker(t, testkit.RoundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: silent{make(chan struct{})},
			}, nil
		}))
		response, err := checker.RoundTrip(send(t, "GET", keyURL, ""))
		require.NoError(t, err)
		go func() { _, _ = io.ReadAll(response.Body) }()
		synctest.Wait()
		require.NoError(t, response.Body.Close())
		require.Len(t, checker.Exchanges(), 1)
		assert.Empty(t, checker.Violations())
	})
}

func TestAnAnswerIsCheckedThoughItsReaderDidNotWaitForItsEnd(t *testing.T) {
	checker := newChecker(t, jsonAnswer(200, io.MultiReader(strings.NewReader("{}"), zeros{})))
	response, err := checker.RoundTrip(send(t, "GET", keyURL, ""))
	require.NoError(t, err)
	_, err = io.ReadFull(response.Body, make([]byte, 2))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Contains(t, places(checker.Violations()), "getTurnKey.200:/result")
}

func TestARequestIsCheckedThoughNobodyReadsItsBody(t *testing.T) {
	checker := newChecker(t, jsonAnswer(400, strings.NewReader(testkit.Failure("1000", "no"))))
	response, err := checker.RoundTrip(send(t, "POST", keysURL, `{"nam":"x"}`))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, []string{"createTurnKey.request:/nam"}, places(checker.Violations()))
}

func TestWhatHadNoAnswerIsNoCoverageAndNoViolation(t *testing.T) {
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
	s := newStage(t)
	leak := get()
	leak.answer = named(testkit.Secret)
	assert.Empty(t, s.play(leak), "nothing has shown it")

	created := create()
	created.answer = strings.Replace(created.answer, `"key"`, `"secret"`, 1)
	require.Len(t, s.play(created), 1)
	assert.Equal(t, []string{"getTurnKey.200:/result/name"}, places(s.play(leak)), "although it came renamed")
}

func TestABaseURLLeavesOtherRequestsAlone(t *testing.T) {
	s := newStage(t, contract.WithBaseURL(baseURL+"/"))
	elsewhere := get()
	elsewhere.status, elsewhere.answer = 201, "not JSON"
	for _, url := range []string{
		"http://rtc.server.test/v1/turn/keys/" + testkit.KeyID + "/credentials/generate-ice-servers",
		baseURL + "/user/tokens/verify", baseURL + "/accounts/" + testkit.AccountID + "/tokens/verify",
		baseURL + "/accounts/" + testkit.AccountID + "/calls/apps", baseURL + "/accounts/" + testkit.AccountID + "/calls/apps/" + testkit.KeyID,
		"https://server.test/client/v4" + keyPath, "http://server.test" + keyPath, "http://server.test:8080/client/v4" + keyPath,
	} {
		elsewhere.url = url
		assert.Nil(t, s.pass(elsewhere), url)
	}
	for url, want := range map[string][]string{
		keyURL: {},
		"http://SERVER.test:80/client/v4" + keyPath:         {},
		baseURL + "/v4" + keyPath:                           {"GET.request:operation"},
		strings.Replace(keyURL, "turn_keys", "turn_key", 1): {"GET.request:operation"},
		strings.Replace(keyURL, "turn_keys", "TurnKeys", 1): {"GET.request:operation"},
		strings.Replace(keyURL, "/calls/", "/", 1):          {"GET.request:operation"},
	} {
		here := get()
		here.url = url
		assert.Equal(t, want, places(s.play(here)), url)
	}
}

func TestABaseURLMayHaveNoPath(t *testing.T) {
	x := get()
	x.url = "http://server.test" + keyPath
	assert.Empty(t, newStage(t, contract.WithBaseURL("http://server.test/")).play(x))
	document, err := contract.Load([]byte(pets))
	require.NoError(t, err)
	document, err = document.Under("https://pets.test/v2")
	require.NoError(t, err)
	for path, inScope := range map[string]bool{"/v2/": true, "/v2/pet": true, "/v2/other/": false, "/pets": false} {
		assert.Equal(t, inScope, document.InScope(&url.URL{Path: path}), path)
	}
}
