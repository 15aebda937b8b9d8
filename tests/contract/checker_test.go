package contract_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

const keysURL = "/accounts/" + fake.DefaultAccountID + "/calls/turn_keys"

func newChecker(t *testing.T, next http.RoundTripper, options ...contract.Option) *contract.Checker {
	t.Helper()
	checker, err := contract.New(next, options...)
	require.NoError(t, err)
	return checker
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func request(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+fake.DefaultToken)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func TestCheckerChangesNeitherRequestNorResponse(t *testing.T) {
	const requestBody, responseBody = `{"name": "not what is documented", "n": 1}`, "<html>\x00"
	checker := newChecker(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		assert.Equal(t, requestBody, string(body))
		assert.Equal(t, "Bearer "+fake.DefaultToken, r.Header.Get("Authorization"))
		return &http.Response{StatusCode: 502, Header: http.Header{"X": {"y"}}, Body: io.NopCloser(strings.NewReader(responseBody))}, nil
	}))
	response, err := checker.RoundTrip(request(t, "POST", "http://fake/any/base/path"+keysURL, requestBody))
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, responseBody, string(body))
	assert.Equal(t, http.Header{"X": {"y"}}, response.Header)
	assert.Equal(t, []string{"createTurnKey.request:/n", "createTurnKey.502:status"}, places(checker.Violations()))
}

func TestCheckerPassesOnABodyThatBreaksOff(t *testing.T) {
	broken := errors.New("connection reset")
	checker := newChecker(t, roundTripper(func(*http.Request) (*http.Response, error) {
		body := io.MultiReader(strings.NewReader(`{"err`), roundReader{broken})
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body)}, nil
	}))
	response, err := checker.RoundTrip(request(t, "GET", "http://fake"+keysURL, ""))
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.ErrorIs(t, err, broken)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, `{"err`, string(body))
	require.Len(t, checker.Violations(), 1)
	assert.Equal(t, "listTurnKeys.200:body  the body could not be read to its end (body)", checker.Violations()[0].String())
}

type roundReader struct{ err error }

func (r roundReader) Read([]byte) (int, error) { return 0, r.err }

func TestCheckerCountsWhatHadNoAnswerAsNoCoverage(t *testing.T) {
	checker := newChecker(t, roundTripper(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }))
	_, err := checker.RoundTrip(request(t, "GET", "http://fake"+keysURL, ""))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Empty(t, checker.Violations())
	assert.Equal(t, "0 of 10 documented responses", checker.Coverage().String())
	assert.Len(t, checker.Coverage().Missing(), 10)
}

func TestMiddlewareChecksAServer(t *testing.T) {
	checker := newChecker(t, nil)
	api := fake.New()
	server := httptest.NewServer(checker.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		api.ServeHTTP(w, r)
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, "{}")
		}
	})))
	defer server.Close()
	for _, method := range []string{"POST", "GET"} {
		body := map[string]string{"POST": `{"name":"n"}`}[method]
		response, err := server.Client().Do(request(t, method, server.URL+fake.BasePath+keysURL, body))
		require.NoError(t, err)
		sent, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Contains(t, string(sent), `"success":true`)
		assert.NotEmpty(t, response.Header.Get("CF-Ray"))
	}
	assert.Equal(t, []string{"listTurnKeys.200:body"}, places(checker.Violations()))
	assert.Equal(t, "2 of 10 documented responses", checker.Coverage().String())
}

// recordingTB is a test that is allowed to fail.
type recordingTB struct {
	testing.TB
	cleanups []func()
	errors   []string
}

func (r *recordingTB) Helper() {}

func (r *recordingTB) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recordingTB) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestHTTPClientFailsTheTestOnAViolation(t *testing.T) {
	server := fake.Start(t)
	recording := &recordingTB{TB: t}
	client := contract.HTTPClient(recording)
	response, err := client.Do(request(t, "GET", server.BaseURL+keysURL+"?page=2", ""))
	require.NoError(t, err)
	_, err = io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())

	for _, cleanup := range recording.cleanups {
		cleanup()
	}
	assert.Equal(t, []string{"contract: listTurnKeys.request:query:page  the query parameter is not documented (query)",
		"contract: listTurnKeys.200:status  the server accepted a request that violates the document (accepted)"}, recording.errors)
}
