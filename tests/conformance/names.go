package conformance

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// namePrefix is in the name of every key that a run creates. Each run adds digits of its own.
const namePrefix = "turnkeys-contract-"

// damaged is text that servers are known to damage. Some reject control characters, so the shorter name has none.
const (
	control = "\r\n\n\ttab\r\n"
	damaged = `  "quoted" 'too' \back\\slash <b>&amp;</b> 100%20+1 $1 $HOME ${x} ` + "`id`" + ` Upper café cafe` + "\u0301 \U0001F511 \u9375 "
)

// awkward returns a name that is easily damaged, beyond the limits that servers have for short texts (64, 100, 128, 255
// and 256 characters).
func awkward(name string) string { return padded(" "+name+damaged+control, 300) }

// long returns another, beyond the limits for longer ones (512 and 1,024), which begins as a formula does.
func long(name string) string { return padded("=1+1 "+name+" edited"+damaged+control, 1100) }

// shorter returns one for servers that reject these.
func shorter(name string) string { return padded(" "+name+damaged, 180) }

// padded makes a text so long, with a blank at its end.
func padded(text string, length int) string {
	return text + strings.Repeat("x", max(0, length-1-utf8.RuneCountInString(text))) + " "
}

// escaped returns a name of the default plan as JSON in ASCII. Go escapes it as JSON does, but for what is beyond U+FFFF.
func escaped(name string) string {
	return strings.ReplaceAll(strconv.QuoteToASCII(name), `\U0001f511`, `\ud83d\udd11`)
}

func cut(text string) string { return text[:len(text)-1] }

func changeLast(text string) string { return cut(text) + other(text[len(text)-1]) }

func changeFirst(text string) string { return other(text[0]) + text[1:] }

// other returns another character, which fits an id or a token where the first one does.
func other(c byte) string {
	if c == '0' {
		return "1"
	}
	return "0"
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, says its documentation
	return hex.EncodeToString(b)
}

// composed replaces what the run's names contain of letters that have two forms.
var composed = strings.NewReplacer("e\u0301", "\u00e9", "A\u030a", "\u00c5", "\u212b", "\u00c5", "\ufb01", "fi", "\u00a0", " ")

// howItDiffers says in which way a name is not the one in the request, without showing it.
func howItDiffers(shown, asked string) string {
	fromURL, _ := url.QueryUnescape(shown)
	a, b, same := []rune(shown), []rune(asked), 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	switch {
	case shown == "":
		return "it is empty"
	case shown == strings.TrimSpace(asked):
		return "it is trimmed"
	case same == len(a):
		return fmt.Sprintf("it is truncated after %d characters", same)
	case composed.Replace(shown) == composed.Replace(asked):
		return "it has another Unicode normal form"
	case html.UnescapeString(shown) == asked || fromURL == asked:
		return "it is escaped"
	}
	return fmt.Sprintf("it differs starting at character %d, where %+.1q was sent", same+1, string(b[same:]))
}
