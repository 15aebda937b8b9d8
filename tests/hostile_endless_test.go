package tests_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

const mib = 1 << 20

var (
	spaces  = bytes.Repeat([]byte(" "), 64<<10)
	garbage = bytes.Repeat([]byte("x"), 64<<10)
)

var endless = []behaviour{
	{name: "never stops its headers", only: "create", answer: flood(head, []byte("X-"+strings.Repeat("y", 1000)+": z\r\n")), want: unanswered(), lost: true, requests: 1},
	{name: "never stops its header", only: "create", answer: flood(head+"X: ", garbage), want: unanswered(), lost: true, requests: 1},
	{name: "never stops with 103s", only: "create", answer: flood("", bytes.Repeat([]byte("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), 1000)), want: unanswered(), lost: true, requests: 1},
	{name: "never stops a body", only: "create list", answer: flood(head+"\r\n", garbage), want: unreadable(200), lost: true, requests: 1},
	{name: "never stops a chunked body", only: "get", answer: flood(chunked, []byte("10000\r\n"+string(garbage)+"\r\n")), want: unreadable(200), lost: true, requests: 1},
	{name: "never stops a 503", only: "get", answer: flood("HTTP/1.1 503 Service Unavailable\r\n\r\n", garbage), retries: 1, want: unreadable(503), requests: 2},
	{name: "zips 64 MiB", only: "create", answer: zippedBomb, want: unreadable(200), lost: true, requests: 1},
	{name: "pads to 16 MiB", only: "create", answer: padded(16 * mib), want: works, requests: 1},
	{name: "pads to a byte more", only: "create", answer: padded(16*mib + 1), want: unreadable(200), lost: true, kept: true, requests: 1},
}

// bomb is small on the way, and 64 MiB when unzipped: what gzip makes of a MiB, 64 times.
var bomb = sync.OnceValue(func() []byte { return bytes.Repeat(gzipped(bytes.Repeat(garbage, 16)), 64) })

func zippedBomb(e *exchange) {
	e.send(head + "Content-Encoding: gzip\r\n\r\n")
	_, _ = e.Write(bomb())
	_ = e.Close()
}

// padded is a good answer of so many bytes.
func padded(size int) answer {
	return func(e *exchange) {
		body := strings.ReplaceAll(envelope("RESULT"), "RESULT", e.server.operation.result)
		e.send(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, size, body))
		for rest := size - len(body); rest > 0; rest -= len(spaces) {
			_, _ = e.Write(spaces[:min(rest, len(spaces))])
		}
	}
}

// Not parallel with anything, since it counts what the whole process allocates. The server's share is next to nothing.
func TestHostileServerCannotMakeAnswersThatFillMemory(t *testing.T) {
	bomb()
	for _, b := range endless {
		t.Run(b.name, func(t *testing.T) {
			for _, op := range operations {
				if !b.appliesTo(op) {
					continue
				}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				check := b.meets(t.Context(), op)
				runtime.ReadMemStats(&after)
				t.Run(op.name, func(t *testing.T) {
					check(t)
					assert.Less(t, (after.TotalAlloc-before.TotalAlloc)/mib, uint64(10*16), "MiB allocated in all")
				})
			}
		})
	}
}
