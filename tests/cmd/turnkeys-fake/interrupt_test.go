//go:build unix

package main

import (
	"net/http"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

func TestServesUntilItIsInterrupted(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
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
	assert.Regexp(t, `^turnkeys-fake: listTurnKeys\.request:query:page  .*\n`+
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

func TestCheckExitsWith0WithoutViolations(t *testing.T) {
	p := start(t, "-check", "-as-reported", "-lose", "listTurnKeys=1")
	status, _ := p.ask(t, "GET", fake.BasePath+"/accounts/"+fake.DefaultAccountID+"/calls/turn_keys/00000000000000000000000000000000", "")
	assert.Equal(t, http.StatusNotFound, status)
	require.NoError(t, p.Process.Signal(os.Interrupt))
	require.NoError(t, p.Wait(), "%s", &p.stderr)
	assert.Empty(t, p.stderr.String())
}
