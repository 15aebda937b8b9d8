package tests_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// stream is a request over HTTP/2 whose answer is due.
type stream struct {
	*testkit.Stream

	operation testkit.Operation
}

// streamAnswer is what a server does with a request over HTTP/2.
type streamAnswer func(*stream)

// tooOften is more often than any client sends a request that is not out of control.
const tooOften = 20

func (b behaviour) frameServer(op testkit.Operation) *testkit.FrameServer {
	return &testkit.FrameServer{Answer: func(s *testkit.Stream) {
		if s.Nth < tooOften {
			b.frames(&stream{s, op})
		}
	}}
}

// inOrder does one thing after another.
func inOrder(steps ...streamAnswer) streamAnswer {
	return func(s *stream) {
		for _, step := range steps {
			step(s)
		}
	}
}

// firstOnly does something to the first request, and answers the others.
func firstOnly(answer streamAnswer) streamAnswer {
	return func(s *stream) {
		if s.Nth == 1 {
			answer(s)
			return
		}
		allOfIt(s)
	}
}

func headers(status string, more ...string) streamAnswer {
	return func(s *stream) {
		s.WriteHeaders(false, append([]string{":status", status, "content-type", "application/json"}, more...)...)
	}
}

// data is text in one frame, with the operation's result in place of RESULT.
func data(text string) streamAnswer {
	return func(s *stream) {
		_ = s.WriteData(s.ID, false, []byte(strings.ReplaceAll(text, "RESULT", s.operation.Result)))
	}
}

func end(s *stream) { _ = s.WriteData(s.ID, true, nil) }

func silence(*stream) {}

func closes(s *stream) { _ = s.Close() }

var (
	okHeaders = headers("200")
	document  = data(testkit.Success("RESULT"))
	allOfIt   = inOrder(okHeaders, document, end)
)

func reset(code http2.ErrCode) streamAnswer {
	return func(s *stream) { _ = s.WriteRSTStream(s.ID, code) }
}

// goAway says that streams up to last may have been processed.
func goAway(last uint32, code http2.ErrCode, debug string) streamAnswer {
	return func(s *stream) { _ = s.WriteGoAway(last, code, []byte(debug)) }
}

func smallFrames(s *stream) {
	_ = s.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1})
}

const others = "list get edit delete"

// resets are what a reset does at each stage of an answer.
func resets() (behaviours []behaviour) {
	// net/http sends a refused stream again on its own. For a create, a test below counts how often.
	for code, only := range map[http2.ErrCode]string{http2.ErrCodeRefusedStream: others, http2.ErrCodeEnhanceYourCalm: ""} {
		reset, with := reset(code), " with "+code.String()
		behaviours = append(behaviours, []behaviour{
			{name: "resets again and again" + with, only: only, frames: reset, retries: 2, want: unanswered(), lost: true, requests: 3, creates: 1},
			{name: "resets the first request" + with, only: others, frames: firstOnly(reset), retries: 2, want: works, requests: 2},
			{name: "resets after the headers" + with, frames: inOrder(okHeaders, reset), want: unreadable(200), lost: true},
			{name: "resets in each body" + with, frames: inOrder(okHeaders, data(half), reset), retries: 1, want: unreadable(200), lost: true, kept: true, requests: 2, creates: 1},
			{name: "resets in place of the end" + with, frames: inOrder(okHeaders, document, reset), want: unreadable(200), saved: true},
			{name: "resets after the end" + with, frames: inOrder(allOfIt, reset), want: works},
		}...)
	}
	return behaviours
}

var frames = []behaviour{
	{name: "answers over HTTP/2", frames: allOfIt, want: works},
	{name: "says 100 and 103 over HTTP/2", frames: inOrder(informs("100"), informs("103"), allOfIt), want: works},
	{name: "sends a body without headers", frames: inOrder(document, end), want: unanswered(), lost: true},
	{name: "sends headers twice", frames: inOrder(okHeaders, okHeaders, document, end), want: unreadable(200), lost: true},
	{name: "says content-length too long", frames: inOrder(headers("200", "content-length", "9999"), document, end), want: unreadable(200), saved: true},
	{name: "cuts in place of the end", frames: inOrder(okHeaders, document, closes), want: unreadable(200), saved: true},
	{name: "closes before the answer over HTTP/2", frames: closes, retries: 1, want: unanswered(), lost: true, requests: 2, creates: 1},
	{name: "refuses a key over HTTP/2", frames: inOrder(headers("404"), data(testkit.Failure("20008", "gone")), end), want: refused(404, turnkeys.ErrNotFound).withCode(20008)},
	{name: "goes away before each stream", only: others, frames: inOrder(goAway(0, 0, ""), closes), retries: 2, want: unanswered(), requests: 3},
	{name: "goes away before the first stream", only: others, frames: firstOnly(inOrder(goAway(0, 0, ""), closes)), retries: 1, want: works, requests: 2},
	{name: "goes away and answers", frames: inOrder(goAway(1, 0, ""), allOfIt), want: works},
	{name: "goes away with a later stream", frames: inOrder(goAway(1<<31-1, 0, ""), closes), retries: 1, want: unanswered(), lost: true, requests: 2, creates: 1},
	{name: "goes away with a shown token", frames: inOrder(goAway(1, http2.ErrCodeEnhanceYourCalm, testkit.Token+" "+testkit.Secret), closes), want: unanswered(), lost: true},
	{name: "goes away in the body", frames: inOrder(okHeaders, data(half), goAway(1, http2.ErrCodeInternal, ""), closes), want: unreadable(200), lost: true, kept: true},
	{name: "sends a frame size that is too small", frames: inOrder(smallFrames, allOfIt), want: unanswered(), lost: true},
	{name: "never answers over HTTP/2", frames: silence, want: unanswered(context.DeadlineExceeded), lost: true},
	{name: "never ends a body over HTTP/2", frames: inOrder(okHeaders, data(half)), want: refused(200, context.DeadlineExceeded), lost: true, kept: true},
}

func informs(status string) streamAnswer {
	return func(s *stream) { s.WriteHeaders(false, ":status", status, "link", "</x>") }
}

func TestHostileHTTP2Server(t *testing.T) {
	behaviours := slices.Concat(resets(), frames)
	meetAll(t, behaviours)
	meetAll(t, overTLS(behaviours))
}

// overTLS is the same for a create through TLS.
func overTLS(behaviours []behaviour) (creates []behaviour) {
	for _, b := range behaviours {
		if b.appliesTo(create) {
			b.name, b.only, b.tls = b.name+", over TLS", "create", true
			creates = append(creates, b)
		}
	}
	return creates
}

// A create that the server says it did not process may be sent again, though not by net/http.
func TestUnprocessedCreateIsSentNoMoreOftenThanTheRetriesAllow(t *testing.T) {
	for name, unprocessed := range map[string]streamAnswer{
		"refused stream": reset(http2.ErrCodeRefusedStream), "GOAWAY": inOrder(goAway(0, 0, ""), closes), "GOAWAY, open": goAway(0, 0, ""),
	} {
		for _, retries := range []int{0, 1, 2} {
			t.Run(fmt.Sprintf("%s, %d retries", name, retries), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { createUnprocessed(t, unprocessed, retries) })
			})
			t.Run(fmt.Sprintf("%s once, %d retries", name, retries), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { createUnprocessed(t, firstOnly(unprocessed), retries) })
			})
		}
	}
}

func createUnprocessed(t *testing.T, frames streamAnswer, retries int) {
	b := behaviour{frames: frames}
	network, requests := b.network(create)
	transport := b.transport(network)
	defer closeIdle(transport)
	client := newClient(t, transport, turnkeys.WithRetries(retries))

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	created, err := client.Create(ctx, "video calls")

	seen := len(requests())
	assert.LessOrEqual(t, seen, 1+retries, "requests that the server saw")
	if err == nil {
		assert.Equal(t, 2, seen)
		assert.Equal(t, testkit.Secret, created.Secret.Reveal())
		return
	}
	var apiErr *turnkeys.Error
	require.ErrorAs(t, err, &apiErr)
	assert.LessOrEqual(t, apiErr.Attempts, 1+retries)
}
