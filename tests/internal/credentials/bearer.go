// Package credentials recognizes ids, tokens and secrets in what the fake and the checker see, and hides tokens and
// secrets in what they print.
package credentials

import "regexp"

const characters = `[0-9A-Za-z._~+/-]+=*`

var (
	// ID matches the id of an account or a key.
	ID = regexp.MustCompile("^[0-9a-f]{32}$")
	// Token matches a bearer token (RFC 6750).
	Token = regexp.MustCompile("^" + characters + "$")
	// Bearer matches an Authorization header that has a bearer token, and captures the token.
	Bearer = regexp.MustCompile("^(?i:bearer) +(" + characters + ")$")
)
