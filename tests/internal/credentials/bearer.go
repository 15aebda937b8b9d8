// Package credentials recognizes tokens and secrets in what the fake and the checker see, and hides them in what they
// print.
package credentials

import "regexp"

const token = `[0-9A-Za-z._~+/-]+=*`

var (
	// Token matches a bearer token (RFC 6750).
	Token = regexp.MustCompile("^" + token + "$")
	// Bearer matches an Authorization header that has a bearer token, and captures the token.
	Bearer = regexp.MustCompile("^(?i:bearer) +(" + token + ")$")
)
