package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const (
	keysPath     = fake.BasePath + "/accounts/" + fake.DefaultAccountID + "/calls/turn_keys"
	otherAccount = "0123456789abcdef0123456789abcdef"
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

// process is the program while it serves.
type process struct {
	*exec.Cmd
	exported map[string]string // the variables that it says to export
	stdout   *bufio.Scanner
	stderr   bytes.Buffer // to be read when the process has ended
}

// start runs the program until the test ends, on a free port unless the arguments name another.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{Cmd: program(t, append([]string{"-addr", "127.0.0.1:0"}, args...)...), exported: map[string]string{}}
	p.Stderr = &p.stderr
	stdout, err := p.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.Start())
	t.Cleanup(func() { _ = p.Process.Kill(); _ = p.Wait() })
	p.stdout = bufio.NewScanner(stdout)
	accounts := max(1, strings.Count(strings.Join(args, " "), "-account"))
	for len(p.exported) < 1+2*accounts && p.stdout.Scan() {
		if line, ok := strings.CutPrefix(p.stdout.Text(), "export "); ok {
			name, value, _ := strings.Cut(line, "=")
			p.exported[name] = value
		}
	}
	require.Len(t, p.exported, 1+2*accounts)
	return p
}

// send sends a request with the exported token. The rest is what follows its first header lines.
func (p *process) send(t *testing.T, request, rest string) *net.TCPConn {
	t.Helper()
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.Split(p.exported["CLOUDFLARE_BASE_URL"], "/")[2])
	require.NoError(t, err)
	_, err = fmt.Fprintf(connection, "%s HTTP/1.1\r\nHost: fake\r\nConnection: close\r\nAuthorization: Bearer %s\r\n%s",
		request, p.exported["CLOUDFLARE_API_TOKEN"], rest)
	require.NoError(t, err)
	return connection.(*net.TCPConn)
}

func (p *process) get(t *testing.T, path string) string {
	t.Helper()
	response, err := io.ReadAll(p.send(t, "GET "+path, "\r\n"))
	require.NoError(t, err)
	return string(response)
}

func TestServesWhatItSaysToExport(t *testing.T) {
	p := start(t)
	for name, value := range p.exported {
		t.Setenv(name, value)
	}
	assert.Regexp(t, `^http://127\.0\.0\.1:\d+/client/v4$`, p.exported["CLOUDFLARE_BASE_URL"])

	client, err := turnkeys.FromEnv(turnkeys.WithHTTPClient(contract.HTTPClient(t)))
	require.NoError(t, err)
	created, err := client.Create(t.Context(), "video calls")
	require.NoError(t, err)
	keys, err := client.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []turnkeys.Key{created.Key}, keys)
}

func TestFlagsChooseAccountsAndFaults(t *testing.T) {
	p := start(t, "-account", fake.DefaultAccountID, "-token", "t0ken", "-account", otherAccount, "-token", "other-t0ken",
		"-as-reported", "-fail", "listTurnKeys=429,404", "-retry-after", "7", "-lose", "deleteTurnKey=1")
	assert.Equal(t, "t0ken", p.exported["CLOUDFLARE_API_TOKEN"])
	assert.Equal(t, otherAccount, p.exported["CLOUDFLARE_OTHER_ACCOUNT_ID"])

	client, err := turnkeys.New(p.exported["CLOUDFLARE_OTHER_ACCOUNT_ID"], p.exported["CLOUDFLARE_OTHER_API_TOKEN"],
		turnkeys.WithBaseURL(p.exported["CLOUDFLARE_BASE_URL"]), turnkeys.WithRetries(0))
	require.NoError(t, err)
	created, err := client.Create(t.Context(), "the other account's")
	require.NoError(t, err)
	_, err = client.List(t.Context())
	require.ErrorIs(t, err, turnkeys.ErrRateLimited)
	require.ErrorContains(t, err, "code 971", "as reported")
	apiErr, ok := errors.AsType[*turnkeys.Error](err)
	require.True(t, ok)
	assert.Equal(t, 7*time.Second, apiErr.RetryAfter)
	_, err = client.List(t.Context())
	require.ErrorIs(t, err, turnkeys.ErrNotFound)
	_, err = client.Delete(t.Context(), created.UID)
	require.ErrorContains(t, err, "EOF")
	assert.Contains(t, p.get(t, keysPath), `"result":[]`)
}

func TestAnAddressThatIsEveryAddressIsPrintedAsOneToUse(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0"} {
		p := start(t, "-addr", address)
		baseURL := p.exported["CLOUDFLARE_BASE_URL"]
		assert.Regexp(t, `^http://127\.0\.0\.1:\d+/client/v4$`, baseURL)
		for _, line := range []string{
			"",
			"From other machines and containers: " + strings.Replace(baseURL, "127.0.0.1", "HOST", 1) + ", where HOST is this machine's name or the Compose service's.",
			"Go clients there need turnkeys.WithInsecureHTTP(), because the token is sent in plaintext.",
		} {
			require.True(t, p.stdout.Scan())
			assert.Equal(t, line, p.stdout.Text())
		}
	}
}

func TestHelpDescribesTheProgramAndItsFlags(t *testing.T) {
	help, err := program(t, "-help").Output()
	require.NoError(t, err)
	assert.Regexp(t, `^turnkeys-fake serves .*\n\n  turnkeys-fake -.*\n\nExit status: 0 .*, 1 .*, 2 .*\n\n  -`, string(help))
	for _, name := range []string{"addr", "account", "token", "as-reported", "check", "fail", "lose", "delay", "late", "retry-after", "accept", "env-file"} {
		assert.Contains(t, "\n"+string(help), "\n  -"+name, "each on a line of its own")
	}
}

func TestBadFlagsAreOneLine(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	for want, args := range map[string][]string{
		"flag provided but not defined: -port; see -help":                                {"-port", "80"},
		`unexpected argument "serve"; see -help`:                                         {"serve"},
		"-account: want 32 lower-case hexadecimal digits":                                {"-account", "ACCOUNT"},
		"-account: want one or two different ids":                                        {"-account", otherAccount, "-account", otherAccount},
		"-token: want letters, digits and ._~+/=- only":                                  {"-token", "two words"},
		"-token: want one for each account, got 1 for 2":                                 {"-account", fake.DefaultAccountID, "-account", otherAccount, "-token", "t"},
		`-addr: want a host and a port, such as 127.0.0.1:8787, got "878"`:               {"-addr", "878"},
		"-addr: listen tcp " + taken.Addr().String() + ": ":                              {"-addr", taken.Addr().String()},
		"; want an address of this machine and a free port, or port 0":                   {"-addr", "127.0.0.1:99999"},
		"-retry-after: want 0 or more seconds, got -1":                                   {"-retry-after", "-1"},
		`-fail getTurnKey: want an equals sign; see -help`:                               {"-fail", "getTurnKey"},
		`-fail getTurnKey=x: want a status from 400 to 599; see -help`:                   {"-fail", "getTurnKey=x"},
		`-accept: place "key": it has no status; want one such as `:                      {"-check", "-accept", "key"},
		"-accept requires -check":                                                        {"-accept", "*.request:*"},
		"-env-file: open ":                                                               {"-env-file", "/nonexistent/fake.env"},
		`-lose createTurnKey=0: want times from 1 to 1,000,000, or -1: `:                 {"-lose", "createTurnKey=0"},
		`-delay listTurnKeys=1s,2: want a delay of more than 0, such as 1.5s; see -help`: {"-delay", "listTurnKeys=1s,2"},
	} {
		command := program(t, args...)
		var stdout, stderr bytes.Buffer
		command.Stdout, command.Stderr = &stdout, &stderr
		require.Error(t, command.Run())
		assert.Equal(t, 2, command.ProcessState.ExitCode())
		assert.Contains(t, stderr.String(), want)
		assert.Regexp(t, `^turnkeys-fake: .*\n$`, stderr.String())
		assert.NotContains(t, stderr.String(), "two words")
		assert.Empty(t, stdout.String())
	}
}
