package credentials

import (
	"regexp"
	"strings"
)

// ShortestSecret is the minimum length of a secret. Shorter ones are placeholders such as "key" and "test", which any
// text may contain.
const ShortestSecret = 8

// turnKeySecret matches whatever looks like the secret of a TURN key, even inside a longer text.
var turnKeySecret = regexp.MustCompile(`[0-9a-fA-F]{64}`)

// Redact replaces the secrets in a text, and whatever looks like the secret of a TURN key.
func Redact(text string, secrets ...string) string {
	for _, secret := range secrets {
		if len(secret) >= ShortestSecret {
			text = strings.ReplaceAll(text, secret, "[redacted]")
		}
	}
	return turnKeySecret.ReplaceAllString(text, "[redacted]")
}
