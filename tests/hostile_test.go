package tests_test

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// behaviour is one way in which a server can behave, and what a caller gets.
type behaviour struct {
	name string
	only string // the operations that it applies to, such as "create list"; all if empty

	respond   responder      // over HTTP/1
	frames    frameResponder // over HTTP/2
	tls       bool
	untrusted bool // the client does not trust the certificate
	absent    bool // nobody listens
	warm      bool // a list succeeded before, over a connection that is kept
	stale     bool // which the server then closed
	retries   int
	patience  time.Duration // the context's deadline, 10 s if it is 0

	want     outcome
	saved    bool // a create returns its key all the same
	lost     bool // a create matches ErrOutcomeUnknown too, and is not retried
	kept     bool // and RawBody has its secret
	requests int  // attempts, each a request that the server sees; 1 if it is 0
	unsent   bool // the server sees none of them
}

// outcome is what a caller gets: a result, or an error with a status that matches these sentinels and no other.
type outcome struct {
	result any
	status int
	is     []error
	code   int    // Cloudflare's code of the first error
	text   string // part of the error text
}

// theKey is the operation's result as the response has it.
type theKey struct{}

var works = outcome{result: theKey{}}

func yields(result any) outcome                { return outcome{result: result} }
func rejected(status int, is ...error) outcome { return outcome{status: status, is: is} }
func unreadable(status int) outcome            { return rejected(status, turnkeys.ErrBadResponse) }
func noResponse(is ...error) outcome           { return outcome{is: is} }
func (o outcome) withCode(code int) outcome    { o.code = code; return o }
func (o outcome) saying(text string) outcome   { o.text = text; return o }

func (b behaviour) appliesTo(op testkit.Operation) bool {
	return b.only == "" || slices.ContainsFunc(strings.Fields(b.only), func(name string) bool { return strings.HasPrefix(op.ID, name) })
}

var create, list = testkit.Operations[0], testkit.Operations[1]

const others = "list get edit delete" // than create

func creates(op testkit.Operation) bool { return op.Method == http.MethodPost }

func TestHostileServer(t *testing.T) {
	meetAll(t, slices.Concat(truncated, slow, connections))
}

func TestHostileResponse(t *testing.T) {
	meetAll(t, slices.Concat(notTheEnvelope, notTheResult, wrongTypes(), deletions))
}

func TestHostileStatus(t *testing.T) {
	meetAll(t, slices.Concat(rejections(), problems(), statuses, redirects, rateLimits()))
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
	b.meetsThrough(t, op, func(t *http.Transport) http.RoundTripper { return t })
}

func (b behaviour) meetsThrough(t *testing.T, op testkit.Operation, through func(*http.Transport) http.RoundTripper) {
	host := b.host(op)
	plain := b.transport(host)
	defer closeIdle(plain)
	transport := through(plain)
	client := b.client(t, transport)
	ctx, cancel := context.WithTimeout(t.Context(), cmp.Or(b.patience, 10*time.Second))
	defer cancel()
	got, err := op.Call(ctx, client)
	closeIdle(transport)

	b.checkRequests(t, op, host.requests())
	for _, address := range host.Dials() {
		assert.Contains(t, address, "127.0.0.1:", "the token goes to another host")
	}
	want := b.want.result
	if want == (theKey{}) || b.saved && creates(op) {
		want = op.Want
	}
	if want == nil {
		b.checkError(t, op, got, err)
		return
	}
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.Zero(t, host.http2.Resets.Load(), "streams that the client reset")
}

// host returns a network with a server that has this behaviour.
type host struct {
	testkit.Network

	http2    testkit.FrameServer
	requests func() []testkit.Request // of the operation
}

func (b behaviour) host(op testkit.Operation) *host {
	h, greetings := &host{}, 0
	if b.warm {
		greetings = 1
	}
	http1 := &testkit.Server{Respond: func(e *testkit.Exchange) {
		e.Nth -= greetings
		if e.Nth > 0 {
			b.respond(&exchange{e, op})
			return
		}
		good(&exchange{e, list})
		if b.stale {
			_ = e.Close()
		}
	}}
	h.http2.Respond = func(s *testkit.Stream) {
		s.Nth -= greetings
		switch {
		case s.Nth > 20: // only a client that is out of control sends so many
		case s.Nth > 0:
			b.frames(&stream{s, op})
		default:
			allOfIt(&stream{s, list})
		}
	}
	serve, seen, protocol := http1.Serve, http1.Requests, "http/1.1"
	if b.frames != nil {
		serve, seen, protocol = h.http2.Serve, h.http2.Requests, "h2"
	}
	h.requests = func() []testkit.Request { return seen()[greetings:] }
	if b.tls {
		serve = testkit.OverTLS(serve, protocol)
	}
	if !b.absent {
		h.Serve = serve
	}
	return h
}

func (b behaviour) transport(h *host) *http.Transport {
	transport := &http.Transport{DialContext: h.DialContext, Protocols: &http.Protocols{}, MaxResponseHeaderBytes: 1 << 20}
	transport.Protocols.SetHTTP1(b.frames == nil)
	transport.Protocols.SetHTTP2(b.frames != nil && b.tls)
	transport.Protocols.SetUnencryptedHTTP2(b.frames != nil && !b.tls)
	if !b.untrusted {
		transport.TLSClientConfig = &tls.Config{RootCAs: testkit.Roots()}
	}
	return transport
}

// client returns a client, which has a kept connection if b is warm.
func (b behaviour) client(t *testing.T, transport http.RoundTripper) *turnkeys.Client {
	base := "http://127.0.0.1/client/v4"
	if b.tls {
		base = "https://127.0.0.1/client/v4"
	}
	client := newClient(t, transport, turnkeys.WithRetries(b.retries), turnkeys.WithBaseURL(base))
	if b.warm {
		_, err := client.List(t.Context())
		require.NoError(t, err)
		synctest.Wait() // until the client has seen that a stale connection is closed
	}
	return client
}

// closeIdle gives goroutines time to end, so that only those that never end are left in the bubble.
func closeIdle(transport http.RoundTripper) {
	time.Sleep(time.Minute)
	(&http.Client{Transport: transport}).CloseIdleConnections()
}

// newClient returns a client that uses a transport, with a plaintext base URL unless an option changes that.
func newClient(t *testing.T, transport http.RoundTripper, options ...turnkeys.Option) *turnkeys.Client {
	t.Helper()
	options = append([]turnkeys.Option{
		turnkeys.WithBaseURL("http://127.0.0.1/client/v4"), turnkeys.WithHTTPClient(&http.Client{Transport: transport}),
	}, options...)
	client, err := turnkeys.New(testkit.AccountID, testkit.Token, options...)
	require.NoError(t, err)
	return client
}

func (b behaviour) attempts(op testkit.Operation) int {
	if creates(op) && b.lost && b.only != "create" {
		return 1
	}
	return cmp.Or(b.requests, 1)
}

func (b behaviour) checkRequests(t *testing.T, op testkit.Operation, seen []testkit.Request) {
	want := b.attempts(op)
	if b.unsent {
		want = 0
	}
	assert.Equal(t, want, len(seen), "requests that the server saw") //nolint:testifylint // Len prints them all
	for _, request := range seen {
		assert.Equal(t, testkit.Request{
			Method: op.Method, Path: "/client/v4" + op.Path, Body: op.Body, Authorization: "Bearer " + testkit.Token,
		}, request)
	}
}

func (b behaviour) checkError(t *testing.T, op testkit.Operation, got any, err error) {
	require.Error(t, err, "got %v", got)
	assert.True(t, reflect.ValueOf(got).IsZero(), "a result with an error")
	var apiErr *turnkeys.Error
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, op.ID, apiErr.Operation)
	assert.Equal(t, b.want.status, apiErr.StatusCode, "status")
	assert.ErrorContains(t, err, b.want.text)
	checkText(t, apiErr)
	assert.NotContains(t, err.Error()+";", " ;", "a clause without words")
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

// checkText checks what is promised about the text of each error, and about what came from the server.
func checkText(t *testing.T, err *turnkeys.Error) {
	t.Helper()
	text := err.Error()
	assert.LessOrEqual(t, len(text), 512)
	assert.True(t, utf8.ValidString(text), "%q", text)
	assert.False(t, strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }), "%q", text)
	texts := []string{fmt.Sprint(err.Errors, err.Messages, err.RayID)}
	for cause := error(err); cause != nil; cause = errors.Unwrap(cause) {
		texts = append(texts, cause.Error())
	}
	for _, shown := range texts {
		assert.NotContains(t, shown, testkit.Token)
		assert.NotContains(t, shown, testkit.Secret)
	}
}
