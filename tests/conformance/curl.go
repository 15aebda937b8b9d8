package conformance

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// curl returns a command for bash that repeats the request. The tokens are variables in it.
func (r *run) curl(c call) string {
	command := []string{"curl -X " + c.Method}
	if c.Method == http.MethodHead {
		command[0] = "curl --head"
	}
	if strings.ContainsAny(c.path, "*[]{}") || strings.Contains(c.path, "/../") {
		command = append(command, "--globoff --path-as-is")
	}
	for _, name := range []string{"Authorization", "Content-Type", "Cookie", "X-Auth-Key", "X-Api-Key", "X-Http-Method-Override"} {
		for _, value := range c.header[name] {
			command = append(command, "-H "+r.forShell(name+": "+value))
		}
	}
	if c.chunked {
		command = append(command, "-H 'Transfer-Encoding: chunked'")
	}
	if c.hasBody() && len(c.header["Content-Type"]) == 0 {
		command = append(command, "-H Content-Type:") // curl would add one
	}
	if c.hasBody() {
		command = append(command, "--data-binary "+r.forShell(c.body))
	}
	command = append(command, r.forShell(strings.TrimSuffix(r.BaseURL, "/")+c.path))
	return credentials.Redact(strings.Join(command, " "), r.Token, r.OtherToken)
}

var (
	isPlain       = regexp.MustCompile(`^[\w.:/-]+$`)
	isPrintable   = regexp.MustCompile(`^[^\x00-\x1f\x7f\x{FFFD}]*$`)
	endOfVariable = regexp.MustCompile(`\$\{(\w+)\}"$`)
)

// forShell quotes a text for bash: in double quotes if it contains a token, for variables are expanded there.
func (r *run) forShell(text string) string {
	shown := r.tokens.Replace(text)
	switch {
	case shown != text:
		return endOfVariable.ReplaceAllString(`"`+shown+`"`, `$$$1"`)
	case isPlain.MatchString(text):
		return text
	case isPrintable.MatchString(text):
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	quoted := []byte("$'")
	for _, c := range []byte(text) {
		if c < ' ' || c >= 0x7F || c == '\'' || c == '\\' {
			quoted = fmt.Appendf(quoted, `\x%02x`, c)
		} else {
			quoted = append(quoted, c)
		}
	}
	return string(quoted) + "'"
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
