package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

var credentials = []string{"CLOUDFLARE_ACCOUNT_ID=" + fake.DefaultAccountID, "CLOUDFLARE_API_TOKEN=" + fake.DefaultToken}

// output is what a run of the program prints and returns.
type output struct {
	status         int
	stdout, stderr string
}

// execute runs the program in this process, with these variables, which have to include the credentials.
func execute(t *testing.T, env []string, args ...string) output {
	t.Helper()
	unset := []string{"CLOUDFLARE_BASE_URL", "CLOUDFLARE_OTHER_ACCOUNT_ID", "CLOUDFLARE_OTHER_API_TOKEN", "GITHUB_ACTIONS"}
	for _, variable := range append(unset, env...) {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	var stdout, stderr bytes.Buffer
	status := run(args, &stdout, &stderr)
	assert.NotContains(t, stdout.String()+stderr.String(), fake.DefaultToken)
	assert.NotRegexp(t, `[0-9a-f]{64}`, stdout.String()+stderr.String())
	return output{status, stdout.String(), stderr.String()}
}

// failing serves an API that fails the next calls of an operation, and returns its base URL.
func failing(t *testing.T, operationID string, statuses ...int) string {
	t.Helper()
	server := fake.Start(t)
	server.FailNext(operationID, statuses...)
	return server.BaseURL
}

func TestWithoutFlagsItRunsAgainstABuiltInFake(t *testing.T) {
	p := execute(t, []string{"CLOUDFLARE_ACCOUNT_ID=a", "CLOUDFLARE_API_TOKEN=b"})
	assert.Equal(t, output{0, p.stdout, ""}, p)
	testkit.CheckREADME(t, "make contract", p.stdout)
}

const finding = "getTurnKey.404:status  want 200 at this point in the run (missing_after_create)"

func TestARunPrintsWhatItFound(t *testing.T) {
	clean, reported := fake.Start(t).BaseURL, fake.Start(t, fake.AsReported()).BaseURL
	elsewhere := strings.Replace(clean, "127.0.0.1", "0.0.0.0", 1) // not loopback, but the same server
	missing := func() string { return "-settle 0 -base-url " + failing(t, "getTurnKey", 404, 404) }
	accepted := filepath.Join(t.TempDir(), "accepted")
	require.NoError(t, os.WriteFile(accepted, []byte("# known\n*.4XX:status # seen live\n\ngetTurnKey.200:body\n"), 0o600))
	const against, none = "Contract run against ", "\n0 violations\n"
	const lines = finding + "\n    getTurnKey for the first key, and 1 more request (-v shows them)\n    curl -X GET -H "
	for _, tc := range []struct {
		env    []string
		args   string
		status int
		stderr string
		stdout []string
	}{
		{[]string{"CLOUDFLARE_BASE_URL=https://192.0.2.1"}, "-base-url " + clean, 0, "", []string{against + clean + "\n", none}},
		{[]string{"CLOUDFLARE_BASE_URL=" + clean}, "", 0, "", []string{against + clean + "\n"}},
		{[]string{"CLOUDFLARE_BASE_URL=" + elsewhere}, "-live -yes -insecure-http", 0, "", []string{against + elsewhere + "\n", none}},
		{nil, "-thorough -disposable -insecure-http -settle 0 -base-url " + elsewhere, 0, "", []string{"\nnames ", "\naccounts            skipped  "}},
		{nil, "-thorough -settle 0", 0, "", []string{"\nbodies ", "\ncredentials ", "\nnames ", "\naccounts ", "\naddresses ", "\nconcurrency "}},
		{nil, "-base-url " + reported, 0, "", []string{
			"  known drift  ", "\nknown drift\ncreateTurnKey.201:/result/key  ", "(pulumi-cloudflare 1674)\n", none,
		}},
		{nil, "-strict -base-url " + reported, 1, "", []string{"\ndoes not conform: known drift was seen, and -strict was given\n"}},
		{nil, missing(), 1, "", []string{"\n1 violation\n" + lines}},
		{[]string{"GITHUB_ACTIONS=true"}, "-v " + missing(), 1, "::error title=getTurnKey.404 status::" + finding + ": getTurnKey for the first key\n", []string{
			"\n    getTurnKey for the second key\n    curl -X GET -H ",
		}},
		{[]string{"GITHUB_ACTIONS=true"}, "-accept listTurnKeys.200:/result -accept-file " + accepted + " " + missing(), 0, "", []string{
			"  1 accepted  ", "\n0 violations, 1 accepted\naccepted: " + lines,
			"\naccepted, but never seen: listTurnKeys.200:/result; remove it from -accept or -accept-file\n", "seen: getTurnKey.200:body; ",
		}},
	} {
		p := execute(t, append(credentials, tc.env...), strings.Fields(tc.args)...)
		assert.Equal(t, output{tc.status, p.stdout, tc.stderr}, p)
		for _, text := range tc.stdout {
			assert.Contains(t, p.stdout, text)
		}
		assert.Equal(t, strings.HasPrefix(tc.args, "-strict"), strings.Contains(p.stdout, "does not conform"))
	}
}

func TestReportsHaveEveryStepAndTheOutcome(t *testing.T) {
	file := filepath.Join(t.TempDir(), "junit.xml")
	for baseURL, tc := range map[string]struct {
		status      int
		json, junit string // patterns
	}{
		failing(t, "getTurnKey", 404): {
			1, `"operationId": "getTurnKey",(\s+.*){5}\s+"at": "status",(\s+.*){2}\s+"request": "getTurnKey for the first key",`,
			`<testcase name="getTurnKey for the first key" classname="turnkeys-contract" time="[\d.]+">\s+<failure message="` + regexp.QuoteMeta(finding),
		},
		failing(t, "listTurnKeys", 403, 403, 403, 403, 403): {
			2, `"error": "listTurnKeys: 403 Forbidden`,
			`(?s)<error message="the run could not continue">.*<testcase name="the run" .*<error message="listTurnKeys: 403 Forbidden`,
		},
	} {
		p := execute(t, credentials, "-base-url", baseURL, "-settle", "0", "-json", "-junit", file)
		assert.Equal(t, tc.status, p.status)
		assert.Regexp(t, `^\{\n  "conforms": false,\n(.*\n)?  "baseUrl": "`+baseURL+`"`, p.stdout)
		assert.Regexp(t, tc.json, p.stdout)
		assert.NotContains(t, p.stdout, ": null", "a list is empty, not null")
		var object struct{ Steps []any }
		require.NoError(t, json.Unmarshal([]byte(p.stdout), &object))
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		cases := len(object.Steps) + 2 // for the coverage or the error, and for the keys that are left
		assert.Equal(t, cases, strings.Count(string(data), "<testcase "))
		assert.Contains(t, string(data), fmt.Sprintf(` tests="%d" `, cases))
		assert.Regexp(t, tc.junit, string(data))
		assert.NotContains(t, string(data), fake.DefaultToken)
	}
}

func TestARunThatCannotBeMadeSaysWhyInOneLine(t *testing.T) {
	base, unused := fake.Start(t).BaseURL, fake.Start(t)
	const settle, elsewhere, invalid = "want a duration such as 5s, or 0", "https://192.0.2.1/", "hunter2-of-forty-characters-000000000000"
	const otherID = "CLOUDFLARE_OTHER_ACCOUNT_ID=b1946ac92492d2347c6235b4d2611184"
	for _, tc := range []struct {
		args, want string
		env        []string
	}{
		{args: "-base", want: "flag provided but not defined: -base; see -help"},
		{args: "live", want: `unexpected argument "live"; see -help`},
		{args: "-accept key", want: "want one such as createTurnKey.201:/result/key"},
		{args: "-accept-file nowhere", want: "open nowhere: "},
		{args: "-settle 5", want: settle},
		{args: "-settle -1s", want: settle},
		{args: "-thorough -live", want: "use -disposable instead"},
		{args: "-disposable -base-url " + elsewhere, want: "-disposable requires -thorough; for other runs, use -live"},
		{args: "-yes -base-url " + base, want: "-yes requires -live"},
		{args: "-thorough -base-url " + elsewhere, want: "needs -disposable"},
		{args: "-base-url " + elsewhere, want: elsewhere + " is not a loopback address: add -live to run against it"},
		{want: elsewhere + " is not a loopback address: add -live to run against it", env: []string{"CLOUDFLARE_BASE_URL=" + elsewhere}},
		{args: "-live -base-url http://192.0.2.1/", want: "http to any other address needs -insecure-http"},
		{args: "-base-url https://u:hunter2@192.0.2.1/", want: "base URL: want one such as"},
		{args: "-junit " + t.TempDir() + "/no/x.xml -base-url " + unused.BaseURL, want: "-junit: open "},
		{args: "-live", want: "set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN", env: []string{"CLOUDFLARE_ACCOUNT_ID="}},
		{args: "-live", want: "set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN", env: []string{"CLOUDFLARE_API_TOKEN="}},
		{args: "-settle 0 -base-url " + base, want: "listTurnKeys: 403 Forbidden (code 10000); check the API token", env: []string{"CLOUDFLARE_API_TOKEN=" + invalid}},
		{args: "-base-url " + base, want: "second account: set both the id and the token, or neither", env: []string{otherID}},
		{args: "-thorough -settle 0 -base-url " + base, want: "second account: listTurnKeys: 403 Forbidden", env: []string{otherID, "CLOUDFLARE_OTHER_API_TOKEN=" + invalid}},
	} {
		p := execute(t, append(credentials, tc.env...), strings.Fields(tc.args)...)
		assert.Equal(t, 2, p.status, tc.args)
		assert.Regexp(t, `^turnkeys-contract: .*\n$`, p.stderr)
		assert.Contains(t, p.stderr, tc.want)
		assert.NotContains(t, p.stdout+p.stderr, "hunter2")
		assert.NotContains(t, p.stdout, "violation")
		assert.Regexp(t, `^$|\nlistTurnKeys   403  stopped  .*at the start.*\n$`, p.stdout)
	}
	assert.Empty(t, unused.Requests())
}

func TestHelpDescribesTheProgramAndItsFlags(t *testing.T) {
	p := execute(t, credentials, "-help")
	assert.Equal(t, output{0, p.stdout, ""}, p)
	assert.Regexp(t, `^Usage: turnkeys-contract \[flags\]\n\n(.+\n)+\n(  turnkeys-contract.*\n)+\n  -`, p.stdout)
	for name := range strings.FieldsSeq("base-url live yes json junit accept accept-file strict settle thorough disposable insecure-http v version") {
		assert.Regexp(t, `\n  -`+name+`\s`, p.stdout)
	}
	assert.Regexp(t, `\(default 10s\)\n(.*\n)+\nExit status:\n  0  .*\n  1  .*\n  2  .*\n$`, p.stdout)

	p = execute(t, credentials, "-version")
	assert.Regexp(t, `^turnkeys-contract \S+.*\n$`, p.stdout)
	assert.Equal(t, output{0, p.stdout, ""}, p)
}

func TestOnlyATerminalGetsColoursAndProgress(t *testing.T) {
	report := conformance.Report{
		Coverage: contract.Coverage{{OperationID: "getTurnKey", Response: "200", Seen: 1}, {OperationID: "getTurnKey", Response: "4XX"}},
		Violations: []conformance.Violation{
			{Violation: contract.Violation{OperationID: "getTurnKey", In: contract.Request, At: "query:page", Accepted: true}},
			{Violation: contract.Violation{OperationID: "getTurnKey", Status: 200, In: contract.Response, At: "/result/uid", Rule: "required"}, Times: 2},
		},
		Notices: []conformance.Notice{{Request: "getTurnKey for the first key", Message: "slow"}},
		Unused:  []string{"getTurnKey.200:body"},
		Left:    []conformance.LeftKey{{UID: testkit.KeyID, Command: "curl -X DELETE"}, {Name: "lost", Command: "curl"}},
	}
	var plain, terminal bytes.Buffer
	t.Setenv("NO_COLOR", "")
	for _, out := range []*text{{w: &plain}, {w: &terminal, terminal: true}} {
		out.step(conformance.Step{Name: "names", Probe: true, Requests: 12, Doing: "waiting"})
		out.step(conformance.Step{Name: "getTurnKey for the first key", Violations: 1, Requests: 2, Done: true})
		out.step(conformance.Step{Name: "names", Probe: true, Requests: 12, Notices: 1, Done: true})
		out.finish(report, nil)
	}
	assert.Contains(t, plain.String(), "getTurnKey     ---  1 violation        0.0 ms  for the first key (2 requests)\n"+
		"names               1 notice           0.0 ms  12 requests\n\n1 notice\ngetTurnKey for the first key: slow\n")
	assert.Contains(t, plain.String(), "getTurnKey     4XX  not seen\n")
	assert.Contains(t, plain.String(), "\nleft behind\n"+testkit.KeyID+"; delete it with:\n    curl -X DELETE\n"+
		"a key named \"lost\" may have been created, or may still appear; list the keys, and delete it if it is there:\n    curl\n")
	progress, rest, _ := strings.Cut(terminal.String(), "waiting\r\x1b[K")
	assert.Equal(t, "\r\x1b[Knames  12 requests  ", progress)
	assert.Contains(t, rest, "\x1b[31m")
	t.Setenv("NO_COLOR", "1")
	assert.Equal(t, "plain", (&text{terminal: true}).paint(red, "plain"))
	assert.Equal(t, plain.String(), regexp.MustCompile("\x1b\\[\\d+m|\r\x1b\\[K").ReplaceAllString(rest, ""))
}

func TestKeysLeftBehindAreOnStandardErrorWhereTheReportCannotBeWritten(t *testing.T) {
	server := fake.Start(t)
	server.LoseResponse("createTurnKey", fake.UntilReset) // it might have had a key
	server.FailNext("createTurnKey", slices.Repeat([]int{404}, 20)...)
	readOnly, err := os.Open(os.DevNull)
	require.NoError(t, err)
	for _, flag := range []string{"-v", "-json"} {
		execute(t, credentials, "-version") // sets the variables
		var stderr bytes.Buffer
		assert.Equal(t, 1, run([]string{flag, "-settle", "0", "-base-url", server.BaseURL}, readOnly, &stderr))
		assert.Regexp(t, `^turnkeys-contract: the report could not be written: .*\n\nleft behind\na key named "`, stderr.String())
	}
}
