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

var good = reply("200 OK", testkit.Success("RESULT"))

// inChunks is text as a chunked body, and then rest.
func inChunks(text, rest string) answer {
	return func(e *exchange) {
		text := strings.ReplaceAll(text, "RESULT", e.operation.Result)
		cut(fmt.Sprintf("%s%x\r\n%s\r\n%s", chunked, len(text), text, rest))(e)
	}
}

var cutOff = []behaviour{
	{name: "closes before every answer", answer: cut(""), retries: 1, want: unanswered(), lost: true, requests: 2, creates: 1},
	{name: "closes before the first answer only", only: "list get edit delete", answer: inTurn(cut(""), good), retries: 1, want: works, requests: 2},
	{name: "cuts after the headers", answer: cut(head + "Content-Length: 99\r\n\r\n"), want: unreadable(200), lost: true},
	{name: "cuts a body without a length", answer: cut(head + "\r\n" + half), want: unreadable(200), lost: true, kept: true},
	{name: "cuts a chunk", answer: cut(chunked + "3e7\r\n" + half), want: unreadable(200), lost: true, kept: true},
	{name: "leaves out the last chunk", answer: inChunks(testkit.Success("RESULT"), ""), want: unreadable(200), saved: true},
	{name: "cuts the first answer's body", only: "list get edit delete", answer: inTurn(cut(head+"Content-Length: 999\r\n\r\n"+half), good), retries: 1, want: works, requests: 2},
	{name: "cuts every answer's body", answer: cut(head + "Content-Length: 999\r\n\r\n" + half), retries: 2, want: unreadable(200), lost: true, kept: true, requests: 3, creates: 1},
	{name: "cuts the body of a 404", answer: cut("HTTP/1.1 404 Not Found\r\nContent-Length: 99\r\n\r\n{"), want: refused(404, turnkeys.ErrBadResponse)},
	{name: "refuses a create for now and then cuts it off", only: "create", answer: inTurn(reply("429 Too Many Requests", ""), cut("")), retries: 2, want: unanswered(), lost: true, requests: 2},
}

var slow = []behaviour{
	{name: "never answers", answer: stall(""), want: unanswered(context.DeadlineExceeded), lost: true},
	{name: "never ends the body", answer: stall(head + "Content-Length: 999\r\n\r\n" + half), want: refused(200, context.DeadlineExceeded), lost: true, kept: true},
	{name: "never ends the body of a 503", answer: stall(unavailable), want: refused(503, context.DeadlineExceeded), lost: true},
	{name: "never ends the body of the first 503", only: "list get edit delete", answer: inTurn(stall(unavailable), good), retries: 1, patience: time.Minute, want: works, requests: 2},
	{name: "switches protocols and waits", answer: stall("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), want: refused(101), lost: true},
}

var framing = []behaviour{
	{name: "says Content-Length too long", answer: cut(head + "Content-Length: 999\r\n\r\n" + testkit.Success("RESULT")), want: unreadable(200), saved: true},
	{name: "says Content-Length too short", answer: cut(head + "Connection: close\r\nContent-Length: 20\r\n\r\n" + testkit.Success("RESULT")), want: unreadable(200), lost: true},
	{name: "says an endless Content-Length", answer: cut(head + "Content-Length: 9223372036854775807\r\n\r\n" + testkit.Success("RESULT")), want: unreadable(200), saved: true},
	{name: "says an unknown transfer encoding", answer: cut(head + "Transfer-Encoding: zip\r\n\r\n{}"), want: unanswered(), lost: true},
	{name: "answers in one chunk", answer: inChunks(testkit.Success("RESULT"), "0\r\n\r\n"), want: works},
	{name: "answers without a length", answer: cut(head + "\r\n" + testkit.Success("RESULT")), want: works},
	{name: "answers with a secret and no headers", answer: cut(`{"key":"` + testkit.Secret + `"}` + "\r\n\r\n"), want: unanswered(), lost: true},
	{name: "says 100 and 103 before the answer", answer: inTurn(func(e *exchange) {
		e.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
		good(e)
	}), want: works},
}

var connections = []behaviour{
	{name: "refuses every connection", absent: true, retries: 1, want: unanswered()},
	{name: "has a certificate of nobody's", tls: true, untrusted: true, retries: 2, answer: good, want: unanswered()},
	{name: "has a good certificate", tls: true, answer: good, want: works},
	{name: "closed the idle connection", warm: true, stale: true, answer: good, want: works},
	{name: "keeps the idle connection", warm: true, answer: good, want: works},
	// net/http on its own would send a GET again.
	{name: "closes a used connection again and again", warm: true, answer: cut(""), retries: 2, patience: time.Minute, want: unanswered(), lost: true, requests: 3, creates: 1},
}

var compressed = []behaviour{
	{name: "zips the answer", answer: zipped(testkit.Success("RESULT"), intact), want: works},
	{name: "zips with a wrong checksum", answer: zipped(testkit.Success("RESULT"), func(b []byte) []byte { b[len(b)-8]++; return b }), want: unreadable(200), saved: true},
	{name: "cuts the zipped answer", answer: zipped(testkit.Success("RESULT"), func(b []byte) []byte { return b[:len(b)/2] }), want: unreadable(200), lost: true},
}

func intact(b []byte) []byte { return b }
