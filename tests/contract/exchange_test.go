package contract_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

const (
	baseURL  = "http://server.test/client/v4"
	keysPath = "/accounts/" + testkit.AccountID + "/calls/turn_keys"
	keysURL  = baseURL + keysPath
	keyURL   = keysURL + "/" + testkit.KeyID
	keyPath  = keysPath + "/" + testkit.KeyID
)

var errReset = errors.New("connection reset by peer")

// exchange is what a client sends and how a server in memory responds.
type exchange struct {
	method, url    string
	header         http.Header
	body           string
	status         int
	responseHeader http.Header
	response       string
	broken         bool // the connection breaks at the end of the response
}

func newExchange(method, url, body string, status int, response string) *exchange {
	x := &exchange{method: method, url: url, body: body, status: status, response: response}
	x.header, x.responseHeader = http.Header{"Authorization": {"Bearer " + testkit.Token}}, http.Header{}
	if body != "" {
		x.header.Set("Content-Type", "application/json")
	}
	if response != "" {
		x.responseHeader.Set("Content-Type", "application/json")
	}
	return x
}

// documented returns an example of a response as JSON, so that a new field needs no change here.
func documented(operationID string) string {
	return string(contract.OpenAPI().Operation(operationID).Example())
}

const video = `{"name":"video calls"}`

// Valid exchanges.
func create() *exchange { return newExchange("POST", keysURL, video, 201, documented("createTurnKey")) }

func get() *exchange { return newExchange("GET", keyURL, "", 200, documented("getTurnKey")) }

func rejectedCreate() *exchange {
	return newExchange("POST", keysURL, video, 400, testkit.Failure("1000", "no"))
}

func rejectedGet() *exchange {
	return newExchange("GET", keyURL, "", 404, testkit.Failure("20008", "no"))
}

func rejectedDelete() *exchange { return newExchange("DELETE", keyURL, "", 404, "") }

func newChecker(t *testing.T, next http.RoundTripper, options ...contract.Option) *contract.Checker {
	t.Helper()
	checker, err := contract.New(next, options...)
	if err != nil {
		t.Fatal(err) // one line
	}
	return checker
}

// stage plays exchanges through one checker.
type stage struct {
	*testing.T

	checker *contract.Checker
	now     *exchange
	checked int
}

func newStage(t *testing.T, options ...contract.Option) *stage {
	t.Helper()
	s := &stage{T: t}
	s.checker = newChecker(t, testkit.RoundTripper(s.respond), options...)
	return s
}

func (s *stage) respond(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	require.NoError(s, err)
	require.Equal(s, s.now.body, string(body))
	response := io.Reader(strings.NewReader(s.now.response))
	if s.now.broken {
		response = io.MultiReader(response, iotest.ErrReader(errReset))
	}
	return &http.Response{StatusCode: s.now.status, Header: s.now.responseHeader, Body: io.NopCloser(response)}, nil
}

// play returns the violations of an exchange.
func (s *stage) play(x *exchange) []contract.Violation {
	s.Helper()
	checked := s.pass(x)
	require.NotNil(s, checked)
	return checked.Violations
}

// pass makes sure that a response passes unchanged, and returns the exchange, or nil if it was not checked.
func (s *stage) pass(x *exchange) *contract.Checked {
	s.Helper()
	s.now = x
	request, err := http.NewRequestWithContext(s.Context(), x.method, x.url, strings.NewReader(x.body))
	require.NoError(s, err)
	request.Header = x.header
	response, err := s.checker.RoundTrip(request)
	require.NoError(s, err)
	body, _ := io.ReadAll(response.Body)
	require.NoError(s, response.Body.Close())
	require.Equal(s, x.response, string(body))
	all := s.checker.Exchanges()
	if len(all) == s.checked {
		return nil
	}
	s.checked = len(all)
	return &all[len(all)-1]
}

func places(violations []contract.Violation) []string {
	all := []string{}
	for _, v := range violations {
		all = append(all, v.Place())
	}
	return all
}
