//go:build unix

package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
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

func TestServesUntilItIsInterrupted(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		p := start(t)
		require.NoError(t, p.Process.Signal(signal))
		require.NoError(t, p.Wait(), "the exit status is 0")
	}
}

func TestCheckPrintsViolationsAndExitsWith1(t *testing.T) {
	p := start(t, "-check", "-fail", "getTurnKey=503")
	keysPath := fake.BasePath + "/accounts/" + fake.DefaultAccountID + "/calls/turn_keys"
	status, _ := p.ask(t, "GET", keysPath+"/00000000000000000000000000000000", "")
	assert.Equal(t, http.StatusServiceUnavailable, status, "what the fake does wrong on request is not the client's")
	status, _ = p.ask(t, "GET", keysPath+"?page=2", "")
	assert.Equal(t, http.StatusBadRequest, status)
	status, _ = p.ask(t, "GET", "/client/v4/zones/"+p.exported["CLOUDFLARE_API_TOKEN"], "")
	assert.Equal(t, http.StatusNotFound, status)
	require.NoError(t, p.Process.Signal(os.Interrupt))
	require.Error(t, p.Wait())
	assert.Equal(t, 1, p.ProcessState.ExitCode())
	assert.Regexp(t, `^turnkeys-fake: listTurnKeys\.request:query:page  .* "`+keysPath+`"\n`+
		`turnkeys-fake: GET\.request:operation  .* "/client/v4/zones/\[redacted\]"\n`+
		`turnkeys-fake: GET\.request:path  contains the API token.* "/client/v4/zones/\[redacted\]"\n`+
		`turnkeys-fake: violations of openapi\.yaml: 3\n$`, p.stderr.String())
	assert.NotContains(t, p.stderr.String(), p.exported["CLOUDFLARE_API_TOKEN"])
}

func TestCheckReportsAPathInTheWrongPlace(t *testing.T) {
	const collection = "/accounts/" + fake.DefaultAccountID + "/calls/turn_keys"
	for path, message := range map[string]string{
		"/":                           "not under /client/v4",
		collection:                    "not under /client/v4",
		"/client/v4x" + collection:    "not under /client/v4",
		"/fake":                       "not under /client/v4",
		fake.BasePath:                 "not documented",
		fake.BasePath + "/":           "not documented",
		fake.BasePath + fake.BasePath: "not documented",
		fake.BasePath + "/zones":      "not documented",
		fake.BasePath + "/client/v4" + collection: "not documented",
	} {
		p := start(t, "-check")
		status, _ := p.ask(t, "GET", path, "")
		assert.Equal(t, http.StatusNotFound, status)
		require.NoError(t, p.Process.Signal(os.Interrupt))
		require.Error(t, p.Wait(), path)
		assert.Equal(t, 1, p.ProcessState.ExitCode())
		assert.Equal(t, "turnkeys-fake: GET.request:operation  no documented operation: the path is "+message+` (operation) "`+path+"\"\n"+
			"turnkeys-fake: violations of openapi.yaml: 1\n", p.stderr.String())
	}
}

func TestCheckThatSawNoRequestExitsWith1(t *testing.T) {
	p := start(t, "-check")
	status, _ := p.ask(t, "GET", "/fake/requests", "")
	assert.Equal(t, http.StatusOK, status)
	require.NoError(t, p.Process.Signal(os.Interrupt))
	require.Error(t, p.Wait())
	assert.Equal(t, 1, p.ProcessState.ExitCode())
	assert.Equal(t, "turnkeys-fake: -check saw no requests\n", p.stderr.String())
}

func TestCheckReportsABodyThatIsShorterThanItsLength(t *testing.T) {
	p := start(t, "-check")
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.Split(p.exported["CLOUDFLARE_BASE_URL"], "/")[2])
	require.NoError(t, err)
	_, err = fmt.Fprintf(connection, "POST %s/accounts/%s/calls/turn_keys HTTP/1.1\r\nHost: fake\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{}", fake.BasePath, fake.DefaultAccountID, fake.DefaultToken)
	require.NoError(t, err)
	require.NoError(t, connection.(*net.TCPConn).CloseWrite())
	response, err := io.ReadAll(connection)
	require.NoError(t, err)
	assert.Contains(t, string(response), "400 Bad Request")
	require.NoError(t, p.Process.Signal(os.Interrupt))
	require.Error(t, p.Wait())
	assert.Contains(t, p.stderr.String(), "turnkeys-fake: createTurnKey.request:body  the body is truncated (body) ")
}

func TestCheckCountsARequestThatIsUnderWayWhenItIsInterrupted(t *testing.T) {
	for _, kind := range []string{"-delay", "-late"} {
		p := start(t, "-check", kind, "listTurnKeys=1h")
		connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.Split(p.exported["CLOUDFLARE_BASE_URL"], "/")[2])
		require.NoError(t, err)
		_, err = fmt.Fprintf(connection, "GET %s/accounts/%s/calls/turn_keys?page=2 HTTP/1.1\r\nHost: fake\r\n\r\n", fake.BasePath, fake.DefaultAccountID)
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			_, violations := p.ask(t, "GET", "/fake/violations", "")
			return strings.Count(violations, "listTurnKeys") == 2
		}, 10*time.Second, 10*time.Millisecond)
		require.NoError(t, p.Process.Signal(syscall.SIGTERM))
		require.Error(t, p.Wait())
		assert.Equal(t, 1, p.ProcessState.ExitCode())
		assert.Contains(t, p.stderr.String(), "violations of openapi.yaml: 2\n")
	}
}

func TestAcceptedViolationsArePrintedAndNotCounted(t *testing.T) {
	p := start(t, "-check", "-accept", "*.request:query:*")
	p.ask(t, "GET", fake.BasePath+"/accounts/"+fake.DefaultAccountID+"/calls/turn_keys?page=2", "")
	_, violations := p.ask(t, "GET", "/fake/violations", "")
	assert.Contains(t, violations, `"accepted":true`)
	require.NoError(t, p.Process.Signal(os.Interrupt))
	require.NoError(t, p.Wait())
	assert.Regexp(t, `^turnkeys-fake: accepted: listTurnKeys\.request:query:page  .*\n$`, p.stderr.String())
}

func TestAnEnvFileIsThereWhileTheFakeListens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "fake.env")
	p := start(t, "-env-file", file)
	require.Eventually(t, func() bool {
		_, err := os.Stat(file)
		return err == nil
	}, 10*time.Second, time.Millisecond)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	for name, value := range p.exported {
		assert.Contains(t, string(content), name+"="+value+"\n")
	}
	require.NoError(t, p.Process.Signal(os.Interrupt))
	require.NoError(t, p.Wait())
	assert.NoFileExists(t, file)
}

func TestCheckExitsWith0WithoutViolations(t *testing.T) {
	p := start(t, "-check", "-as-reported", "-lose", "listTurnKeys=1")
	status, _ := p.ask(t, "GET", fake.BasePath+"/accounts/"+fake.DefaultAccountID+"/calls/turn_keys/00000000000000000000000000000000", "")
	assert.Equal(t, http.StatusNotFound, status)
	require.NoError(t, p.Process.Signal(os.Interrupt))
	require.NoError(t, p.Wait(), "%s", &p.stderr)
	assert.Empty(t, p.stderr.String())
}
