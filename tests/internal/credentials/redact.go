package credentials

import (
	"regexp"
	"strings"
)

// ShortestSecret is the length from which a text counts as a secret. Shorter ones are placeholders such as "key" and
// "test", which stand in any text.
const ShortestSecret = 8

// turnKeySecret is the form of a TURN key's secret, within a longer text too.
var turnKeySecret = regexp.MustCompile(`[0-9a-fA-F]{64}`)

// Redact replaces the secrets in a text, and whatever has the form of a TURN key's secret.
func Redact(text string, secrets ...string) string {
	for _, secret := range secrets {
		if len(secret) >= ShortestSecret {
			text = strings.ReplaceAll(text, secret, "[redacted]")
		}
	}
	return turnKeySecret.ReplaceAllString(text, "[redacted]")
}
