package tests_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

var key = testkit.Key

// behaviour is one way in which a server can be hostile, and what a caller gets of it.
type behaviour struct {
	name string
	only string // the operations that it applies to, such as "create list"; all if empty

	answer    answer       // over HTTP/1
	frames    streamAnswer // over HTTP/2
	tls       bool
	untrusted bool // the client does not trust the certificate
	absent    bool // nobody listens
	warm      bool // a list was answered before, over the connection that this call gets
	stale     bool // and then the server closed it
	retries   int
	patience  time.Duration // the context's deadline, 10 s if it is 0

	want     outcome
	saved    bool // a create returns its key all the same
	lost     bool // a create matches ErrOutcomeUnknown too
	kept     bool // and RawBody still has its secret
	requests int  // how many the server saw, 1 if it is 0
	creates  int  // of a create, if that differs
}

// outcome is what a caller gets: a result, or an error with a status that matches these sentinels and no other.
type outcome struct {
	result any
	status int
	is     []error
	code   int    // Cloudflare's, of the first error
	text   string // part of the error's
}

// theKey is the operation's result as the response has it.
type theKey struct{}

var (
	works = outcome{result: theKey{}}
	// misrouted is a 404 of something other than the API.
	misrouted = outcome{status: 404, text: "base URL"}
)

func yields(result any) outcome               { return outcome{result: result} }
func refused(status int, is ...error) outcome { return outcome{status: status, is: is} }
func unreadable(status int) outcome           { return refused(status, turnkeys.ErrBadResponse) }
func unanswered(is ...error) outcome          { return outcome{is: is} }
func (o outcome) withCode(code int) outcome   { o.code = code; return o }
func (o outcome) saying(text string) outcome  { o.text = text; return o }

func (b behaviour) appliesTo(op testkit.Operation) bool {
	return b.only == "" || slices.ContainsFunc(strings.Fields(b.only), func(name string) bool { return strings.HasPrefix(op.ID, name) })
}

var create, list = testkit.Operations[0], testkit.Operations[1]

func creates(op testkit.Operation) bool { return op.Method == http.MethodPost }

func TestHostileServer(t *testing.T) {
	meetAll(t, slices.Concat(cutOff, slow, framing, connections, compressed))
}

func TestHostileAnswer(t *testing.T) {
	meetAll(t, slices.Concat(notTheEnvelope, notTheResult, wrongTypes(), refusals, statuses, redirects, rateLimits))
}

// meetAll makes each call in a synctest bubble. The bubble takes no real time, and panics if a goroutine is left.
func meetAll(t *testing.T, behaviours []behaviour) {
	names := map[string]bool{}
	for _, b := range behaviours {
		require.False(t, names[b.name], "two behaviours called %q", b.name)
		names[b.name] = true
		t.Run(b.name, func(t *testing.T) {
			for _, op := range testkit.Operations {
				if b.appliesTo(op) {
					t.Run(op.ID, func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) { b.meets(t, op) })
					})
				}
			}
		})
	}
}

func (b behaviour) meets(t *testing.T, op testkit.Operation) {
	network, requests := b.network(op)
	transport := b.transport(network)
	defer closeIdle(transport)
	baseURL := "http://127.0.0.1/client/v4"
	if b.tls {
		baseURL = "https://127.0.0.1/client/v4"
	}
	client := newClient(t, transport, turnkeys.WithBaseURL(baseURL), turnkeys.WithRetries(b.retries))
	if b.warm {
		_, err := client.List(t.Context())
		require.NoError(t, err)
		synctest.Wait() // until the client has seen that a stale connection is closed
	}

	ctx, cancel := context.WithTimeout(t.Context(), cmp.Or(b.patience, 10*time.Second))
	defer cancel()
	got, err := op.Call(ctx, client)

	b.checkRequests(t, op, requests())
	for _, address := range network.Dials() {
		assert.Contains(t, address, "127.0.0.1:", "another host gets the token")
	}
	if b.want.result != nil || b.saved && creates(op) {
		b.checkResult(t, op, got, err)
		return
	}
	b.checkError(t, op, got, err)
}

// closeIdle leaves time to whatever still runs, so that only what never ends is left in the bubble.
func closeIdle(transport *http.Transport) {
	time.Sleep(time.Minute)
	transport.CloseIdleConnections()
}

// newClient is a client through a transport, of a host in plaintext unless an option says otherwise.
func newClient(t *testing.T, transport http.RoundTripper, options ...turnkeys.Option) *turnkeys.Client {
	t.Helper()
	options = append([]turnkeys.Option{
		turnkeys.WithBaseURL("http://127.0.0.1/client/v4"), turnkeys.WithHTTPClient(&http.Client{Transport: transport}),
	}, options...)
	client, err := turnkeys.New(testkit.AccountID, testkit.Token, options...)
	require.NoError(t, err)
	return client
}

func (b behaviour) checkRequests(t *testing.T, op testkit.Operation, seen []testkit.Request) {
	want := b.attempts(op)
	if b.absent || b.untrusted {
		want = 0
	}
	assert.Equal(t, want, len(seen), "requests that the server saw") //nolint:testifylint // Len prints them all
	for _, request := range seen {
		assert.Equal(t, testkit.Request{
			Method: op.Method, Path: "/client/v4" + op.Path, Body: op.Body, Authorization: "Bearer " + testkit.Token,
		}, request)
	}
}

// attempts are the requests, and what did not become one.
func (b behaviour) attempts(op testkit.Operation) int {
	if b.absent {
		return 1 + b.retries
	}
	if creates(op) && b.creates != 0 {
		return b.creates
	}
	return cmp.Or(b.requests, 1)
}

func (b behaviour) checkResult(t *testing.T, op testkit.Operation, got any, err error) {
	require.NoError(t, err)
	want := b.want.result
	if want == nil || want == (theKey{}) {
		want = op.Want
	}
	assert.Equal(t, want, got)
}

func (b behaviour) checkError(t *testing.T, op testkit.Operation, got any, err error) {
	require.Error(t, err, "got %v", got)
	assert.True(t, reflect.ValueOf(got).IsZero(), "a result beside an error")
	var apiErr *turnkeys.Error
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, op.ID, apiErr.Operation)
	assert.Equal(t, b.want.status, apiErr.StatusCode, "status")
	assert.ErrorContains(t, err, b.want.text)
	checkText(t, apiErr)
	assert.Equal(t, b.attempts(op), apiErr.Attempts, "attempts")

	matches := b.want.is
	if b.lost && creates(op) {
		matches = append(slices.Clone(matches), turnkeys.ErrOutcomeUnknown)
		assert.Regexp(t, "List.* delete", err.Error())
	}
	checkMatches(t, err, matches)
	if b.want.code != 0 && assert.NotEmpty(t, apiErr.Errors) {
		assert.Equal(t, b.want.code, apiErr.Errors[0].Code)
	}
	if b.kept && creates(op) {
		assert.Contains(t, string(apiErr.RawBody()), testkit.Secret)
		assert.Contains(t, err.Error(), "RawBody", "where to look for the secret")
	}
}

// checkMatches checks that err matches these errors, and none of the package's other sentinels.
func checkMatches(t *testing.T, err error, matches []error) {
	t.Helper()
	for _, sentinel := range []error{
		turnkeys.ErrNotFound, turnkeys.ErrUnauthorized, turnkeys.ErrRateLimited, turnkeys.ErrBadResponse,
		turnkeys.ErrOutcomeUnknown, context.Canceled, context.DeadlineExceeded,
	} {
		assert.Equal(t, slices.Contains(matches, sentinel), errors.Is(err, sentinel), "is %q: %v", sentinel, err)
	}
}

// checkText checks an error's text, and Cloudflare's messages, for what is promised of them.
func checkText(t *testing.T, err *turnkeys.Error) {
	t.Helper()
	text := err.Error()
	assert.LessOrEqual(t, len(text), 512)
	assert.True(t, utf8.ValidString(text), "%q", text)
	assert.NotRegexp(t, `[[:cntrl:]]`, text)
	assert.NotContains(t, text+";", " ;")
	texts := []string{fmt.Sprint(err.Errors, err.Messages, err.RayID)}
	for cause := error(err); cause != nil; cause = errors.Unwrap(cause) {
		texts = append(texts, cause.Error())
	}
	for _, shown := range texts {
		assert.NotContains(t, shown, testkit.Token)
		assert.NotContains(t, shown, testkit.Secret)
	}
}
