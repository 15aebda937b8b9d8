package contract_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

// failingTB is a test that is allowed to fail.
type failingTB struct {
	testing.TB
	cleanups []func()
	errors   []string
}

func (f *failingTB) Helper() {}

func (f *failingTB) Cleanup(cleanup func()) { f.cleanups = append(f.cleanups, cleanup) }

func (f *failingTB) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}

func (f *failingTB) Fatal(args ...any) {
	f.errors = append(f.errors, fmt.Sprint(args...))
	runtime.Goexit()
}

// end ends the test, and returns what it failed with.
func (f *failingTB) end() []string {
	for _, cleanup := range slices.Backward(f.cleanups) {
		cleanup()
	}
	errors := f.errors
	*f = failingTB{}
	return errors
}

// outcome runs a test, and returns what it failed with.
func outcome(t *testing.T, test func(t testing.TB)) []string {
	t.Helper()
	f := &failingTB{TB: t}
	done := make(chan bool)
	go func() {
		defer close(done)
		test(f)
	}()
	<-done
	return f.end()
}

func serving(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, status, body) }
}

func TestAClientUnderTestFailsItsTest(t *testing.T) {
	valid := get().response
	drift := `{"errors":[{"code":971,"message":"","error_chain":[]}],"success":false}`
	for name, tc := range map[string]struct {
		status        int
		response, url string
		options       []contract.Option
		want          []string
	}{
		"not if nothing is wrong": {200, valid, keyPath, nil, nil},
		"for each violation": {404, testkit.Failure("1000", "no"), keyPath + "?page=2", nil,
			[]string{"contract: getTurnKey.request:query:page  the query parameter is not documented (query)"}},
		"and says that the server took it": {200, valid, keyPath + "?page=2", nil, []string{
			"contract: getTurnKey.request:query:page  the query parameter is not documented (query)",
			"contract: getTurnKey.200:status  the server accepted a request that violates the document (accepted)",
		}},
		"not for what is accepted":        {200, valid, keyPath + "?page=2", []contract.Option{contract.WithAccepted("*.request:query:page")}, nil},
		"not for known drift":             {404, drift, keyPath, nil, nil},
		"not for a failure of the server": {503, "<html>", keyPath, nil, nil},
		"for a secret in a failure of the server": {500, "echo " + testkit.Token, keyPath, nil,
			[]string{"contract: getTurnKey.500:body  contains the API token, which belongs only in Authorization (token)"}},
		"for a path that is not documented": {404, "", "/un/documented", nil,
			[]string{"contract: GET.request:operation  no documented operation: the path is not documented (operation)"}},
		"for a bad option": {200, valid, keyPath, []contract.Option{contract.WithAccepted("key")},
			[]string{`contract: place "key": it has no status; ` +
				`want one such as createTurnKey.201:/result/key or *.4XX:/errors/*/code`}},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(serving(tc.status, tc.response))
			defer server.Close()
			assert.Equal(t, tc.want, outcome(t, func(tb testing.TB) {
				client := contract.HTTPClient(tb, tc.options...)
				response, err := client.Do(send(t, "GET", server.URL+tc.url, ""))
				require.NoError(t, err)
				_, _ = io.ReadAll(response.Body)
				require.NoError(t, response.Body.Close())
			}))
		})
	}
}

func TestAClientThatWasNeverUsedFailsItsTest(t *testing.T) {
	assert.Equal(t, []string{"contract: this http.Client sent no requests: does the code under test use it?"},
		outcome(t, func(tb testing.TB) { contract.HTTPClient(tb) }))

	server := httptest.NewServer(serving(200, get().response))
	defer server.Close()
	assert.Equal(t, []string{"contract: this http.Client sent 1 requests, none of them under https://server.test/client/v4"},
		outcome(t, func(tb testing.TB) {
			client := contract.HTTPClient(tb, contract.WithBaseURL("https://server.test/client/v4/"))
			response, err := client.Do(send(t, "GET", server.URL+keyPath, ""))
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
		}), "a wrong base URL")
	assert.Equal(t, []string{"contract: 1 responses were not checked: their bodies were neither read to the end nor closed"},
		outcome(t, func(tb testing.TB) {
			_, err := contract.HTTPClient(tb).Do(send(t, "GET", server.URL+keyPath, ""))
			require.NoError(t, err)
		}))
}

func TestAHandlerUnderTestFailsItsTest(t *testing.T) {
	ask := func(handler http.Handler) {
		request := httptest.NewRequestWithContext(t.Context(), "GET", "/base"+keyPath, nil)
		request.Header.Set("Authorization", "Bearer "+testkit.Token)
		handler.ServeHTTP(httptest.NewRecorder(), request)
	}
	valid := serving(200, get().response)
	assert.Empty(t, outcome(t, func(tb testing.TB) { ask(contract.Middleware(tb, valid)) }))
	assert.Empty(t, outcome(t, func(tb testing.TB) {
		ask(contract.Middleware(tb, valid, contract.WithBaseURL("https://any.test/base")))
	}), "only the path of a base URL counts")
	assert.Equal(t, []string{"contract: getTurnKey.500:status  status 500 is not documented (status)"},
		outcome(t, func(tb testing.TB) { ask(contract.Middleware(tb, serving(500, ""))) }))
	assert.Equal(t, []string{"contract: this handler received no requests: does the code under test use it?"},
		outcome(t, func(tb testing.TB) { contract.Middleware(tb, valid) }))
}
