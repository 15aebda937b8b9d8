package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

func TestARunThatCannotBeMadeSaysWhyInOneLine(t *testing.T) {
	t.Parallel()
	server := fake.Start(t)
	full := fake.Start(t)
	for range 1000 {
		full.AddKey(full.AccountID, generated.TurnKey{})
	}
	good := environment(server)
	unused := fake.Start(t)
	t.Cleanup(func() { assert.Empty(t, unused.Requests()) })
	website := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(website.Close)
	for name, tc := range map[string]struct {
		env, args []string
		want      string
	}{
		"an unknown flag":          {good, []string{"-base"}, "flag provided but not defined: -base; see -help"},
		"an argument":              {good, []string{"live"}, `unexpected argument "live"; see -help`},
		"a bad acceptance":         {good, []string{"-accept", "key"}, `want one such as createTurnKey.201:/result/key`},
		"no such file":             {good, []string{"-accept-file", "nowhere"}, "open nowhere: "},
		"no credentials":           {nil, []string{"-live"}, "set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN"},
		"no such host":             {good, []string{"-base-url", "https://turnkeys.invalid", "-live"}, "listTurnKeys: dial tcp"},
		"nobody listens":           {good, []string{"-base-url", "http://127.0.0.1:1/client/v4"}, "; check that the server is running and the base URL is correct"},
		"a plaintext base URL":     {good, []string{"-base-url", "http://192.0.2.1/", "-live"}, "http to any other address needs -insecure-http"},
		"an address, without live": {good, []string{"-base-url", "https://192.0.2.1/"}, "https://192.0.2.1/ is not a loopback address: add -live to run against it"},
		"a base URL with a user":   {good, []string{"-base-url", "https://u:hunter2@192.0.2.1/"}, "base URL: want one such as"},
		"no such API":              {good, []string{"-base-url", website.URL}, "listTurnKeys: 404 Not Found; check the base URL"},
		"a wrong base URL":         {good, []string{"-base-url", server.BaseURL + "/v5"}, "check the base URL"},
		"a full account": {
			environment(full), []string{"-base-url", full.BaseURL},
			"the account is full (1000 keys): delete one to make room for the run",
		},
		"thorough and live":              {good, []string{"-thorough", "-live"}, "use -disposable instead"},
		"thorough beyond loopback":       {good, []string{"-thorough", "-base-url", "https://192.0.2.1/"}, "needs -disposable"},
		"disposable, not thorough":       {good, []string{"-disposable", "-base-url", "https://192.0.2.1/"}, "-disposable requires -thorough; for other runs, use -live"},
		"yes, not live":                  {good, []string{"-yes", "-base-url", server.BaseURL}, "-yes requires -live"},
		"a JUnit file that cannot be":    {good, []string{"-junit", filepath.Join(t.TempDir(), "no", "x.xml"), "-base-url", unused.BaseURL}, "-junit: open "},
		"a settling time without a unit": {good, []string{"-settle", "5"}, "want a duration such as 5s, or 0"},
		"a settling time below zero":     {good, []string{"-settle", "-1s"}, "want a duration such as 5s, or 0"},
		"a second account without token": {append([]string{"CLOUDFLARE_OTHER_ACCOUNT_ID=x"}, good...), []string{"-base-url", server.BaseURL}, "second account: set both the id and the token, or neither"},
		"a second account that is refused": {
			append([]string{"CLOUDFLARE_OTHER_ACCOUNT_ID=b1946ac92492d2347c6235b4d2611184", "CLOUDFLARE_OTHER_API_TOKEN=hunter2-of-forty-characters-000000000000"}, good...),
			[]string{"-base-url", server.BaseURL, "-thorough", "-settle", "0"}, "second account: listTurnKeys: 403 Forbidden",
		},
		"a refused token": {
			[]string{good[0], "CLOUDFLARE_API_TOKEN=another-token-of-forty-characters-000000"}, []string{"-base-url", server.BaseURL, "-settle", "0"},
			"listTurnKeys: 403 Forbidden (code 10000); check the API token",
		},
		"a padded token": {[]string{good[0], "CLOUDFLARE_API_TOKEN= hunter2"}, []string{"-live"}, "API token: want printable ASCII"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := execute(t, tc.env, tc.args...)
			assert.Equal(t, 2, p.status)
			assert.Regexp(t, `^turnkeys-contract: .*\n$`, p.stderr)
			assert.Contains(t, p.stderr, tc.want)
			assert.Equal(t, 1, strings.Count(p.stderr, "\n"))
			assert.NotContains(t, p.stdout+p.stderr, "hunter2")
			assert.NotContains(t, p.stdout, "violation")
			if p.stdout != "" {
				assert.Regexp(t, `\nlistTurnKeys   (---|\d{3})  stopped  .*at the start.*\n(\nknown drift\n|$)`, p.stdout)
			}
		})
	}
}

func TestHelpSaysHowToUseTheProgram(t *testing.T) {
	t.Parallel()
	p := execute(t, nil, "-help")
	assert.Equal(t, 0, p.status)
	for _, flag := range []string{
		"-base-url", "-live", "-yes", "-json", "-junit", "-accept ", "-accept-file", "-strict", "-settle", "-thorough", "-disposable", "-insecure-http", "-v", "-version",
	} {
		assert.Contains(t, p.stdout, "\n  "+strings.TrimSpace(flag), flag)
	}
	assert.True(t, strings.HasPrefix(p.stdout, "Usage: turnkeys-contract [flags]\n"))
	assert.Contains(t, p.stdout, "a built-in fake. For any other server, set")
	assert.Contains(t, p.stdout, "\n  turnkeys-contract -base-url http://127.0.0.1:8787/client/v4\n")
	for _, line := range []string{"0  the server conforms", "1  the server does not conform, or a key", "2  the run could not start or finish"} {
		assert.Contains(t, p.stdout, "\n  "+line)
	}
	assert.Contains(t, p.stdout, "(default 10s)")

	p = execute(t, nil, "-version")
	assert.Equal(t, 0, p.status)
	assert.Regexp(t, `^turnkeys-contract \S+.*\n$`, p.stdout)
}
