package tests_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

// exchange is a request over HTTP/1 whose response is due.
type exchange struct {
	*testkit.Exchange

	operation testkit.Operation
}

// responder is what a server does with a request, having read it.
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

// inTurn does the first thing with the first request, and so on.
func inTurn(responders ...responder) responder {
	return func(e *exchange) { responders[min(e.Nth, len(responders))-1](e) }
}

// zipped is a 200 whose body is the gzip of body, damaged by damage.
func zipped(body string, damage func([]byte) []byte) responder {
	return func(e *exchange) {
		data := damage(gzipped([]byte(strings.ReplaceAll(body, "RESULT", e.operation.Result))))
		_, _ = fmt.Fprintf(e, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(data), data)
	}
}

func gzipped(text []byte) []byte {
	var data bytes.Buffer
	writer := gzip.NewWriter(&data)
	_, err := writer.Write(text)
	if err = errors.Join(err, writer.Close()); err != nil {
		panic(err)
	}
	return data.Bytes()
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
