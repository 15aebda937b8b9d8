package tests_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const (
	head        = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	chunked     = head + "Transfer-Encoding: chunked\r\n\r\n"
	unavailable = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 99\r\n\r\n"
	half        = `{"errors":[],"messages":[],"result":RESULT,"suc`
)

var good = reply(200, testkit.Success("RESULT"))

// inChunks is text as a chunked body, and then rest.
func inChunks(text, rest string) responder {
	return func(e *exchange) {
		text := strings.ReplaceAll(text, "RESULT", e.operation.Result)
		cut(fmt.Sprintf("%s%x\r\n%s\r\n%s", chunked, len(text), text, rest))(e)
	}
}

var truncated = []behaviour{
	{name: "closes before every response", respond: cut(""), retries: 1, want: noResponse(), lost: true, requests: 2},
	{name: "closes before the first response only", only: others, respond: inTurn(cut(""), good), retries: 1, want: works, requests: 2},
	{name: "cuts after the headers", respond: cut(head + "Content-Length: 99\r\n\r\n"), want: unreadable(200), lost: true},
	{name: "cuts a body without a length", respond: cut(head + "\r\n" + half), want: unreadable(200), lost: true, kept: true},
	{name: "cuts a chunk", respond: cut(chunked + "3e7\r\n" + half), want: unreadable(200), lost: true, kept: true},
	{name: "omits the last chunk", respond: inChunks(testkit.Success("RESULT"), ""), want: unreadable(200), saved: true},
	{name: "cuts the first response's body", only: others, respond: inTurn(cut(head+"Content-Length: 999\r\n\r\n"+half), good), retries: 1, want: works, requests: 2},
	{name: "cuts every response's body", respond: cut(head + "Content-Length: 999\r\n\r\n" + half), retries: 2, want: unreadable(200), lost: true, kept: true, requests: 3},
	{name: "cuts the body of a 404", respond: cut("HTTP/1.1 404 Not Found\r\nContent-Length: 99\r\n\r\n{"), want: rejected(404, turnkeys.ErrBadResponse)},
}

var slow = []behaviour{
	{name: "never responds", respond: stall(""), want: noResponse(context.DeadlineExceeded), lost: true},
	{name: "never ends the body", respond: stall(head + "Content-Length: 999\r\n\r\n" + half), want: rejected(200, context.DeadlineExceeded), lost: true, kept: true},
	{name: "never ends the body of a 503", respond: stall(unavailable), want: rejected(503, context.DeadlineExceeded), lost: true},
	{name: "never ends the body of the first 503", only: others, respond: inTurn(stall(unavailable), good), retries: 1, patience: time.Minute, want: works, requests: 2},
	{name: "switches protocols and waits", respond: stall("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), want: rejected(101), lost: true},
}

var framing = []behaviour{
	{name: "says Content-Length too long", respond: cut(head + "Content-Length: 999\r\n\r\n" + testkit.Success("RESULT")), want: unreadable(200), saved: true},
	{name: "says Content-Length too short", respond: cut(head + "Connection: close\r\nContent-Length: 20\r\n\r\n" + testkit.Success("RESULT")), want: unreadable(200), lost: true},
	{name: "says an endless Content-Length", respond: cut(head + "Content-Length: 9223372036854775807\r\n\r\n" + testkit.Success("RESULT")), want: unreadable(200), saved: true},
	{name: "says an unknown transfer encoding", respond: cut(head + "Transfer-Encoding: zip\r\n\r\n{}"), want: noResponse(), lost: true},
	{name: "responds in one chunk", respond: inChunks(testkit.Success("RESULT"), "0\r\n\r\n"), want: works},
	{name: "responds without a length", respond: cut(head + "\r\n" + testkit.Success("RESULT")), want: works},
	{name: "responds with a secret and no headers", respond: cut(`{"key":"` + testkit.Secret + `"}` + "\r\n\r\n"), want: noResponse(), lost: true},
	{name: "says 100 and 103 before the response", respond: inTurn(func(e *exchange) {
		e.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
		good(e)
	}), want: works},
}

var connections = []behaviour{
	{name: "does not listen", absent: true, unsent: true, retries: 1, want: noResponse(), requests: 2},
	{name: "has an untrusted certificate", tls: true, untrusted: true, unsent: true, retries: 2, respond: good, want: noResponse()},
	{name: "has a trusted certificate", tls: true, respond: good, want: works},
	{name: "keeps a connection", warm: true, respond: good, want: works},
	{name: "closed the kept connection", warm: true, stale: true, respond: good, want: works},
	{name: "closes the kept connection of a create", only: "create", warm: true, retries: 2, respond: cut(""), want: noResponse(), lost: true},
}

var compressed = []behaviour{
	{name: "zips the response", respond: zipped(testkit.Success("RESULT"), intact), want: works},
	{name: "zips with a wrong checksum", respond: zipped(testkit.Success("RESULT"), func(b []byte) []byte { b[len(b)-8]++; return b }), want: unreadable(200), saved: true},
	{name: "cuts the zipped response", respond: zipped(testkit.Success("RESULT"), func(b []byte) []byte { return b[:len(b)/2] }), want: unreadable(200), lost: true},
}

func intact(b []byte) []byte { return b }
