//go:build !race

// The race detector allocates memory itself, and takes a minute for what otherwise takes seconds.

package tests_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const mib = 1 << 20

var garbage = bytes.Repeat([]byte("x"), 64<<10)

var endless = []behaviour{
	{name: "never stops its headers", only: "create", respond: flood(head, []byte("X-"+strings.Repeat("y", 1000)+": z\r\n")), want: noResponse(), lost: true},
	{name: "never stops a body", only: "create list", respond: flood(head+"\r\n", garbage), want: unreadable(200), lost: true},
	{name: "never stops a 503", only: "get", respond: flood("HTTP/1.1 503 Service Unavailable\r\n\r\n", garbage), retries: 1, want: unreadable(503), requests: 2},
	{name: "pads to 4 MiB", only: "get", respond: padded(4 * mib), want: works},
	{name: "pads to a byte more", only: "create get", respond: padded(4*mib + 1), retries: 1, want: unreadable(200), saved: true},
}

// padded is a response of a given size.
func padded(size int) responder {
	return func(e *exchange) {
		body := strings.ReplaceAll(testkit.Success("RESULT"), "RESULT", e.operation.Result)
		ok(body + strings.Repeat(" ", size-len(body)))(e)
	}
}

func TestEndlessResponseDoesNotFillMemory(t *testing.T) {
	for _, b := range endless {
		t.Run(b.name, func(t *testing.T) {
			for _, op := range testkit.Operations {
				if b.appliesTo(op) {
					synctest.Test(t, func(t *testing.T) {
						assert.Less(t, allocated(func() { b.meets(t, op) }), uint64(256), "MiB allocated in all")
					})
				}
			}
		})
	}
}

// heavy are responses that are small on paper and large in memory, or slow to read. They have the 4 MiB that the client
// reads. For most lists, a quarter of that must stay within a quarter of the limits, because their cost is linear.
var heavy = []struct {
	name                 string
	operation            testkit.Operation
	size, status         int
	before, piece, after string
}{
	{"zeros as list", list, 4, 200, `{"success":true,"result":[0`, ",0", `]}`},
	{"objects as list", list, 1, 200, `{"success":true,"result":[{}`, ",{}", `]}`},
	{"fields", create, 4, 200, `{"success":true,"result":{"uid":0`, fields(340_000), `}}`},
	{"a result of arrays", create, 4, 200, `{"success":true,"result":`, "[", ""},
	{"zeros as errors", create, 1, 200, `{"success":false,"errors":[0`, ",0", `]}`},
	{"objects as errors", create, 1, 400, `{"errors":[{}`, ",{}", `]}`},
	{"objects as success", list, 1, 400, `{"success":[{}`, ",{}", `]}`},
	{"a message of the secret's letter", create, 4, 400, `{"result":{"key":"x","secret":"e"},"errors":[{"message":"`, "x", `"}]}`},
	{"a message of ids", create, 4, 400, `{"errors":[{"code":1000,"message":"`, testkit.KeyID + " ", `"}]}`},
}

func fields(count int) string {
	var all strings.Builder
	for i := range count {
		fmt.Fprintf(&all, `,"%07d":0`, i)
	}
	return all.String()
}

func TestNoResponseTakesMoreThanAGiBOrFiveSeconds(t *testing.T) {
	t.Parallel() // with tests that leave the work to other processes
	for _, tc := range heavy {
		t.Run(tc.name, func(t *testing.T) {
			body := tc.before + strings.Repeat(tc.piece, (tc.size*mib-len(tc.before+tc.after))/len(tc.piece)) + tc.after
			client := once(t, responding(tc.status, body, nil))
			var inAll uint64
			assert.Eventually(t, func() bool { // retry while something else keeps the machine busy
				start := time.Now()
				inAll = allocated(func() {
					_, err := tc.operation.Call(t.Context(), client)
					assert.ErrorAs(t, err, new(*turnkeys.Error))
					assert.LessOrEqual(t, len(fmt.Sprintf("%+v", err)), 512)
				})
				return time.Since(start) < 5*time.Second*time.Duration(tc.size)/4
			}, time.Minute, time.Millisecond)
			assert.LessOrEqual(t, inAll, uint64(256*tc.size), "MiB allocated in all")
		})
	}
}

// allocated returns how many MiB the whole process allocates during work.
func allocated(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / mib
}
