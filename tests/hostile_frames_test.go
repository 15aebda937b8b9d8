package tests_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// stream is a request over HTTP/2 whose response is due.
type stream struct {
	*testkit.Stream

	operation testkit.Operation
}

// frameResponder is what a server does with a request over HTTP/2.
type frameResponder func(*stream)

// inOrder does one thing after another.
func inOrder(steps ...frameResponder) frameResponder {
	return func(s *stream) {
		for _, step := range steps {
			step(s)
		}
	}
}

// firstOnly does something to the first request, and responds well to the others.
func firstOnly(respond frameResponder) frameResponder {
	return func(s *stream) {
		if s.Nth == 1 {
			respond(s)
		} else {
			allOfIt(s)
		}
	}
}

func headers(status string, more ...string) frameResponder {
	return func(s *stream) {
		s.WriteHeaders(false, append([]string{":status", status, "content-type", "application/json"}, more...)...)
	}
}

// data is text in one frame, with the operation's result in place of RESULT.
func data(text string) frameResponder {
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

func reset(code http2.ErrCode) frameResponder {
	return func(s *stream) { _ = s.WriteRSTStream(s.ID, code) }
}

// goAway says that streams up to last may have been processed.
func goAway(last uint32, code http2.ErrCode, debug string) frameResponder {
	return func(s *stream) { _ = s.WriteGoAway(last, code, []byte(debug)) }
}

func smallFrames(s *stream) {
	_ = s.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1})
}

// unprocessed is what a server does that did not process a request. net/http sends it again on its own, except a create.
var unprocessed = map[string]frameResponder{
	"refuses the stream":                 reset(http2.ErrCodeRefusedStream),
	"resets the stream without an error": reset(http2.ErrCodeNo),
	"finds a protocol error":             reset(http2.ErrCodeProtocol),
	"goes away before the stream":        inOrder(goAway(0, 0, ""), closes),
	"goes away and stays open":           goAway(0, 0, ""),
}

func createsUnprocessed() (rows []behaviour) {
	for name, respond := range unprocessed {
		for _, warm := range []bool{false, true} {
			rows = append(rows,
				behaviour{name: fmt.Sprintf("%s, kept: %v", name, warm), only: "create", frames: respond, warm: warm, retries: 2, want: noResponse(), lost: true},
				behaviour{name: fmt.Sprintf("%s once, kept: %v", name, warm), only: "create", frames: firstOnly(respond), warm: warm, retries: 2, want: noResponse(), lost: true},
			)
		}
	}
	return rows
}

var resetCalmly = reset(http2.ErrCodeEnhanceYourCalm)

var frames = []behaviour{
	{name: "responds over HTTP/2", frames: allOfIt, want: works},
	{name: "ends a stream late", frames: withLength, want: works},
	{name: "says 100 and 103 over HTTP/2", frames: inOrder(informs("100"), informs("103"), allOfIt), want: works},
	{name: "sends a body without headers", frames: inOrder(document, end), want: noResponse(), lost: true},
	{name: "sends headers twice", frames: inOrder(okHeaders, okHeaders, document, end), want: unreadable(200), lost: true},
	{name: "says content-length too long", frames: inOrder(headers("200", "content-length", "9999"), document, end), want: unreadable(200), saved: true},
	{name: "cuts in place of the end", frames: inOrder(okHeaders, document, closes), want: unreadable(200), saved: true},
	{name: "closes before the response over HTTP/2", frames: closes, retries: 1, want: noResponse(), lost: true, requests: 2},
	{name: "has no such key over HTTP/2", frames: inOrder(headers("404"), data(testkit.Failure("20008", "gone")), end), want: rejected(404, turnkeys.ErrNotFound).withCode(20008)},
	{name: "goes away and responds", frames: inOrder(goAway(1, 0, ""), allOfIt), want: works},
	{name: "goes away with a later stream", frames: inOrder(goAway(1<<31-1, 0, ""), closes), retries: 1, want: noResponse(), lost: true, requests: 2},
	{name: "goes away with the token in its reason", frames: inOrder(goAway(1, http2.ErrCodeEnhanceYourCalm, testkit.Token+" "+testkit.Secret), closes), want: noResponse(), lost: true},
	{name: "goes away in the body", frames: inOrder(okHeaders, data(half), goAway(1, http2.ErrCodeInternal, ""), closes), want: unreadable(200), lost: true, kept: true},
	{name: "sends a frame size that is too small", frames: inOrder(smallFrames, allOfIt), want: noResponse(), lost: true},
	{name: "never responds over HTTP/2", frames: silence, want: noResponse(context.DeadlineExceeded), lost: true},
	{name: "never ends a body over HTTP/2", frames: inOrder(okHeaders, data(half)), want: rejected(200, context.DeadlineExceeded), lost: true, kept: true},
	{name: "resets each stream", frames: resetCalmly, retries: 2, want: noResponse(), lost: true, requests: 3},
	{name: "resets the first stream", only: others, frames: firstOnly(resetCalmly), retries: 2, want: works, requests: 2},
	{name: "resets after the headers", frames: inOrder(okHeaders, resetCalmly), want: unreadable(200), lost: true},
	{name: "resets in each body", frames: inOrder(okHeaders, data(half), resetCalmly), retries: 1, want: unreadable(200), lost: true, kept: true, requests: 2},
	{name: "resets in place of the end", frames: inOrder(okHeaders, document, resetCalmly), want: unreadable(200), saved: true},
	{name: "resets after the end", frames: inOrder(allOfIt, resetCalmly), want: works},
}

func withLength(s *stream) {
	length := len(testkit.Success(s.operation.Result))
	inOrder(headers("200", "content-length", strconv.Itoa(length)), document)(s)
	time.Sleep(time.Second)
	end(s)
}

func informs(status string) frameResponder {
	return func(s *stream) { s.WriteHeaders(false, ":status", status, "link", "</x>") }
}

func TestHostileHTTP2Server(t *testing.T) {
	meetAll(t, slices.Concat(createsUnprocessed(), frames))
}
