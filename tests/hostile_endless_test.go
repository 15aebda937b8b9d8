//go:build !race

// The race detector allocates on its own account, and takes a minute for what otherwise takes seconds.

package tests_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const mib = 1 << 20

var (
	spaces  = bytes.Repeat([]byte(" "), 64<<10)
	garbage = bytes.Repeat([]byte("x"), 64<<10)
)

var endless = []behaviour{
	{name: "never stops its headers", only: "create", answer: flood(head, []byte("X-"+strings.Repeat("y", 1000)+": z\r\n")), want: unanswered(), lost: true},
	{name: "never stops with 103s", only: "create", answer: flood("", bytes.Repeat([]byte("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), 1000)), want: unanswered(), lost: true},
	{name: "never stops a body", only: "create list", answer: flood(head+"\r\n", garbage), want: unreadable(200), lost: true},
	{name: "never stops a chunked body", only: "get", answer: flood(chunked, []byte("10000\r\n"+string(garbage)+"\r\n")), want: unreadable(200), lost: true},
	{name: "never stops a 503", only: "get", answer: flood("HTTP/1.1 503 Service Unavailable\r\n\r\n", garbage), retries: 1, want: unreadable(503), requests: 2},
	{name: "zips 64 MiB", only: "create", answer: zippedBomb, want: unreadable(200), lost: true},
	{name: "pads to 16 MiB", only: "get", answer: padded(4 * mib), want: works},
	{name: "pads to a byte more", only: "create", answer: padded(4*mib + 1), want: unreadable(200), saved: true},
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
		body := strings.ReplaceAll(testkit.Success("RESULT"), "RESULT", e.operation.Result)
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
			for _, op := range testkit.Operations {
				if b.appliesTo(op) {
					synctest.Test(t, func(t *testing.T) {
						assert.Less(t, allocated(func() { b.meets(t, op) })/mib, uint64(256), "MiB allocated in all")
					})
				}
			}
		})
	}
}

// heavy are answers of up to 16 MiB that are small on paper and large in memory.
var heavy = []struct {
	name      string
	operation testkit.Operation
	status    int
	body      func() string
}{
	{"zeros as result", create, 200, func() string { return `{"success":true,"result":[` + filled("0,", "0") + `]}` }},
	{"objects as list", list, 200, func() string { return `{"success":true,"result":[` + filled("{},", "{}") + `]}` }},
	{"zeros as errors", create, 200, func() string { return `{"success":false,"errors":[` + filled("0,", "0") + `]}` }},
	{"zeros as success", list, 200, func() string { return `{"result":[],"success":[` + filled("0,", "0") + `]}` }},
	{"zeros as success of a 400", create, 400, func() string { return `{"result":{},"success":[` + filled("0,", "0") + `]}` }},
	{"objects as errors", create, 400, func() string { return `{"errors":[` + filled("{},", "{}") + `]}` }},
	{"an escaped message", list, 400, func() string { return `{"errors":[{"code":1000,"message":"` + filled(`\u0000`, "") + `"}]}` }},
	{"a message of key ids", create, 400, func() string { return `{"errors":[{"code":1000,"message":"` + filled(testkit.KeyID+" ", "") + `"}]}` }},
	{"a million results", create, 200, func() string { return `{"success":true,` + filled(`"result":{},`, `"a":1`) + `}` }},
	{"a deep result", create, 200, func() string { return `{"success":true,"result":` + filled("[", "") }},
}

// filled is piece over and over, as often as fits into 16 MiB with an envelope, and then last.
func filled(piece, last string) string { return strings.Repeat(piece, (4*mib-200)/len(piece)) + last }

func TestAnswerOf16MiBTakesAtMost256MiBAndNoTimeForItsText(t *testing.T) {
	for _, tc := range heavy {
		t.Run(tc.name, func(t *testing.T) {
			client := answeredWith(t, tc.status, tc.body(), nil)
			var start time.Time
			bytes := allocated(func() {
				_, err := tc.operation.Call(t.Context(), client)
				start = time.Now()
				require.LessOrEqual(t, len(err.Error()), 512)
				_ = fmt.Sprintf("%+v %t", err, errors.Is(err, turnkeys.ErrNotFound))
			})
			assert.Less(t, time.Since(start), time.Second, "its text")
			assert.LessOrEqual(t, bytes/mib, uint64(256), "MiB allocated in all")
		})
	}
}

// allocated is how many bytes were, in all.
func allocated(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
