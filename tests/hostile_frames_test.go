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

	"github.com/seed-e5e2407e/turnkeys/tests/internal/clienttest"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// stream is a request over HTTP/2 whose answer is due.
type stream struct {
	*clienttest.Stream

	operation clienttest.Operation
}

// streamAnswer is what a server does with a request over HTTP/2.
type streamAnswer func(*stream)

// tooOften is more often than any client sends a request that is not out of control.
const tooOften = 20

func (b behaviour) frameServer(op clienttest.Operation) *clienttest.FrameServer {
	server := &clienttest.FrameServer{AtHeaders: b.early, Answer: func(s *clienttest.Stream) {
		if s.Nth < tooOften {
			b.frames(&stream{s, op})
		}
	}}
	if b.greet != nil {
		server.Greet = func(s *clienttest.Stream) { b.greet(&stream{s, op}) }
	}
	return server
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

func settings(settings ...http2.Setting) streamAnswer {
	return func(s *stream) { _ = s.WriteSettings(settings...) }
}

// bytesOf writes a frame's bytes, which need not be all that its header says.
func bytesOf(length int, kind http2.FrameType, payload string) streamAnswer {
	return func(s *stream) {
		header := []byte{byte(length >> 16), byte(length >> 8), byte(length), byte(kind), 0, 0, 0, 0, byte(s.ID)}
		_, _ = s.Write(append(header, strings.ReplaceAll(payload, "RESULT", s.operation.Result)...))
	}
}

func aThousand(step streamAnswer) streamAnswer {
	return func(s *stream) {
		for range 1000 {
			step(s)
		}
	}
}

const others = "list get edit delete"

// resets are what a reset does at each stage of an answer.
func resets() (behaviours []behaviour) {
	for _, code := range []http2.ErrCode{
		http2.ErrCodeProtocol, http2.ErrCodeRefusedStream, http2.ErrCodeCancel, http2.ErrCodeInternal, http2.ErrCodeEnhanceYourCalm,
	} {
		reset, with := reset(code), " with "+code.String()
		early := []behaviour{
			{name: "resets before the answer" + with, frames: reset, want: unanswered(), lost: true},
			{name: "resets before the request's body" + with, early: true, frames: reset, want: unanswered(), lost: true},
			{name: "resets again and again" + with, frames: reset, retries: 2, want: unanswered(), lost: true, requests: 3, creates: 1},
			{name: "resets the first create" + with, only: "create", frames: firstOnly(reset), retries: 2, want: unanswered(), lost: true},
			{name: "resets the first request" + with, only: others, frames: firstOnly(reset), retries: 2, want: works, requests: 2},
		}
		for _, b := range early {
			if code == http2.ErrCodeRefusedStream && b.only == "" { // a create has a test of its own
				b.only = others
			}
			if code != http2.ErrCodeRefusedStream || b.only == others {
				behaviours = append(behaviours, b)
			}
		}
		behaviours = append(behaviours, []behaviour{
			{name: "resets after the headers" + with, frames: inOrder(okHeaders, reset), want: unreadable(200), lost: true},
			{name: "resets in the body" + with, frames: inOrder(okHeaders, data(half), reset), want: unreadable(200), lost: true, kept: true},
			{name: "resets in each body" + with, frames: inOrder(okHeaders, data(half), reset), retries: 1, want: unreadable(200), lost: true, kept: true, requests: 2, creates: 1},
			{name: "resets in place of the end" + with, frames: inOrder(okHeaders, document, reset), want: unreadable(200), saved: true},
			{name: "resets after the end" + with, frames: inOrder(allOfIt, reset), want: works},
		}...)
	}
	return behaviours
}

const maxStream = 1<<31 - 1

var goAways = []behaviour{
	{name: "goes away before each stream", only: others, frames: inOrder(goAway(0, 0, ""), closes), want: unanswered()},
	{name: "goes away before each stream, again and again", only: others, frames: inOrder(goAway(0, 0, ""), closes), retries: 2, want: unanswered(), requests: 3},
	{name: "goes away before the first stream", only: others, frames: firstOnly(inOrder(goAway(0, 0, ""), closes)), retries: 1, want: works, requests: 2},
	{name: "goes away and answers", frames: inOrder(goAway(1, 0, ""), allOfIt), want: works},
	{name: "goes away at some time and answers", frames: inOrder(goAway(maxStream, 0, ""), allOfIt), want: works},
	{name: "goes away with the stream", frames: inOrder(goAway(1, 0, ""), closes), want: unanswered(), lost: true},
	{name: "goes away with a later stream", frames: inOrder(goAway(maxStream, 0, ""), closes), retries: 1, want: unanswered(), lost: true, requests: 2, creates: 1},
	{name: "goes away with a shown token", frames: inOrder(goAway(1, http2.ErrCodeEnhanceYourCalm, testkit.Token+" "+testkit.Secret), closes), want: unanswered(), lost: true},
	{name: "goes away after the headers", frames: inOrder(okHeaders, goAway(0, 0, ""), closes), want: unreadable(200), lost: true},
	{name: "goes away in the body", frames: inOrder(okHeaders, data(half), goAway(1, http2.ErrCodeInternal, ""), closes), want: unreadable(200), lost: true, kept: true},
	{name: "goes away in place of the end", frames: inOrder(okHeaders, document, goAway(1, http2.ErrCodeInternal, ""), closes), want: unreadable(200), saved: true},
	{name: "goes away after the end", frames: inOrder(allOfIt, goAway(1, 0, ""), closes), want: works},
}

var frameSettings = []behaviour{
	{name: "allows one stream", greet: settings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 1}), frames: allOfIt, want: works},
	{name: "sends settings that nobody knows", greet: settings(http2.Setting{ID: 99, Val: 99}), frames: allOfIt, want: works},
	{name: "sends other settings before the answer", frames: inOrder(settings(http2.Setting{ID: http2.SettingHeaderTableSize}, http2.Setting{ID: http2.SettingInitialWindowSize}), allOfIt), want: works},
	{name: "sends a frame size that is too small", frames: inOrder(settings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1}), allOfIt), want: unanswered(), lost: true},
	{name: "sends a window that is too large", frames: inOrder(settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 31}), allOfIt), want: unanswered(), lost: true},
	{name: "opens no window", only: "create edit", early: true, greet: settings(http2.Setting{ID: http2.SettingInitialWindowSize}), frames: silence, want: unanswered(context.DeadlineExceeded), lost: true},
	{name: "opens the window late", only: "create edit", early: true, greet: settings(http2.Setting{ID: http2.SettingInitialWindowSize}), frames: inOrder(openWindow(1000), allOfIt), want: works},
	{name: "opens the connection's window too far", frames: inOrder(onStream(0, openWindow(maxStream)), allOfIt), want: unanswered(), lost: true},
	{name: "never answers over HTTP/2", frames: silence, want: unanswered(context.DeadlineExceeded), lost: true},
	{name: "never ends a body over HTTP/2", frames: inOrder(okHeaders, data(half)), want: refused(200, context.DeadlineExceeded), lost: true, kept: true},
}

func openWindow(by uint32) streamAnswer {
	return func(s *stream) { _ = s.WriteWindowUpdate(s.ID, by) }
}

var frames = []behaviour{
	{name: "answers over HTTP/2", frames: allOfIt, want: works},
	{name: "says 100 and 103 over HTTP/2", frames: inOrder(informs("100"), informs("103"), allOfIt), want: works},
	{name: "never stops with 103s over HTTP/2", only: "create", frames: aThousand(headers("103", "x-long", long)), want: unanswered(), lost: true},
	{name: "sends trailers", frames: inOrder(okHeaders, document, trailers), want: works},
	{name: "pads its data", frames: inOrder(okHeaders, paddedData(200), end), want: works},
	{name: "sends a thousand empty frames", frames: inOrder(okHeaders, aThousand(data("")), document, end), want: works},
	{name: "pings a thousand times", frames: inOrder(aThousand(ping), allOfIt), want: works},
	{name: "sends a frame that nobody knows", frames: inOrder(bytesOf(3, 0x99, "abc"), allOfIt), want: works},
	{name: "answers on a stream that nobody opened", frames: onStream(3, allOfIt), want: unanswered(), lost: true},
	{name: "answers on a stream of its own", frames: onStream(2, allOfIt), want: unanswered(context.DeadlineExceeded), lost: true},
	{name: "pushes a promise", frames: inOrder(promise, allOfIt), want: unanswered(), lost: true},
	{name: "sends a body without headers", frames: inOrder(document, end), want: unanswered(), lost: true},
	{name: "sends headers without a status", frames: func(s *stream) { s.WriteHeaders(true, "content-type", "text/html") }, want: unanswered(), lost: true},
	{name: "sends a status that is no number over HTTP/2", frames: headers("abc"), want: unanswered(), lost: true},
	{name: "sends a header in upper case", frames: headers("200", "X-UPPER", "1"), want: unanswered(), lost: true},
	{name: "sends headers twice", frames: inOrder(okHeaders, okHeaders, document, end), want: unreadable(200), lost: true},
	{name: "says content-length too long", frames: inOrder(headers("200", "content-length", "9999"), document, end), want: unreadable(200), saved: true},
	{name: "says content-length too short", frames: inOrder(headers("200", "content-length", "20"), document, end), want: unreadable(200), lost: true},
	{name: "sends headers that do not decode", frames: headerBlock("\xff\xff\xff"), want: unanswered(), lost: true},
	{name: "never ends its headers over HTTP/2", only: "create", frames: inOrder(bytesOf(0, http2.FrameHeaders, ""), aThousand(continues)), want: unanswered(), lost: true},
	{name: "cuts a frame's header", frames: inOrder(func(s *stream) { _, _ = s.Write([]byte("\x00\x00")) }, closes), want: unanswered(), lost: true},
	{name: "cuts a frame of the body", frames: inOrder(okHeaders, bytesOf(999, http2.FrameData, half), closes), want: unreadable(200), lost: true},
	{name: "cuts in place of the end", frames: inOrder(okHeaders, document, closes), want: unreadable(200), saved: true},
	{name: "closes before the answer over HTTP/2", frames: closes, retries: 1, want: unanswered(), lost: true, requests: 2, creates: 1},
	{name: "answers in HTTP/1", frames: func(s *stream) { _, _ = s.Write([]byte(head + "Content-Length: 2\r\n\r\n{}")) }, want: unanswered(), lost: true},
	{name: "refuses a key over HTTP/2", frames: inOrder(headers("404"), data(testkit.Failure("20008", "gone")), end), want: refused(404, turnkeys.ErrNotFound).withCode(20008)},
}

func informs(status string) streamAnswer {
	return func(s *stream) { s.WriteHeaders(false, ":status", status, "link", "</x>") }
}

func headerBlock(block string) streamAnswer {
	return func(s *stream) {
		_ = s.Framer.WriteHeaders(http2.HeadersFrameParam{StreamID: s.ID, BlockFragment: []byte(block), EndHeaders: true})
	}
}

var long = strings.Repeat("x", 10_000)

func continues(s *stream) {
	_ = s.WriteContinuation(s.ID, false, clienttest.HeaderBlock("x-long", long))
}

func trailers(s *stream) { s.WriteHeaders(true, "x-checksum", "1") }

func paddedData(length int) streamAnswer {
	return func(s *stream) {
		body := strings.ReplaceAll(testkit.Success("RESULT"), "RESULT", s.operation.Result)
		_ = s.WriteDataPadded(s.ID, false, []byte(body), make([]byte, length))
	}
}

func ping(s *stream) { _ = s.WritePing(false, [8]byte{}) }

func onStream(id uint32, answer streamAnswer) streamAnswer {
	return func(s *stream) {
		s.ID = id
		answer(s)
	}
}

func promise(s *stream) {
	_ = s.WritePushPromise(http2.PushPromiseParam{
		StreamID: s.ID, PromiseID: 2, BlockFragment: clienttest.HeaderBlock(":method", "GET", ":path", "/"), EndHeaders: true,
	})
}

func TestHostileHTTP2Server(t *testing.T) {
	behaviours := slices.Concat(resets(), goAways, frameSettings, frames)
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
