// Package credentials recognizes ids, tokens and secrets in what the fake and the checker see, and hides tokens and
// secrets in what they print.
package credentials

import (
	"fmt"
	"regexp"
	"strings"
)

const characters = `[0-9A-Za-z._~+/-]+=*`

var (
	// ID matches the id of an account or a key.
	ID = regexp.MustCompile("^[0-9a-f]{32}$")
	// Token matches a bearer token (RFC 6750).
	Token = regexp.MustCompile("^" + characters + "$")
	// Bearer matches an Authorization header that has a bearer token, and captures the token.
	Bearer = regexp.MustCompile("^(?i:bearer) +(" + characters + ")$")

	unset = regexp.MustCompile(`^(?i:null|undefined|nil|none)$|^(?i:your)[_-]|^([A-Z]+_)*(TOKEN|KEY)$`)
)

// BearerProblem returns what is wrong with the Authorization headers of a request that needs a bearer token, or "".
func BearerProblem(headers []string) string {
	token := Bearer.FindStringSubmatch(strings.Join(headers, "\n"))
	switch {
	case len(headers) == 0:
		return "the bearer token is missing"
	case len(headers) > 1:
		return fmt.Sprintf("the header appears %d times", len(headers))
	case token == nil:
		return `want "Bearer", a space and a token`
	case unset.MatchString(token[1]):
		return "the token looks like an unset variable or a placeholder"
	}
	return ""
}
