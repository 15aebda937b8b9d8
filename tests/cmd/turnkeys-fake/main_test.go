package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const (
	keysPath     = fake.BasePath + "/accounts/" + fake.DefaultAccountID + "/calls/turn_keys"
	otherAccount = "0123456789abcdef0123456789abcdef"
)

// TestMain lets the test's binary be the program, since a signal needs a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

// process is the program while it serves, in this process.
type process struct {
	stdout    string            // from when it begins to serve
	exported  map[string]string // the variables in its export lines
	stderr    bytes.Buffer      // to be read when it has ended
	interrupt context.CancelFunc
	status    chan int
}

// start runs the program until the test ends, on a free port unless the arguments name another.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	p := &process{exported: map[string]string{}, interrupt: interrupt, status: make(chan int, 1)}
	reader, writer := io.Pipe()
	go func() {
		p.status <- run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), writer, &p.stderr)
		_ = writer.Close()
	}()
	text := make([]byte, 4096)
	n, err := reader.Read(text)
	require.NoError(t, err)
	p.stdout = string(text[:n])
	for _, match := range regexp.MustCompile(`\nexport (\w+)=(.*)`).FindAllStringSubmatch(p.stdout, -1) {
		p.exported[match[1]] = match[2]
	}
	return p
}

func (p *process) address() string { return strings.Split(p.exported["CLOUDFLARE_BASE_URL"], "/")[2] }

// checkEnd interrupts the program, and checks its exit status and what it wrote to stderr, a pattern.
func (p *process) checkEnd(t *testing.T, status int, stderr string) {
	t.Helper()
	p.interrupt()
	assert.Equal(t, status, <-p.status)
	assert.Regexp(t, "^"+stderr+"$", p.stderr.String())
}

// send sends a request with the exported token. The rest is what follows its first header lines.
func (p *process) send(t *testing.T, request, rest string) *net.TCPConn {
	t.Helper()
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", p.address())
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

func TestServesWithTheVariablesThatItExports(t *testing.T) {
	file := filepath.Join(t.TempDir(), "fake.env")
	p := start(t, "-check", "-env-file", file)
	testkit.CheckREADME(t, "turnkeys-fake -check", p.stdout)
	content, err := os.ReadFile(file) // written before anything is printed
	require.NoError(t, err)
	_, exports, _ := strings.Cut(p.stdout, "\n\n")
	assert.Equal(t, strings.ReplaceAll(exports, "export ", ""), string(content))

	for name, value := range p.exported {
		t.Setenv(name, value)
	}
	client, err := turnkeys.FromEnv(turnkeys.WithHTTPClient(contract.HTTPClient(t)))
	require.NoError(t, err)
	_, err = client.Create(t.Context(), "video calls")
	require.NoError(t, err)
	p.checkEnd(t, 0, "")
	assert.NoFileExists(t, file)
}

func TestFlagsChooseAccountsAndFaults(t *testing.T) {
	p := start(t, "-account", fake.DefaultAccountID, "-token", "t0ken", "-account", otherAccount, "-token", "other-t0ken",
		"-as-reported", "-fail", "listTurnKeys=429,404", "-retry-after", "7", "-lose", "getTurnKey=1")
	assert.Equal(t, "t0ken", p.exported["CLOUDFLARE_API_TOKEN"])
	assert.Equal(t, otherAccount, p.exported["CLOUDFLARE_OTHER_ACCOUNT_ID"])

	assert.Regexp(t, `(?s)^HTTP/1.1 429 .*\r\nRetry-After: 7\r.*"code":971,`, p.get(t, keysPath), "971 is as reported")
	assert.Contains(t, p.get(t, keysPath), "HTTP/1.1 404 Not Found\r\n")
	assert.Contains(t, p.get(t, keysPath), `"result":[]`)
	assert.Empty(t, p.get(t, keysPath+"/"+otherAccount))
	p.exported["CLOUDFLARE_API_TOKEN"] = p.exported["CLOUDFLARE_OTHER_API_TOKEN"] // for the next request
	assert.Contains(t, p.get(t, strings.Replace(keysPath, fake.DefaultAccountID, otherAccount, 1)), `"result":[]`)
}

func TestAnUnspecifiedAddressIsPrintedAsOneThatClientsCanUse(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0"} {
		p := start(t, "-addr", address)
		baseURL := p.exported["CLOUDFLARE_BASE_URL"]
		assert.Regexp(t, `^http://127\.0\.0\.1:\d+/client/v4$`, baseURL)
		assert.Contains(t, p.stdout, "\n\nFrom other machines and containers: "+strings.Replace(baseURL, "127.0.0.1", "HOST", 1)+
			", where HOST is this machine's name or the Compose service's.\n"+
			"Go clients there need turnkeys.WithInsecureHTTP(), because the token is sent in plaintext.\n")
	}
}

func TestHelpDescribesTheProgramAndItsFlags(t *testing.T) {
	var stdout, stderr bytes.Buffer
	assert.Zero(t, run(t.Context(), []string{"-help"}, &stdout, &stderr))
	assert.Empty(t, stderr.String())
	assert.Regexp(t, `^turnkeys-fake serves .*\n\n  turnkeys-fake -.*\n\nExit status: 0 .*, 1 .*, 2 .*\n\n  -`, stdout.String())
	for name := range strings.FieldsSeq("addr account token as-reported check fail lose delay late retry-after accept env-file") {
		assert.Regexp(t, `\n  -`+name+`\s`, stdout.String())
	}
}

func TestBadFlagsAreOneLine(t *testing.T) {
	taken := start(t).address()
	for want, args := range map[string][]string{
		"flag provided but not defined: -port; see -help":                                {"-port", "80"},
		`unexpected argument "serve"; see -help`:                                         {"serve"},
		"-account: want 32 lower-case hexadecimal digits":                                {"-account", "ACCOUNT"},
		"-account: want one or two different ids":                                        {"-account", otherAccount, "-account", otherAccount},
		"-account: want one or two":                                                      {"-account", otherAccount, "-account", fake.DefaultAccountID, "-account", strings.Repeat("0", 32)},
		"-token: want letters, digits and ._~+/=- only":                                  {"-token", "two words"},
		"-token: want one for each account, got 1 for 2":                                 {"-account", fake.DefaultAccountID, "-account", otherAccount, "-token", "t"},
		`-addr: want a host and a port, such as 127.0.0.1:8787, got "878"`:               {"-addr", "878"},
		"-addr: listen tcp " + taken + ": ":                                              {"-addr", taken},
		"; want an address of this machine and a free port, or port 0":                   {"-addr", "127.0.0.1:99999"},
		"-retry-after: want 0 or more seconds, got -1":                                   {"-retry-after", "-1"},
		`-fail getTurnKey: want an equals sign; see -help`:                               {"-fail", "getTurnKey"},
		`-fail getTurnKey=x: want a status from 400 to 599; see -help`:                   {"-fail", "getTurnKey=x"},
		`-accept: place "key": it has no status; want one such as `:                      {"-check", "-accept", "key"},
		"-accept requires -check":                                                        {"-accept", "*.request:*"},
		"-env-file: open ":                                                               {"-addr", "127.0.0.1:0", "-env-file", "/nonexistent/fake.env"},
		`-lose createTurnKey=0: want times from 1 to 1,000,000, or -1: `:                 {"-lose", "createTurnKey=0"},
		`-delay listTurnKeys=1s,2: want a delay of more than 0, such as 1.5s; see -help`: {"-delay", "listTurnKeys=1s,2"},
	} {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, 2, run(t.Context(), args, &stdout, &stderr))
		assert.Contains(t, stderr.String(), want)
		assert.Regexp(t, `^turnkeys-fake: .*\n$`, stderr.String())
		assert.NotContains(t, stderr.String(), "two words")
		assert.Empty(t, stdout.String())
	}
}

func TestCheckPrintsViolationsAndSetsTheExitStatus(t *testing.T) {
	const (
		page     = `listTurnKeys\.request:query:page  .* "` + keysPath + `"\n`
		unknown  = `turnkeys-fake: GET\.request:operation  no documented operation: the path is not under /client/v4 \(operation\) `
		redacted = `turnkeys-fake: GET.* "/client/v4/\[redacted\]"\n`
		count    = "turnkeys-fake: violations of openapi.yaml: "
	)
	for _, tc := range []struct {
		path, stderr string // a pattern
		status       int
		args         []string
	}{
		{"/fake/requests", "turnkeys-fake: -check saw no requests\n", 1, nil},
		{keysPath, "", 0, []string{"-fail", "listTurnKeys=503"}}, // which is not the client's fault
		{keysPath + "?page=2", "turnkeys-fake: " + page + count + "1\n", 1, nil},
		{keysPath + "?page=2", "turnkeys-fake: accepted: " + page, 0, []string{"-accept", "*.request:query:*"}},
		{"/", unknown + `"/"` + "\n" + count + "1\n", 1, nil},
		{"//fake/requests", unknown + `"//fake/requests"` + "\n" + count + "1\n", 1, nil}, // no redirect
		{"/client/v4/" + fake.DefaultToken, redacted + redacted + count + "2\n", 1, nil},
	} {
		p := start(t, append([]string{"-check"}, tc.args...)...)
		p.get(t, tc.path)
		p.checkEnd(t, tc.status, tc.stderr)
	}
}

func TestAnInterruptEndsTheRequestsUnderWayAndCountsThem(t *testing.T) {
	for _, kind := range []string{"-delay", "-late"} {
		p := start(t, "-check", kind, "listTurnKeys=1h")
		p.send(t, "GET "+keysPath+"?page=2", "\r\n")
		require.Eventually(t, func() bool {
			return strings.Contains(p.get(t, "/fake/violations"), "listTurnKeys")
		}, 10*time.Second, 10*time.Millisecond)
		p.checkEnd(t, 1, "turnkeys-fake: listTurnKeys.*\nturnkeys-fake: violations of openapi.yaml: 1\n")
	}
	p := start(t, "-check")
	connection := p.send(t, "POST "+keysPath, "Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	_, err := connection.Read(make([]byte, 100)) // 100 Continue: the fake is reading the body
	require.NoError(t, err)
	p.checkEnd(t, 1, `turnkeys-fake: createTurnKey\.request:body  the body is truncated \(body\) .*\n.*: 1\n`)
}

func TestServesUntilASignalComes(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		command := exec.CommandContext(t.Context(), os.Args[0], "-addr", "127.0.0.1:0")
		command.Env = []string{"BE_THE_PROGRAM=1"}
		stdout, err := command.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, command.Start())
		_, err = stdout.Read(make([]byte, 1)) // it serves
		require.NoError(t, err)
		require.NoError(t, command.Process.Signal(signal))
		assert.NoError(t, command.Wait(), signal)
	}
}
