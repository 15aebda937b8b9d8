package conformance

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"slices"
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
	hasBody := c.body != "" || len(c.header["Content-Type"]) > 0
	for _, name := range []string{"Authorization", "Content-Type", "Cookie", "X-Auth-Key", "X-Api-Key", "X-Http-Method-Override"} {
		for _, value := range c.header[name] {
			command = append(command, "-H "+r.quoteForShell(name+": "+value))
		}
		if name == "Content-Type" && hasBody && len(c.header[name]) == 0 {
			command = append(command, "-H Content-Type:") // curl would add one
		}
	}
	if c.chunked {
		command = append(command, "-H 'Transfer-Encoding: chunked'")
	}
	if hasBody {
		command = append(command, "--data-binary "+r.quoteForShell(c.body))
	}
	command = append(command, r.quoteForShell(strings.TrimSuffix(r.BaseURL, "/")+c.path))
	return credentials.Redact(strings.Join(command, " "), r.Token, r.OtherToken)
}

var (
	isPlain       = regexp.MustCompile(`^[\w.:/-]+$`)
	endOfVariable = regexp.MustCompile(`\$\{(\w+)\}"$`)
)

// quoteForShell quotes a text for bash. It is in double quotes if it contains a token, for variables are expanded there.
func (r *run) quoteForShell(text string) string {
	if shown := r.tokens.Replace(text); shown != text {
		return endOfVariable.ReplaceAllString(`"`+shown+`"`, `$$$1"`)
	}
	if isPlain.MatchString(text) {
		return text
	}
	if isControl := func(c rune) bool { return c < ' ' || c == '\uFFFD' || c == 0x7F }; !strings.ContainsFunc(text, isControl) {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	var b strings.Builder
	for _, c := range []byte(text) {
		if c < ' ' || c >= 0x7F || c == '\'' || c == '\\' {
			fmt.Fprintf(&b, `\x%02x`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return "$'" + b.String() + "'"
}

// shellTokens replaces a token, and what the run makes of it, with expressions for bash.
func (t Target) shellTokens() *strings.Replacer {
	var pairs []string
	for _, account := range []struct{ token, variable string }{
		{t.Token, "CLOUDFLARE_API_TOKEN"}, {t.OtherToken, "CLOUDFLARE_OTHER_API_TOKEN"},
	} {
		token, variable := account.token, account.variable
		if token == "" {
			continue
		}
		near, half := nearMisses(token), len(token)/2
		encoded := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
		pairs = append(pairs,
			encoded(token+":"), fmt.Sprintf(`$(printf %%s "${%s}:" | base64 -w0)`, variable),
			encoded("user:"+token), fmt.Sprintf(`$(printf %%s "user:${%s}" | base64 -w0)`, variable),
			token, "${"+variable+"}",
			near.lastChanged, "${"+variable+"%?}"+near.lastChanged[len(token)-1:],
			near.firstChanged, near.firstChanged[:1]+"${"+variable+"#?}",
			changeAt(token, half), fmt.Sprintf("${%s:0:%d}%s${%s:%d}", variable, half, other(token[half]), variable, half+1),
		)
		if len(token) > 1 {
			pairs = append(pairs, cut(token), "${"+variable+"%?}")
		}
		if otherCase(token) != token {
			pairs = append(pairs, otherCase(token), fmt.Sprintf(`$(printf %%s "${%s}" | tr a-zA-Z A-Za-z)`, variable))
		}
	}
	return strings.NewReplacer(slices.Clip(pairs)...)
}
