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

// exchange is a request over HTTP/1 whose answer is due.
type exchange struct {
	*testkit.Exchange

	operation testkit.Operation
}

// answer is what a server does with a request, having read it.
type answer func(*exchange)

// send writes text, with the operation's result in place of RESULT.
func (e *exchange) send(text string) {
	_, _ = io.WriteString(e, strings.ReplaceAll(text, "RESULT", e.operation.Result))
}

// raw sends just these bytes, and keeps the connection.
func raw(text string) answer { return func(e *exchange) { e.send(text) } }

// cut sends these bytes and ends the connection.
func cut(text string) answer {
	return func(e *exchange) {
		e.send(text)
		_ = e.Close()
	}
}

// stall sends these bytes and then nothing, until the client hangs up.
func stall(text string) answer {
	return func(e *exchange) {
		e.send(text)
		_, _ = io.Copy(io.Discard, e)
	}
}

// reply is a well-formed answer with a JSON body, and these headers.
func reply(status, body string, headers ...string) answer {
	return func(e *exchange) {
		body := strings.ReplaceAll(body, "RESULT", e.operation.Result)
		e.send(fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s",
			status, len(body), lines(headers), body))
	}
}

func ok(body string) answer { return reply("200 OK", body) }

// page is a well-formed answer with an HTML body.
func page(status string) answer {
	const html = "<!DOCTYPE html>\n<html><title>Oops</title></html>\n"
	return raw(fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s", status, len(html), html))
}

// inTurn answers the first request with the first answer, and so on.
func inTurn(answers ...answer) answer {
	return func(e *exchange) { answers[min(e.Nth, len(answers))-1](e) }
}

// zipped is a 200 whose body is the gzip of body, damaged by damage.
func zipped(body string, damage func([]byte) []byte) answer {
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
func flood(head string, chunk []byte) answer {
	return func(e *exchange) {
		e.send(head)
		for {
			if _, err := e.Write(chunk); err != nil {
				return
			}
		}
	}
}

func lines(headers []string) string {
	if len(headers) == 0 {
		return ""
	}
	return strings.Join(headers, "\r\n") + "\r\n"
}
