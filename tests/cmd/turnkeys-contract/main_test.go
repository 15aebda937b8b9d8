package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
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

// runInMemory returns the report of a run on a server that does nothing wrong.
func runInMemory(t *testing.T) conformance.Report {
	t.Helper()
	api := fake.New()
	report, err := conformance.Run(t.Context(), conformance.Target{
		BaseURL: "http://localhost" + fake.BasePath, AccountID: fake.DefaultAccountID, Token: fake.DefaultToken,
		Transport: testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
			recorder := httptest.NewRecorder()
			api.ServeHTTP(recorder, r)
			return recorder.Result(), nil
		}),
	})
	require.NoError(t, err)
	require.True(t, report.OK())
	return report
}

func TestRunsAgainstABuiltInFakeAlsoWhereThereAreCredentials(t *testing.T) {
	t.Parallel()
	p := execute(t, []string{"CLOUDFLARE_ACCOUNT_ID=a", "CLOUDFLARE_API_TOKEN=b"})
	assert.Equal(t, 0, p.status)
	assert.Empty(t, p.stderr)
	report := runInMemory(t)
	assert.Regexp(t, fmt.Sprintf(`^Contract run against a built-in fake at http://127\.0\.0\.1:\d+/client/v4\n\n`+
		`(\w+ +\d{3}  ok + [\d.]+ ms  .+\n){%d}\n`+
		`0 violations\n\n`+
		`(\w+ +(\d{3}|4XX)  seen \d times?\n){%d}%s\n\n`+
		`deleted %d keys that the run created\n$`, len(report.Steps), len(report.Coverage), report.Coverage, len(report.Deleted)), p.stdout)
}

func TestAThoroughRunShowsEachProbe(t *testing.T) {
	t.Parallel()
	p := execute(t, nil, "-thorough")
	assert.Equal(t, 0, p.status)
	assert.Empty(t, p.stderr)
	for _, probe := range []string{"bodies", "credentials", "names", "accounts", "addresses", "concurrency"} {
		assert.Regexp(t, `\n`+probe+` .* \d+ requests\n`, p.stdout)
	}
	assert.Contains(t, p.stdout, "\n0 violations\n")
}

func TestRunsAgainstAnotherServer(t *testing.T) {
	t.Parallel()
	server := fake.Start(t)
	p := execute(t, environment(server), "-base-url", server.BaseURL)
	assert.Equal(t, 0, p.status, p.stderr)
	assert.Contains(t, p.stdout, "Contract run against "+server.BaseURL+"\n")
	assert.Len(t, server.Requests(), runInMemory(t).Requests)

	for _, flags := range [][]string{nil, {"-live"}} {
		p = execute(t, append(environment(server), "CLOUDFLARE_BASE_URL="+server.BaseURL), flags...)
		assert.Equal(t, 0, p.status, p.stderr)
		assert.Contains(t, p.stdout, "Contract run against "+server.BaseURL+"\n")
	}
	p = execute(t, append(environment(server), "CLOUDFLARE_BASE_URL=https://192.0.2.1/"))
	assert.Equal(t, 2, p.status)
	assert.Contains(t, p.stderr, "https://192.0.2.1/ is not a loopback address: add -live to run against it")
}

func TestKnownDriftIsShownAndFailsAStrictRunOnly(t *testing.T) {
	t.Parallel()
	server := fake.Start(t, fake.AsReported())
	p := execute(t, environment(server), "-base-url", server.BaseURL)
	assert.Equal(t, 0, p.status, p.stdout)
	assert.Contains(t, p.stdout, "\nknown drift\ncreateTurnKey.201:/result/key  ")
	assert.Contains(t, p.stdout, "pulumi-cloudflare 1674")
	assert.Contains(t, p.stdout, "\n0 violations\n")
	assert.NotContains(t, p.stdout, "does not conform")

	p = execute(t, environment(server), "-base-url", server.BaseURL, "-strict")
	assert.Equal(t, 1, p.status)
	assert.Contains(t, p.stdout, "\ndoes not conform: known drift was seen, and -strict was given\n")
}

// misnamed is a server whose get shows every key under another name.
func misnamed(t *testing.T) []string {
	t.Helper()
	api := fake.New()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		api.ServeHTTP(recorder, r)
		body := recorder.Body.String()
		if r.Method == http.MethodGet && !strings.HasSuffix(r.URL.Path, "turn_keys") {
			body = strings.Replace(body, `"name":"`, `"name":"x`, 1)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(recorder.Code)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return []string{server.URL + fake.BasePath, "CLOUDFLARE_ACCOUNT_ID=" + fake.DefaultAccountID, "CLOUDFLARE_API_TOKEN=" + fake.DefaultToken}
}

func TestAViolationFailsTheRunUntilItsPlaceIsAccepted(t *testing.T) {
	t.Parallel()
	server := misnamed(t)
	const lines = "getTurnKey.200:/result/name  differs from earlier responses (inconsistent)\n    getTurnKey for the first key, and 4 more requests (-v shows them)\n    curl -X GET -H "
	p := execute(t, server[1:], "-base-url", server[0], "-settle", "0")
	assert.Equal(t, 1, p.status)
	assert.Contains(t, p.stdout, "\n1 violation\n"+lines)

	p = execute(t, append(server[1:], "GITHUB_ACTIONS=true"), "-base-url", server[0], "-settle", "0", "-v")
	assert.Contains(t, p.stdout, "\n    getTurnKey for the third key\n    curl -X GET -H ")
	assert.Equal(t, "::error title=getTurnKey.200 /result/name::getTurnKey.200:/result/name  differs from earlier responses (inconsistent): "+
		"getTurnKey for the first key\n", p.stderr)

	p = execute(t, server[1:], "-base-url", server[0], "-settle", "0", "-accept", "*.2XX:/result/name", "-accept", "listTurnKeys.200:/result/*/name")
	assert.Contains(t, p.stdout, "\n0 violations, 1 accepted\naccepted: "+lines)

	file := filepath.Join(t.TempDir(), "accepted")
	require.NoError(t, os.WriteFile(file, []byte("# known\n*.200:/result/name # seen live\n\nlistTurnKeys.200:/result/*/name\ngetTurnKey.200:body\n"), 0o600))
	p = execute(t, server[1:], "-base-url", server[0], "-settle", "0", "-accept-file", file)
	assert.Equal(t, 0, p.status, p.stdout)
	assert.Contains(t, p.stdout, "accepted, but never seen: getTurnKey.200:body; remove it from -accept or -accept-file\n")
}

func TestJSONIsOneObject(t *testing.T) {
	t.Parallel()
	server := misnamed(t)
	p := execute(t, server[1:], "-base-url", server[0], "-settle", "0", "-json")
	assert.Equal(t, 1, p.status)
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(p.stdout), &object))
	assert.Equal(t, false, object["conforms"])
	assert.Equal(t, server[0], object["baseUrl"])
	report := runInMemory(t)
	assert.Len(t, object["exchanges"], report.Requests)
	assert.Len(t, object["steps"], len(report.Steps))
	assert.Len(t, object["coverage"], len(report.Coverage))
	assert.Len(t, object["deleted"], len(report.Deleted))
	for _, list := range []string{"left", "unusedAcceptances", "notices", "knownDrift"} {
		assert.Equal(t, []any{}, object[list], list)
	}
	violation := object["violations"].([]any)[0].(map[string]any)
	assert.Equal(t, "getTurnKey", violation["operationId"])
	assert.Equal(t, "/result/name", violation["at"])
	assert.Equal(t, "getTurnKey for the first key", violation["request"])

	p = execute(t, server[1:], "-base-url", "http://127.0.0.1:1", "-json")
	assert.Equal(t, 2, p.status)
	require.NoError(t, json.Unmarshal([]byte(p.stdout), &object))
	assert.Contains(t, object["error"], "dial tcp")
}

func TestJUnitHasACaseForEachStep(t *testing.T) {
	t.Parallel()
	server := misnamed(t)
	file := filepath.Join(t.TempDir(), "junit.xml")
	p := execute(t, server[1:], "-base-url", server[0], "-settle", "0", "-junit", file)
	assert.Equal(t, 1, p.status)
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Cases    []struct {
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
			} `xml:"failure"`
		} `xml:"testcase"`
	}
	require.NoError(t, xml.Unmarshal(data, &suite))
	cases := len(runInMemory(t).Steps) + 2 // the coverage, and the keys that are left
	assert.Equal(t, cases, suite.Tests)
	assert.Len(t, suite.Cases, cases)
	assert.Equal(t, "getTurnKey for the first key", suite.Cases[4].Name)
	require.NotNil(t, suite.Cases[4].Failure)
	assert.Equal(t, "getTurnKey.200:/result/name  differs from earlier responses (inconsistent)", suite.Cases[4].Failure.Message)
	assert.Positive(t, suite.Failures)
	assert.NotContains(t, string(data), fake.DefaultToken)

	p = execute(t, server[1:], "-base-url", "http://127.0.0.1:1", "-junit", file)
	assert.Equal(t, 2, p.status)
	data, err = os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(data), "the run could not continue")
}
