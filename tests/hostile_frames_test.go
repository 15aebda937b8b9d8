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

// firstOnly applies respond to the first request, and responds correctly to the others.
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
		s.WriteHeaders(append([]string{":status", status, "content-type", "application/json"}, more...)...)
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

// goAway reports that streams up to last may have been processed.
func goAway(last uint32, code http2.ErrCode, debug string) frameResponder {
	return func(s *stream) { _ = s.WriteGoAway(last, code, []byte(debug)) }
}

func smallFrames(s *stream) {
	_ = s.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1})
}

// createsUnprocessed are the ways in which a server can leave a create unprocessed. net/http would retry it on its own.
func createsUnprocessed() (rows []behaviour) {
	for name, respond := range map[string]frameResponder{
		"refuses the stream":          reset(http2.ErrCodeRefusedStream),
		"finds a protocol error":      reset(http2.ErrCodeProtocol),
		"goes away before the stream": inOrder(goAway(0, 0, ""), closes),
		"goes away and stays open":    goAway(0, 0, ""),
	} {
		for _, warm := range []bool{false, true} {
			row := behaviour{only: "create", warm: warm, retries: 2, want: noResponse(), lost: true}
			row.name, row.frames = fmt.Sprintf("%s, kept: %v", name, warm), respond
			rows = append(rows, row)
			row.name, row.frames = row.name+", once", firstOnly(respond)
			rows = append(rows, row)
		}
	}
	return rows
}

var frames = []behaviour{
	{name: "says 103 over HTTP/2", frames: inOrder(headers("103"), allOfIt), want: works},
	{name: "ends a stream late", frames: endingLate, want: works},
	{name: "closes in place of the end", frames: inOrder(okHeaders, document, closes), want: unreadable(200), saved: true},
	{name: "goes away with a later stream", frames: inOrder(goAway(1<<31-1, 0, ""), closes), retries: 1, want: noResponse(), lost: true, requests: 2},
	{name: "goes away with the token in its reason", frames: inOrder(goAway(1, http2.ErrCodeEnhanceYourCalm, testkit.Token+" "+testkit.Secret), closes), want: noResponse(), lost: true},
	{name: "sends a frame size that is too small", frames: inOrder(smallFrames, allOfIt), want: noResponse(), lost: true},
	{name: "never responds over HTTP/2", frames: silence, want: noResponse(context.DeadlineExceeded), lost: true},
	{name: "never ends a body over HTTP/2", frames: inOrder(okHeaders, data(half)), want: rejected(200, context.DeadlineExceeded), lost: true, kept: true},
	{name: "refuses the first stream", only: others, frames: firstOnly(reset(http2.ErrCodeRefusedStream)), want: works, requests: 2}, // net/http retries it
	{name: "resets each stream", frames: reset(http2.ErrCodeEnhanceYourCalm), retries: 2, want: noResponse(), lost: true, requests: 3},
	{name: "resets in each body", frames: inOrder(okHeaders, data(half), reset(http2.ErrCodeEnhanceYourCalm)), retries: 1, want: unreadable(200), lost: true, kept: true, requests: 2},
}

func endingLate(s *stream) {
	length := len(testkit.Success(s.operation.Result))
	inOrder(headers("200", "content-length", strconv.Itoa(length)), document)(s)
	time.Sleep(time.Second)
	end(s)
}

func TestHostileHTTP2Server(t *testing.T) {
	meetAll(t, slices.Concat(createsUnprocessed(), frames))
}
