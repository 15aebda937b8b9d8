package conformance

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// namePrefix is in the name of every key that a run creates. Each run adds digits of its own.
const namePrefix = "turnkeys-contract-"

// The lengths of awkward names: beyond the limits that servers have for short texts (64, 100, 128, 255 and 256 characters),
// and, for a server that says so, not.
const (
	longestName = 300
	shorterName = 180
)

// awkward returns a name that is easily damaged.
func awkward(name string, length int) string {
	const damaged = `  "quoted" 'too' \back\\slash <b>&amp;</b> 100%20+1 cafe` + "\u0301 \U0001F511 \u9375 "
	text := " " + name + damaged
	return text + strings.Repeat("x", length-1-utf8.RuneCountInString(text)) + " "
}

// newInvalidToken returns a token of the form that Cloudflare's have, and that none has.
func newInvalidToken() string {
	const length = 40
	return (namePrefix + "invalid-" + randomHex(length))[:length]
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, says its documentation
	return hex.EncodeToString(b)
}
