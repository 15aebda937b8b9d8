package tests_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// exchange is a request over HTTP/1 whose response is due.
type exchange struct {
	*testkit.Exchange

	operation testkit.Operation
}

// responder is what a server does with a request once it has read it.
type responder func(*exchange)

// send writes text, with the operation's result in place of RESULT.
func (e *exchange) send(text string) {
	_, _ = io.WriteString(e, strings.ReplaceAll(text, "RESULT", e.operation.Result))
}

// raw sends just these bytes, and keeps the connection.
func raw(text string) responder { return func(e *exchange) { e.send(text) } }

// cut sends these bytes and ends the connection.
func cut(text string) responder {
	return func(e *exchange) {
		e.send(text)
		_ = e.Close()
	}
}

// stall sends these bytes and then nothing, until the client hangs up.
func stall(text string) responder {
	return func(e *exchange) {
		e.send(text)
		_, _ = io.Copy(io.Discard, e)
	}
}

// reply is a well-formed response with these headers.
func reply(status int, body string, headers ...string) responder {
	return func(e *exchange) {
		body := strings.ReplaceAll(body, "RESULT", e.operation.Result)
		head := append([]string{fmt.Sprintf("HTTP/1.1 %03d Status\r\nContent-Length: %d", status, len(body))}, headers...)
		e.send(strings.Join(head, "\r\n") + "\r\n\r\n" + body)
	}
}

func ok(body string) responder { return reply(200, body) }

// page is a well-formed response in HTML.
func page(status int) responder {
	return reply(status, "<!DOCTYPE html>\n<html><title>Oops</title></html>\n", "Content-Type: text/html")
}

// inTurn uses the first responder for the first request, and so on.
func inTurn(responders ...responder) responder {
	return func(e *exchange) { responders[min(e.Nth, len(responders))-1](e) }
}

// flood sends head, and then chunk for as long as the client reads.
func flood(head string, chunk []byte) responder {
	return func(e *exchange) {
		e.send(head)
		for {
			if _, err := e.Write(chunk); err != nil {
				return
			}
		}
	}
}

const (
	head        = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	chunked     = head + "Transfer-Encoding: chunked\r\n\r\n"
	unavailable = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 99\r\n\r\n"
	half        = `{"errors":[],"messages":[],"result":RESULT,"suc`
)

var good = reply(200, testkit.Success("RESULT"))

var truncated = []behaviour{
	{name: "closes before every response", respond: cut(""), retries: 1, want: noResponse().saying("the connection was closed before the response: EOF"), lost: true, requests: 2},
	{name: "closes before the first response only", only: others, respond: inTurn(cut(""), good), retries: 1, want: works, requests: 2},
	{name: "cuts after the headers", respond: cut(head + "Content-Length: 99\r\n\r\n"), want: unreadable(200), lost: true},
	{name: "cuts a body without a length", respond: cut(head + "\r\n" + half), want: unreadable(200), lost: true, kept: true},
	{name: "cuts a chunk", respond: cut(chunked + "3e7\r\n" + half), want: unreadable(200), lost: true, kept: true},
	{name: "cuts a chunk after the document", respond: cut(chunked + "3e7\r\n" + testkit.Success("RESULT")), want: unreadable(200), saved: true},
	{name: "cuts the first response's body", only: others, respond: inTurn(cut(head+"Content-Length: 999\r\n\r\n"+half), good), retries: 1, want: works, requests: 2},
	{name: "cuts every response's body", respond: cut(head + "Content-Length: 999\r\n\r\n" + half), retries: 2, want: unreadable(200), lost: true, kept: true, requests: 3},
	{name: "says Content-Length too long", respond: cut(head + "Content-Length: 999\r\n\r\n" + testkit.Success("RESULT")), want: unreadable(200), saved: true},
	{name: "says Content-Length too short", respond: cut(head + "Connection: close\r\nContent-Length: 20\r\n\r\n" + testkit.Success("RESULT")), want: unreadable(200), lost: true},
	{name: "says an endless Content-Length", respond: cut(head + "Content-Length: 9223372036854775807\r\n\r\n" + testkit.Success("RESULT")), want: unreadable(200), saved: true},
	{name: "responds with a secret and no headers", respond: cut(`{"key":"` + testkit.Secret + `"}` + "\r\n\r\n"), want: noResponse(), lost: true},
	{name: "cuts the body of a 404", respond: cut("HTTP/1.1 404 Not Found\r\nContent-Length: 99\r\n\r\n{"), want: rejected(404, turnkeys.ErrBadResponse)},
}

var slow = []behaviour{
	{name: "never responds", respond: stall(""), want: noResponse(context.DeadlineExceeded), lost: true},
	{name: "never ends the body", respond: stall(head + "Content-Length: 999\r\n\r\n" + half), want: rejected(200, context.DeadlineExceeded), lost: true, kept: true},
	{name: "never ends the body of a 503", respond: stall(unavailable), want: rejected(503, context.DeadlineExceeded), lost: true},
	{name: "does not respond for 30 seconds", respond: stall(""), retries: 1, patience: 62 * time.Second, want: noResponse(context.DeadlineExceeded).saying("no complete response within 30s"), lost: true, requests: 2},
	{name: "does not end its body for 30 seconds", respond: stall(head + "Content-Length: 999\r\n\r\n" + half), retries: 1, patience: 62 * time.Second, want: rejected(200, context.DeadlineExceeded).saying("no complete response within 30s"), lost: true, requests: 2},
	{name: "never ends the body of the first 503", only: others, respond: inTurn(stall(unavailable), good), retries: 1, patience: time.Minute, want: works, requests: 2},
	{name: "switches protocols and waits", respond: stall("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), want: rejected(101), lost: true},
}

var connections = []behaviour{
	{name: "does not listen", absent: true, unsent: true, retries: 1, want: noResponse(), requests: 2},
	{name: "has an untrusted certificate", tls: true, untrusted: true, unsent: true, retries: 2, respond: good, want: noResponse()},
	{name: "has a trusted certificate", tls: true, respond: good, want: works},
	{name: "keeps a connection", warm: true, respond: good, want: works},
	{name: "closed the kept connection", warm: true, stale: true, respond: good, want: works},
	{name: "closes the kept connection at the request", only: "list get", warm: true, respond: inTurn(cut(""), good), want: works, requests: 2}, // net/http retries it
	{name: "closes the kept connection of a create", only: "create", warm: true, retries: 2, respond: cut(""), want: noResponse(), lost: true},
}
