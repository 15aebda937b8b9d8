//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

// stop returns the exit status of the program, and what it wrote to stderr.
func (p *process) stop(t *testing.T, signal os.Signal) (int, string) {
	t.Helper()
	require.NoError(t, p.Process.Signal(signal))
	_ = p.Wait()
	return p.ProcessState.ExitCode(), p.stderr.String()
}

func TestServesUntilItIsInterrupted(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		status, stderr := start(t).stop(t, signal)
		assert.Zero(t, status)
		assert.Empty(t, stderr)
	}
}

func TestCheckPrintsViolationsAndSetsTheExitStatus(t *testing.T) {
	line := func(violation, path string) string { return "turnkeys-fake: " + violation + ` "` + path + `"` + "\n" }
	elsewhere := func(message, path string) string {
		return line(`GET\.request:operation  no documented operation: the path is `+message+` \(operation\)`, path)
	}
	const collection = "/accounts/" + fake.DefaultAccountID + "/calls/turn_keys"
	const page, one = `listTurnKeys\.request:query:page  .*`, "turnkeys-fake: violations of openapi.yaml: 1\n"
	for _, tc := range []struct {
		path, stderr string // a pattern
		status       int
		args         []string
	}{
		{"/fake/requests", "turnkeys-fake: -check saw no requests\n", 1, nil},
		{keysPath, "", 0, []string{"-as-reported"}},
		{keysPath, "", 0, []string{"-fail", "listTurnKeys=503"}}, // which is not the client's fault
		{keysPath + "?page=2", line(page, keysPath) + one, 1, nil},
		{keysPath + "?page=2", line("accepted: "+page, keysPath), 0, []string{"-accept", "*.request:query:*"}},
		{"/", elsewhere("not under /client/v4", "/") + one, 1, nil},
		{collection, elsewhere("not under /client/v4", collection) + one, 1, nil},
		{"//fake/requests", elsewhere("not under /client/v4", "//fake/requests") + one, 1, nil}, // no redirect
		{"/client/v4" + keysPath, elsewhere("not documented", "/client/v4"+keysPath) + one, 1, nil},
		{"/client/v4/" + fake.DefaultToken, elsewhere("not documented", `/client/v4/\[redacted\]`) +
			line(`GET\.request:path  contains the API token.*`, `/client/v4/\[redacted\]`) + "turnkeys-fake: violations of openapi.yaml: 2\n", 1, nil},
	} {
		p := start(t, append([]string{"-check"}, tc.args...)...)
		p.get(t, tc.path)
		status, stderr := p.stop(t, os.Interrupt)
		assert.Equal(t, tc.status, status, tc.path)
		assert.Regexp(t, "^"+tc.stderr+"$", stderr)
	}
}

func TestCheckReportsABodyThatTheInterruptTruncates(t *testing.T) {
	p := start(t, "-check")
	connection := p.send(t, "POST "+keysPath, "Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	_, err := connection.Read(make([]byte, 100)) // 100 Continue: the fake is reading the body
	require.NoError(t, err)
	status, stderr := p.stop(t, syscall.SIGTERM)
	assert.Equal(t, 1, status)
	assert.Contains(t, stderr, "turnkeys-fake: createTurnKey.request:body  the body is truncated (body) ")
}

func TestCheckCountsARequestThatIsUnderWayWhenItIsInterrupted(t *testing.T) {
	for _, kind := range []string{"-delay", "-late"} {
		p := start(t, "-check", kind, "listTurnKeys=1h")
		p.send(t, "GET "+keysPath+"?page=2", "\r\n")
		require.Eventually(t, func() bool {
			return strings.Contains(p.get(t, "/fake/violations"), "listTurnKeys")
		}, 10*time.Second, 10*time.Millisecond)
		status, stderr := p.stop(t, syscall.SIGTERM)
		assert.Equal(t, 1, status)
		assert.Contains(t, stderr, "violations of openapi.yaml: 1\n")
	}
}

func TestAnEnvFileExistsWhileTheFakeListens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "fake.env")
	p := start(t, "-env-file", file)
	content, err := os.ReadFile(file) // written before anything is printed
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprintf("CLOUDFLARE_BASE_URL=%s\nCLOUDFLARE_ACCOUNT_ID=%s\nCLOUDFLARE_API_TOKEN=%s\n",
		p.exported["CLOUDFLARE_BASE_URL"], fake.DefaultAccountID, fake.DefaultToken), string(content))
	p.stop(t, os.Interrupt)
	assert.NoFileExists(t, file)
}
