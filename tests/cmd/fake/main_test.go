package main

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// TestMain lets the test's binary be the program, so that the tests see a process: its output and its exit status.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], args...)
	command.Env = []string{"BE_THE_PROGRAM=1"}
	return command
}

// start runs the program until the test ends, and returns the variables that it says to export.
func start(t *testing.T, args ...string) (*exec.Cmd, map[string]string) {
	t.Helper()
	command := program(t, append([]string{"-addr", "127.0.0.1:0"}, args...)...)
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })

	exported := map[string]string{}
	for lines := bufio.NewScanner(stdout); len(exported) < 3 && lines.Scan(); {
		if line, ok := strings.CutPrefix(lines.Text(), "export "); ok {
			name, value, _ := strings.Cut(line, "=")
			exported[name] = value
		}
	}
	require.Len(t, exported, 3)
	return command, exported
}

func TestServesWhatItSaysToExport(t *testing.T) {
	_, exported := start(t)
	for name, value := range exported {
		t.Setenv(name, value)
	}
	assert.Regexp(t, `^http://127\.0\.0\.1:\d+/client/v4$`, exported["CLOUDFLARE_BASE_URL"])

	client, err := turnkeys.FromEnv(turnkeys.WithHTTPClient(contract.HTTPClient(t)))
	require.NoError(t, err)
	created, err := client.Create(t.Context(), "video calls")
	require.NoError(t, err)
	keys, err := client.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []turnkeys.Key{created.Key}, keys)
}

func TestFlagsChooseAccountTokenAndFaults(t *testing.T) {
	const account = "0123456789abcdef0123456789abcdef"
	_, exported := start(t, "-account", account, "-token", "t0ken", "-secret-as", "secret", "-fail", "listTurnKeys=429,404")
	assert.Equal(t, account, exported["CLOUDFLARE_ACCOUNT_ID"])
	assert.Equal(t, "t0ken", exported["CLOUDFLARE_API_TOKEN"])

	checker, err := contract.New(nil)
	require.NoError(t, err)
	client, err := turnkeys.New(account, "t0ken", turnkeys.WithBaseURL(exported["CLOUDFLARE_BASE_URL"]),
		turnkeys.WithHTTPClient(&http.Client{Transport: checker}), turnkeys.WithRetries(0))
	require.NoError(t, err)
	created, err := client.Create(t.Context(), "video calls")
	require.NoError(t, err)
	assert.Len(t, created.Secret.Reveal(), 64)
	require.Len(t, checker.Violations(), 1)
	assert.Equal(t, "createTurnKey.201:/result/key", checker.Violations()[0].Place())

	_, err = client.List(t.Context())
	require.ErrorIs(t, err, turnkeys.ErrRateLimited)
	_, err = client.List(t.Context())
	require.ErrorIs(t, err, turnkeys.ErrNotFound)
	_, err = client.List(t.Context())
	require.NoError(t, err)
}

func TestBadFlagsAreOneLine(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	for want, args := range map[string][]string{
		"flag provided but not defined: -port; see -help":                  {"-port", "80"},
		`want flags only, got "serve"; see -help`:                          {"serve"},
		"-account: want 32 lower-case hexadecimal digits":                  {"-account", "ACCOUNT"},
		"-token: want letters, digits":                                     {"-token", "two words"},
		"-addr: listen tcp: address 99999: missing port":                   {"-addr", "99999"},
		"-addr: listen tcp 127.0.0.1:":                                     {"-addr", taken.Addr().String()},
		"want an operationId and statuses from 400 on, such as getTurnKey": {"-fail", "getTurnKey=200"},
	} {
		command := program(t, args...)
		var stderr bytes.Buffer
		command.Stderr = &stderr
		require.Error(t, command.Run())
		assert.Equal(t, 2, command.ProcessState.ExitCode())
		assert.Contains(t, stderr.String(), want)
		assert.Regexp(t, `^fake: .*\n$`, stderr.String())
	}
}
