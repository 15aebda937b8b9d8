// Package credentials tells tokens and secrets in what the fake and the checker see, and hides them in what they print.
package credentials

import "regexp"

// Bearer matches an Authorization header that holds a bearer token (RFC 6750), and captures the token.
var Bearer = regexp.MustCompile(`^Bearer ([0-9A-Za-z._~+/-]+=*)$`)
