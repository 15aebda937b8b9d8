package conformance_test

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
)

// request is what counts of a request for repeating it.
func request(method, url, authorization, body string) string {
	return strings.Join([]string{method, url, authorization, body}, "\x01")
}

func TestTheCommandOfEachViolationRepeatsTheRequestInBash(t *testing.T) {
	sent := map[string]bool{}
	goal := loopback(true)
	tr := try(t, goal, letting(always), func(s *server) {
		s.readName = func(c *call) (string, error) { return string(c.body), nil }
		s.instead = func(c *call) *response {
			sent[request(c.Method, c.URL.String(), c.Header.Get("Authorization"), string(c.body))] = true
			return nil
		}
	})
	require.NoError(t, tr.err)
	script := strings.Builder{}
	script.WriteString("curl() { printf '%s\\x02' \"$@\"; printf '\\x03'; }\n")
	for _, v := range tr.report.Violations {
		for _, o := range append([]conformance.Occurrence{v.Occurrence}, v.Also...) {
			assert.NotContains(t, o.Command, token)
			assert.NotContains(t, o.Command, secondToken)
			script.WriteString(o.Command + "\n")
		}
	}
	command := exec.CommandContext(t.Context(), "bash", "-c", script.String())
	command.Env = []string{"PATH=/usr/bin:/bin", "CLOUDFLARE_API_TOKEN=" + token, "CLOUDFLARE_OTHER_API_TOKEN=" + secondToken}
	printed, err := command.CombinedOutput()
	require.NoError(t, err, string(printed))
	commands := strings.Split(strings.TrimSuffix(string(printed), "\x03"), "\x03")
	assert.Greater(t, len(commands), 100)
	for _, c := range commands {
		var method, authorization, body string
		arguments := strings.Split(strings.TrimSuffix(c, "\x02"), "\x02")
		for i, a := range arguments {
			switch {
			case a == "-X":
				method = arguments[i+1]
			case a == "--head":
				method = http.MethodHead
			case a == "--data-binary":
				body = arguments[i+1]
			case strings.HasPrefix(a, "Authorization: "):
				authorization = strings.TrimPrefix(a, "Authorization: ")
			}
		}
		if !strings.Contains(body, "[redacted]") { // what looks like a secret
			assert.True(t, sent[request(method, arguments[len(arguments)-1], authorization, body)], c)
		}
	}
}
