package conformance

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// namePrefix is in the name of every key that a run creates. Each run adds digits of its own.
const namePrefix = "turnkeys-contract-"

// damaged is text that servers are known to damage. Some reject control characters, so the shorter name has none.
const (
	control = "\r\n\n\ttab\r\n"
	damaged = `  "quoted" 'too' \back\\slash <b>&amp;</b> 100%20+1 $1 $HOME ${x} ` + "`id`" + ` Upper café cafe` + "\u0301 \U0001F511 \u9375 "
)

// The lengths of names: beyond the limits that servers have for short texts (64, 100, 128, 255 and 256 characters), beyond
// those for longer ones (512 and 1,024), and, for a server that rejects these, not.
const (
	awkwardLength = 300
	longLength    = 1100
	shorterName   = 180
)

// awkward returns a name that is easily damaged.
func awkward(name string) string { return padded(" "+name+damaged+control, awkwardLength) + " " }

// long returns another, which begins as a formula does.
func long(name string) string {
	return padded("=1+1 "+name+" edited"+damaged+control, longLength) + " "
}

func plain(name string, length int) string { return padded(" "+name+damaged, length) + " " }

func padded(text string, length int) string {
	return text + strings.Repeat("x", max(0, length-1-utf8.RuneCountInString(text)))
}

// isDocumentedID matches the ids that the document permits.
var isDocumentedID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// escaped returns a text as JSON, with escapes for what is not ASCII.
func escaped(text string) string {
	var b strings.Builder
	for _, c := range quote(text) {
		if c <= unicode.MaxASCII {
			b.WriteRune(c)
			continue
		}
		for _, unit := range utf16.Encode([]rune{c}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// nearTokens are invalid tokens that are nearly right.
type nearTokens struct{ lastChanged, firstChanged, cut, longer, otherCase string }

func nearMisses(token string) nearTokens {
	near := nearTokens{changeLast(token), changeFirst(token), cut(token), token + "0", otherCase(token)}
	if near.otherCase == token {
		near.otherCase = newInvalidToken()
	}
	if near.cut == "" {
		near.cut = newInvalidToken()
	}
	return near
}

func cut(text string) string { return text[:len(text)-1] }

func changeLast(text string) string { return changeAt(text, len(text)-1) }

func changeFirst(text string) string { return changeAt(text, 0) }

func changeAt(text string, i int) string { return text[:i] + other(text[i]) + text[i+1:] }

// other returns another character, which fits an id or a token where the first one does.
func other(c byte) string {
	if c == '0' {
		return "1"
	}
	return "0"
}

func otherCase(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsUpper(c) {
			return unicode.ToLower(c)
		}
		return unicode.ToUpper(c)
	}, text)
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

// composed replaces what the run's names contain of letters that have two forms.
var composed = strings.NewReplacer("e\u0301", "\u00e9", "A\u030a", "\u00c5", "\u212b", "\u00c5", "\ufb01", "fi", "\u00a0", " ")

// howItDiffers says in which way a name is not the one in the request.
func howItDiffers(shown, asked string) string {
	unescaped, _ := url.QueryUnescape(shown)
	switch {
	case shown == "":
		return "it is empty"
	case shown == strings.TrimSpace(asked):
		return "it is trimmed"
	case strings.HasPrefix(asked, shown):
		return fmt.Sprintf("it is cut after %d characters", utf8.RuneCountInString(shown))
	case composed.Replace(shown) == composed.Replace(asked):
		return "it is in another normal form"
	case strings.EqualFold(shown, asked):
		return "it is in another case"
	case html.UnescapeString(shown) == asked:
		return "it is escaped for HTML"
	case unescaped == asked:
		return "it is escaped for a URL"
	case strings.Contains(shown, asked):
		return "it has additions"
	}
	n := 0
	for i, c := range asked {
		if !strings.HasPrefix(shown[min(i, len(shown)):], string(c)) {
			break
		}
		n++
	}
	return fmt.Sprintf("it differs from character %d on", n+1)
}
