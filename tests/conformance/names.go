package conformance

import (
	"crypto/rand"
	"encoding/hex"
	"regexp"
	"strings"
	"unicode/utf8"
)

// namePrefix is in the name of every key that a run creates. Each run adds digits of its own.
const namePrefix = "turnkeys-contract-"

var validUID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// awkwardLength is beyond the limits that servers have for short texts: 64, 100, 128, 255 and 256 characters.
const awkwardLength = 300

// awkward returns a name of 300 characters that is easily damaged.
func awkward(name string) string {
	const damaged = `  "quoted" 'too' \back\\slash <b>&amp;</b> 100%20+1 cafe` + "\u0301 \U0001F511 \u9375 "
	text := " " + name + damaged
	return text + strings.Repeat("x", awkwardLength-1-utf8.RuneCountInString(text)) + " "
}

// newRefusedToken returns a token of the form that Cloudflare's have, and that none has.
func newRefusedToken() string {
	const length = 40
	return (namePrefix + "refused-" + randomHex(length))[:length]
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, says its documentation
	return hex.EncodeToString(b)
}
