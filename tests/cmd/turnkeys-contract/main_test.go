package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

// TestMain lets the test's binary be the program, so that the tests see a process: its output and its exit status.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

type process struct {
	status         int
	stdout, stderr string
}

func program(t *testing.T, env, args []string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], args...)
	command.Env = append([]string{"BE_THE_PROGRAM=1"}, env...)
	return command
}

func execute(t *testing.T, env []string, args ...string) process {
	t.Helper()
	command := program(t, env, args)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	p := process{command.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	assert.NotContains(t, p.stdout+p.stderr, fake.DefaultToken)
	assert.NotRegexp(t, `[0-9a-f]{64}`, p.stdout+p.stderr)
	return p
}

func environment(server *fake.Server) []string {
	return []string{"CLOUDFLARE_ACCOUNT_ID=" + server.AccountID, "CLOUDFLARE_API_TOKEN=" + server.Token}
}

func TestRunsAgainstItsOwnFakeWhateverTheEnvironmentHolds(t *testing.T) {
	t.Parallel()
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("reached") }))
	t.Cleanup(trap.Close)
	p := execute(t, []string{"CLOUDFLARE_ACCOUNT_ID=a", "CLOUDFLARE_API_TOKEN=b", "CLOUDFLARE_BASE_URL=" + trap.URL})
	assert.Equal(t, 0, p.status)
	assert.Empty(t, p.stderr)
	assert.Regexp(t, `^Contract run against a fake of its own, http://127\.0\.0\.1:\d+/client/v4\n\n`+
		`(\w+ +\d{3}  request ok +response ok +[\d.]+ ms\n){13}\n`+
		`(\w+ +(200|201|4XX)  seen \d times?\n){10}\n`+
		`10 of 10 documented responses\n0 violations\ndeleted the run's key [0-9a-f]{32}\n$`, p.stdout)
}

func TestRunsAgainstAnotherServer(t *testing.T) {
	t.Parallel()
	server := fake.Start(t)
	p := execute(t, environment(server), "-base-url", server.BaseURL)
	assert.Equal(t, 0, p.status, p.stderr)
	assert.Contains(t, p.stdout, "Contract run against "+server.BaseURL+"\n")

	p = execute(t, append(environment(server), "CLOUDFLARE_BASE_URL="+server.BaseURL), "-live")
	assert.Equal(t, 0, p.status, p.stderr)
	assert.Contains(t, p.stdout, "Contract run against "+server.BaseURL+"\n")
}

func TestDriftFailsTheRunUntilItIsAccepted(t *testing.T) {
	t.Parallel()
	server := fake.Start(t, fake.WithSecretAs("secret"))
	const line = `createTurnKey.201:/result/key  the secret came as "secret"; turnkeys reads both: accept ` +
		"createTurnKey.201:/result/key, or change openapi.yaml if Cloudflare documents it (renamed)\n"
	p := execute(t, environment(server), "-base-url", server.BaseURL)
	assert.Equal(t, 1, p.status)
	assert.Contains(t, p.stdout, "\n1 violation\n"+line)

	p = execute(t, environment(server), "-base-url", server.BaseURL, "-accept", "createTurnKey.201:/result/key")
	assert.Equal(t, 0, p.status)
	assert.Contains(t, p.stdout, "response 1 accepted")
	assert.Contains(t, p.stdout, "\n1 violation\naccepted: "+line)

	file := filepath.Join(t.TempDir(), "accepted")
	require.NoError(t, os.WriteFile(file, []byte("# known\ncreateTurnKey.201:/result/key # seen live\n\ngetTurnKey.200:body\n"), 0o600))
	p = execute(t, environment(server), "-base-url", server.BaseURL, "-accept-file", file)
	assert.Equal(t, 0, p.status)
	assert.Contains(t, p.stdout, "accepted, but not seen: getTurnKey.200:body; take it off the list\n")
}

func TestJSONIsOneObject(t *testing.T) {
	t.Parallel()
	server := fake.Start(t, fake.WithSecretAs("secret"))
	p := execute(t, environment(server), "-base-url", server.BaseURL, "-json")
	assert.Equal(t, 1, p.status)
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(p.stdout), &object))
	assert.Equal(t, false, object["conforms"])
	assert.Equal(t, server.BaseURL, object["baseUrl"])
	assert.Len(t, object["exchanges"], 13)
	assert.Len(t, object["coverage"], 10)
	assert.Len(t, object["deleted"], 1)
	assert.Equal(t, []any{}, object["left"])
	assert.Equal(t, []any{}, object["unusedAcceptances"])
	require.Len(t, object["violations"], 1)
	violation := object["violations"].([]any)[0].(map[string]any)
	assert.Equal(t, "createTurnKey", violation["operationId"])
	assert.Equal(t, "/result/key", violation["at"])

	p = execute(t, environment(server), "-base-url", "http://127.0.0.1:1", "-json")
	assert.Equal(t, 2, p.status)
	require.NoError(t, json.Unmarshal([]byte(p.stdout), &object))
	assert.Contains(t, object["error"], "dial tcp")
}

func TestARunThatCannotBeMadeSaysWhyInOneLine(t *testing.T) {
	t.Parallel()
	server := fake.Start(t)
	good := environment(server)
	for name, tc := range map[string]struct {
		env, args []string
		want      string
	}{
		"an unknown flag":          {good, []string{"-base"}, "flag provided but not defined: -base; see -help"},
		"an argument":              {good, []string{"live"}, `want flags only, got "live"; see -help`},
		"a bad acceptance":         {good, []string{"-accept", "key"}, `such as createTurnKey.201:/result/key, got "key"`},
		"no such file":             {good, []string{"-accept-file", "nowhere"}, "open nowhere: "},
		"no credentials":           {nil, []string{"-live"}, "set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN"},
		"no such host":             {good, []string{"-base-url", "https://turnkeys.invalid", "-live"}, "the run could not be finished: turnkeys: listTurnKeys: dial tcp"},
		"nobody listens":           {good, []string{"-base-url", "http://127.0.0.1:1/client/v4"}, "listTurnKeys: dial tcp 127.0.0.1:1: "},
		"a plaintext base URL":     {good, []string{"-base-url", "http://192.0.2.1/", "-live"}, "base URL: want https, or http to a loopback address"},
		"an address, without live": {good, []string{"-base-url", "https://192.0.2.1/"}, "https://192.0.2.1/ is not a loopback address: a run there needs -live"},
		"a base URL with a user":   {good, []string{"-base-url", "https://u:hunter2@192.0.2.1/"}, "base URL: want it without user information"},
		"a refused token": {
			[]string{good[0], "CLOUDFLARE_API_TOKEN=another"}, []string{"-base-url", server.BaseURL},
			"turnkeys: listTurnKeys: 403 Forbidden: Authentication error (code 10000); check the API token",
		},
		"a padded token": {[]string{good[0], "CLOUDFLARE_API_TOKEN= hunter2"}, []string{"-live"}, "API token: want printable ASCII"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := execute(t, tc.env, tc.args...)
			assert.Equal(t, 2, p.status)
			assert.Regexp(t, `^contract: .*\n$`, p.stderr)
			assert.Contains(t, p.stderr, tc.want)
			assert.Equal(t, 1, strings.Count(p.stderr, "\n"))
			assert.NotContains(t, p.stdout+p.stderr, "hunter2")
		})
	}
}

func TestHelpListsTheFlags(t *testing.T) {
	t.Parallel()
	p := execute(t, nil, "-help")
	assert.Equal(t, 0, p.status)
	for _, flag := range []string{"-base-url", "-live", "-yes", "-json", "-accept ", "-accept-file"} {
		assert.Contains(t, p.stdout, "\n  "+strings.TrimSpace(flag), flag)
	}
}
