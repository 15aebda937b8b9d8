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
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const (
	account = "023e105f4ecef8ad9ca31a8372d0c353"
	token   = "hostile-servers-must-not-see-this-000001"
	uid     = "3f8a2c6d1b9e40577ac5d2e8f0314b96"
	secret  = "5b0f6a1c94e2d7380fb1c6a59d3e8472610c9fbe47a2d8530e6b1f94c7a8d253"

	keyJSON = `{"created":"2014-01-01T05:20:00.12345Z","modified":"2014-01-02T05:20:00.000001Z","name":"video calls",` +
		`"uid":"` + uid + `"}`
	createdJSON = `{"created":"2014-01-01T05:20:00.12345Z","key":"` + secret + `","modified":"2014-01-02T05:20:00.000001Z",` +
		`"name":"video calls","uid":"` + uid + `"}`
)

var key = turnkeys.Key{
	Created:  time.Date(2014, 1, 1, 5, 20, 0, 123450000, time.UTC),
	Modified: time.Date(2014, 1, 2, 5, 20, 0, 1000, time.UTC),
	Name:     "video calls",
	UID:      uid,
}

// created is a NewKey that can be compared.
type created struct {
	turnkeys.Key

	secret string
}

type operation struct {
	name, method, path string
	result             string // as raw JSON; what RESULT stands for in an answer
	want               any
	call               func(context.Context, *turnkeys.Client) (any, error)
}

var operations = []operation{
	{"create", "POST", "", createdJSON, created{key, secret}, func(ctx context.Context, c *turnkeys.Client) (any, error) {
		k, err := c.Create(ctx, "video calls")
		return created{k.Key, k.Secret.Reveal()}, err
	}},
	{"list", "GET", "", `[` + keyJSON + `]`, []turnkeys.Key{key}, func(ctx context.Context, c *turnkeys.Client) (any, error) {
		return c.List(ctx)
	}},
	{"get", "GET", "/" + uid, keyJSON, key, func(ctx context.Context, c *turnkeys.Client) (any, error) {
		return c.Get(ctx, uid)
	}},
	{"edit", "PUT", "/" + uid, keyJSON, key, func(ctx context.Context, c *turnkeys.Client) (any, error) {
		return c.Edit(ctx, uid, "video calls")
	}},
	{"delete", "DELETE", "/" + uid, keyJSON, key, func(ctx context.Context, c *turnkeys.Client) (any, error) {
		return c.Delete(ctx, uid)
	}},
}

// behaviour is one way in which a server can be hostile, and what a caller gets of it.
type behaviour struct {
	name   string
	only   string // the operations that it applies to, all if empty
	answer answer

	tls      bool // the server speaks TLS
	distrust bool // with a certificate that the client does not trust
	absent   bool // nobody listens
	warm     bool // a list was answered before, over the connection that this call gets
	stale    bool // and then the server closed it
	timeout  bool // the caller's http.Client has one, and so is in between
	retries  int
	patience time.Duration // the context's deadline, if the behaviour needs one

	want     outcome
	lost     bool // a create matches ErrOutcomeUnknown too
	kept     bool // and RawBody still has its secret
	requests int  // how many the server saw
	creates  int  // of a create, if that differs
}

// outcome is what a caller gets: a result, or an error with a status that matches these sentinels and no other.
type outcome struct {
	result any
	status int
	is     []error
	code   int // Cloudflare's, of the first error
}

// theKey is the operation's result as the answer has it.
type theKey struct{}

var works = outcome{result: theKey{}}

func yields(result any) outcome               { return outcome{result: result} }
func refused(status int, is ...error) outcome { return outcome{status: status, is: is} }
func unreadable(status int) outcome           { return refused(status, turnkeys.ErrBadResponse) }
func unanswered(is ...error) outcome          { return outcome{is: is} }
func (o outcome) withCode(code int) outcome   { o.code = code; return o }
func (b behaviour) appliesTo(op operation) bool {
	return b.only == "" || strings.Contains(b.only, op.name)
}

// hung is longer than any answer takes that is on its way, and shorter than anybody waits for a test.
const hung = 20 * time.Second

func TestHostileServer(t *testing.T) {
	nothingIsLeft := countGoroutines()
	meetAll(t, slow) // by themselves, so that no work keeps an answer from arriving before the deadline
	meetAll(t, slices.Concat(cutOff, framing, connections, compressed, notTheEnvelope, notTheResult, wrongTypes(),
		refusals, statuses, redirects, rateLimits, throughHTTPClient(redirects)))
	nothingIsLeft(t)
}

// meetAll makes the calls at the same time, since some take a while, and then checks what came of them.
func meetAll(t *testing.T, behaviours []behaviour) {
	names := map[string]bool{}
	checks := make([][]func(*testing.T), len(behaviours))
	var calls sync.WaitGroup
	free := make(chan struct{}, 64)
	for i, b := range behaviours {
		require.False(t, names[b.name], "two behaviours called %q", b.name)
		names[b.name] = true
		checks[i] = make([]func(*testing.T), len(operations))
		for j, op := range operations {
			if b.appliesTo(op) {
				free <- struct{}{}
				calls.Go(func() {
					checks[i][j] = b.meets(t.Context(), op)
					<-free
				})
			}
		}
	}
	calls.Wait()
	for i, b := range behaviours {
		t.Run(b.name, func(t *testing.T) {
			for j, check := range checks[i] {
				if check != nil {
					t.Run(operations[j].name, check)
				}
			}
		})
	}
}

// meets makes a call to a server of its own, and returns the check of what came of it.
func (b behaviour) meets(ctx context.Context, op operation) func(*testing.T) {
	server, elsewhere := startServer(b, op), startServer(behaviour{answer: reply("200 OK", "")}, op)
	defer server.stop()
	defer elsewhere.stop()
	server.elsewhere = elsewhere.address()
	connection := &watchedDialer{closed: make(chan struct{})}
	transport := &http.Transport{DialContext: connection.dial}
	defer transport.CloseIdleConnections()
	if b.tls && !b.distrust {
		transport.TLSClientConfig = &tls.Config{RootCAs: server.roots}
	}
	httpClient := &http.Client{Transport: transport}
	if b.timeout {
		httpClient.Timeout = 2 * hung
	}
	client, setupErr := turnkeys.New(account, token, turnkeys.WithBaseURL(server.baseURL()),
		turnkeys.WithRetries(b.retries), turnkeys.WithHTTPClient(httpClient))
	if setupErr == nil && b.warm {
		setupErr = server.warmUp(ctx, client, connection)
	}
	if setupErr != nil {
		return func(t *testing.T) { require.NoError(t, setupErr) }
	}

	ctx, cancel := context.WithTimeout(ctx, cmp.Or(b.patience, hung))
	defer cancel()
	got, err := op.call(ctx, client)
	return func(t *testing.T) {
		b.checkRequests(t, op, server.seen())
		assert.Empty(t, elsewhere.seen(), "another server saw the request, and the token with it")
		if b.want.result != nil {
			b.checkResult(t, op, got, err)
		} else {
			b.checkError(t, op, got, err)
		}
	}
}

func (b behaviour) checkRequests(t *testing.T, op operation, seen []request) {
	want := b.requests
	if op.name == "create" && b.creates != 0 {
		want = b.creates
	}
	assert.Len(t, seen, want, "requests that the server saw")
	expected := request{op.method, "/client/v4/accounts/" + account + "/calls/turn_keys" + op.path, "", "Bearer " + token}
	if op.name == "create" || op.name == "edit" {
		expected.body = `{"name":"video calls"}`
	}
	for _, r := range seen {
		assert.Equal(t, expected, r)
	}
}

func (b behaviour) checkResult(t *testing.T, op operation, got any, err error) {
	require.NoError(t, err)
	want := b.want.result
	if want == (theKey{}) {
		want = op.want
	}
	assert.Equal(t, want, got)
}

func (b behaviour) checkError(t *testing.T, op operation, got any, err error) {
	require.Error(t, err, "got %v", got)
	assert.True(t, reflect.ValueOf(got).IsZero(), "a result beside an error")
	var apiErr *turnkeys.Error
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, op.name, strings.TrimSuffix(strings.TrimSuffix(apiErr.Operation, "TurnKeys"), "TurnKey"))
	assert.Equal(t, b.want.status, apiErr.StatusCode, "status")

	expected := b.want.is
	if b.lost && op.name == "create" {
		expected = append(slices.Clone(expected), turnkeys.ErrOutcomeUnknown)
		assert.Contains(t, err.Error(), "look for it with List and delete it")
	}
	for _, sentinel := range []error{
		turnkeys.ErrNotFound, turnkeys.ErrUnauthorized, turnkeys.ErrRateLimited, turnkeys.ErrBadResponse,
		turnkeys.ErrOutcomeUnknown, context.Canceled, context.DeadlineExceeded,
	} {
		assert.Equal(t, slices.Contains(expected, sentinel), errors.Is(err, sentinel), "is %q: %v", sentinel, err)
	}
	if b.want.code != 0 && assert.NotEmpty(t, apiErr.Errors) {
		assert.Equal(t, b.want.code, apiErr.Errors[0].Code)
	}
	if b.kept && op.name == "create" {
		assert.Contains(t, string(apiErr.RawBody()), secret)
	}
	checkText(t, apiErr)
}

// checkText holds an error's text to what is promised of it, the text of its causes and of Cloudflare's messages too.
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
	for _, text := range texts {
		assert.NotContains(t, text, token)
		assert.NotContains(t, text, secret)
	}
}
