package conformance

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// curl returns a command for bash that repeats the request. The tokens are variables in it.
func (r *run) curl(c call) string {
	command := []string{"curl -X " + c.Method}
	if c.Method == http.MethodHead {
		command[0] = "curl --head"
	}
	if strings.Contains(c.path, "/../") {
		command = append(command, "--path-as-is")
	}
	for _, name := range []string{"Authorization", "Content-Type", "Cookie", "X-Auth-Key", "X-Api-Key", "X-Http-Method-Override"} {
		for _, value := range c.header[name] {
			command = append(command, "-H "+r.forShell(name+": "+value))
		}
	}
	if c.chunked {
		command = append(command, "-H 'Transfer-Encoding: chunked'")
	}
	if c.body != "" || c.header["Content-Type"] != nil {
		if len(c.header["Content-Type"]) == 0 {
			command = append(command, "-H Content-Type:") // curl would add one
		}
		command = append(command, "--data-binary "+r.forShell(c.body))
	}
	command = append(command, r.forShell(strings.TrimSuffix(r.BaseURL, "/")+c.path))
	return credentials.Redact(strings.Join(command, " "), r.Token, r.OtherToken)
}

// forShell quotes a text for bash: in double quotes if it contains a token, for variables are expanded there.
func (r *run) forShell(text string) string {
	if shown := r.tokens.Replace(text); shown != text {
		return `"` + shown + `"`
	}
	if utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl) {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	escaped := strconv.Quote(text)
	return "$'" + strings.ReplaceAll(escaped[1:len(escaped)-1], "'", `\'`) + "'"
}

// shellTokens replaces a token, and what the run makes of it, with expressions for bash.
func (t Target) shellTokens() *strings.Replacer {
	var pairs []string
	for _, v := range [][2]string{{t.Token, "CLOUDFLARE_API_TOKEN"}, {t.OtherToken, "CLOUDFLARE_OTHER_API_TOKEN"}} {
		token, name := v[0], v[1]
		if len(token) < 2 {
			continue
		}
		pairs = append(pairs,
			basic(token), fmt.Sprintf(`$(printf %%s "${%[1]s}:${%[1]s}" | base64 -w0)`, name),
			token, "${"+name+"}",
			changeLast(token), "${"+name+"%?}"+other(token[len(token)-1]),
			changeFirst(token), other(token[0])+"${"+name+"#?}",
			cut(token), "${"+name+"%?}",
			strings.ToUpper(token), fmt.Sprintf(`$(printf %%s "${%s}" | tr a-z A-Z)`, name),
		)
	}
	return strings.NewReplacer(pairs...)
}
