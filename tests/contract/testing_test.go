package contract_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
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

// outcome runs a test, and returns what it failed with, one line for each error.
func outcome(t *testing.T, test func(t testing.TB)) string {
	t.Helper()
	f := &failingTB{TB: t}
	done := make(chan bool)
	go func() {
		defer close(done)
		test(f)
	}()
	<-done
	return strings.Join(f.end(), "\n")
}

func serving(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, status, body) }
}

func TestAClientUnderTestFailsItsTest(t *testing.T) {
	const invalid = "contract: getTurnKey.request:query:page  the query parameter is not documented (query)"
	drift := `{"errors":[{"code":971,"message":"","error_chain":[]}],"success":false}`
	type options = []contract.Option
	for _, row := range []struct {
		status        int
		response, url string
		options       options
		want          string
	}{
		{200, key, keyPath, nil, ""},
		{404, testkit.Failure("1000", "no"), keyPath + "?page=2", nil, invalid},
		{200, key, keyPath + "?page=2", nil,
			invalid + "\ncontract: getTurnKey.200:status  the server accepted a request that violates the document (accepted)"},
		{200, key, keyPath + "?page=2", options{contract.WithAccepted("*.request:query:page")}, ""},
		{404, drift, keyPath, nil, ""},
		{503, "<html>", keyPath, nil, ""},
		{500, "echo " + testkit.Token, keyPath, nil,
			"contract: getTurnKey.500:body  contains the API token, which belongs only in Authorization (token)"},
		{404, "", "/un/documented", nil, "contract: GET.request:operation  no documented operation: the path is not documented (operation)"},
		{200, key, keyPath, options{contract.WithAccepted("key")},
			`contract: place "key": it has no status; want one such as createTurnKey.201:/result/key or *.4XX:/errors/*/code`},
		{200, key, keyPath, options{contract.WithBaseURL("https://server.test/client/v4/")},
			"contract: this http.Client sent 1 requests, none of them under https://server.test/client/v4"},
	} {
		server := httptest.NewServer(serving(row.status, row.response))
		assert.Equal(t, row.want, outcome(t, func(tb testing.TB) {
			client := contract.HTTPClient(tb, row.options...)
			response, err := client.Do(send(t, "GET", server.URL+row.url, ""))
			require.NoError(t, err)
			_, _ = io.ReadAll(response.Body)
			require.NoError(t, response.Body.Close())
		}))
		server.Close()
	}
}

func TestAClientThatWasNeverUsedFailsItsTest(t *testing.T) {
	assert.Equal(t, "contract: this http.Client sent no requests: does the code under test use it?",
		outcome(t, func(tb testing.TB) { contract.HTTPClient(tb) }))
	assert.Equal(t, "contract: 1 responses were not checked: their bodies were neither read to the end nor closed",
		outcome(t, func(tb testing.TB) {
			_, err := contract.HTTPClient(tb, contract.WithTransport(responding(200, strings.NewReader(key)))).Do(send(t, "GET", keyURL, ""))
			require.NoError(t, err)
		}))
}

func TestAHandlerUnderTestFailsItsTest(t *testing.T) {
	for want, handler := range map[string]http.HandlerFunc{
		"": serving(200, key),
		"contract: getTurnKey.500:status  status 500 is not documented (status)": serving(500, ""),
	} {
		for _, options := range [][]contract.Option{nil, {contract.WithBaseURL("https://any.test/base")}} { // only its path counts
			assert.Equal(t, want, outcome(t, func(tb testing.TB) {
				contract.Middleware(tb, handler, options...).ServeHTTP(httptest.NewRecorder(), send(t, "GET", "/base"+keyPath, ""))
			}))
		}
	}
	assert.Equal(t, "contract: this handler received no requests: does the code under test use it?",
		outcome(t, func(tb testing.TB) { contract.Middleware(tb, serving(200, key)) }))
}
