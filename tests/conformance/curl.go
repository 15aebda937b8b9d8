package conformance

import (
	"encoding/base64"
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
	for token, v := range map[string]string{t.Token: "CLOUDFLARE_API_TOKEN", t.OtherToken: "CLOUDFLARE_OTHER_API_TOKEN"} {
		if token == "" {
			continue
		}
		near, half := nearMisses(token), len(token)/2
		for _, text := range []string{"%s:", "user:%s"} {
			pairs = append(pairs, base64.StdEncoding.EncodeToString(fmt.Appendf(nil, text, token)),
				fmt.Sprintf(`$(printf %%s "`+text+`" | base64 -w0)`, "${"+v+"}"))
		}
		pairs = append(pairs,
			token, "${"+v+"}",
			near.lastChanged, "${"+v+"%?}"+near.lastChanged[len(token)-1:],
			near.firstChanged, near.firstChanged[:1]+"${"+v+"#?}",
			changeAt(token, half), fmt.Sprintf("${%s:0:%d}%s${%s:%d}", v, half, other(token[half]), v, half+1),
			near.cut, "${"+v+"%?}",
			near.otherCase, fmt.Sprintf(`$(printf %%s "${%s}" | tr a-zA-Z A-Za-z)`, v),
		)
	}
	return strings.NewReplacer(pairs...)
}
