package conformance_test

import (
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// What becomes of a name on its way into the account and out of it.
var nameFaults = []fault{
	{"names are cut after 255 characters", "wrong_name", names(cutAfter(255))},
	{"names are cut after 512 characters", "wrong_name", names(cutAfter(512))},
	{"names are cut after 1,024 characters", "wrong_name", names(cutAfter(1024))},
	{"a create stores less of the name than it returns", "inconsistent", afterwards(func(c *call) {
		c.key().name = cutAfter(64)(c.key().name)
	}, createOp)},
	{"an edit returns the name and stores it trimmed", "inconsistent", afterwards(func(c *call) {
		c.key().name = strings.TrimSpace(c.key().name)
	}, editOp)},
	{"names are trimmed", "wrong_name", names(strings.TrimSpace)},
	{"names lose doubled spaces", "wrong_name", names(func(n string) string { return strings.ReplaceAll(n, "  ", " ") })},
	{"names are in lower case", "wrong_name", names(strings.ToLower)},
	{"names are escaped for HTML", "wrong_name", names(html.EscapeString)},
	{"names are escaped for HTML in lists", "inconsistent", showing(func(_ *call, k object) {
		k["name"] = html.EscapeString(k["name"].(string))
	}, listOp)},
	{"names are unescaped from HTML", "wrong_name", names(html.UnescapeString)},
	{"names lose HTML tags", "wrong_name", names(func(n string) string { return regexp.MustCompile(`<[^>]*>`).ReplaceAllString(n, "") })},
	{"names get a space for a plus", "wrong_name", names(replacing("+", " "))},
	{"names are decoded as a query", "wrong_name", names(func(n string) string {
		decoded, err := url.QueryUnescape(n)
		if err != nil {
			return n
		}
		return decoded
	})},
	{"names are percent-encoded", "wrong_name", names(url.PathEscape)},
	{"names are composed to NFC", "wrong_name", names(replacing("e\u0301", "é"))},
	{"names lose characters outside the BMP", "wrong_name", names(func(n string) string {
		return regexp.MustCompile(`[\x{10000}-\x{10ffff}]`).ReplaceAllString(n, "")
	})},
	{"names are read as Latin-1", "wrong_name", names(func(n string) string {
		var read []rune
		for _, b := range []byte(n) {
			read = append(read, rune(b))
		}
		return string(read)
	})},
	{"names are escaped for JSON twice", "wrong_name", names(strconv.QuoteToASCII)},
	{"names have backslashes doubled", "wrong_name", names(replacing(`\`, `\\`))},
	{"names have single quotes escaped", "wrong_name", names(replacing(`'`, `\'`))},
	{"names end at a quote", "wrong_name", names(func(n string) string { before, _, _ := strings.Cut(n, `"`); return before })},
	{"names get LF for CRLF", "wrong_name", names(replacing("\r\n", "\n"))},
	{"names get a space for a tab", "wrong_name", names(replacing("\t", " "))},
	{"names have $1 expanded", "wrong_name", names(replacing("$1", ""))},
	{"names have ${x} expanded", "wrong_name", names(replacing("${x}", ""))},
	{"names have commands executed", "wrong_name", names(replacing("`id`", "root"))},
	{"names that are formulas are quoted", "wrong_name", names(func(n string) string { return regexp.MustCompile(`^=`).ReplaceAllString(n, "'=") })},
	{"an empty name is replaced", "wrong_name", names(exactly("", "Untitled"))},
	{"an empty name is shown as the uid", "wrong_name", showing(func(_ *call, k object) {
		if k["name"] == "" {
			k["name"] = k["uid"]
		}
	})},
	{"an empty name is missing", "required", showing(func(_ *call, k object) {
		if k["name"] == "" {
			delete(k, "name")
		}
	}, getOp, listOp)},
	{"an empty name is rejected", "good_input_rejected", rejectingName(func(name string) bool { return name == "" })},
	{"names with non-ASCII characters are rejected", "good_input_rejected", rejectingName(func(name string) bool {
		return utf8.RuneCountInString(name) != len(name)
	})},
	{"names with quotes are a 500", "status", failing(crash(), func(c *call) bool {
		name, _ := c.name()
		return strings.ContainsAny(name, `"'`)
	})},
	{"escapes in JSON are rejected", "good_input_rejected", failing(failure(400, codeBadBody), func(c *call) bool {
		return strings.Contains(string(c.body), `\ud83d`)
	})},
	{"a chunked body is taken for none", "wrong_name", storing(func(c *call, k *key) {
		if c.ContentLength < 0 {
			k.name = ""
		}
	})},
	{"a charset is rejected", "good_input_rejected", failing(failure(415, codeBadBody), func(c *call) bool {
		return strings.Contains(c.Header.Get("Content-Type"), "charset")
	})},
}

// Names that a server may damage.
var nameWays = []way{
	{"an empty name", editOnly, named("")},
	{"a blank name", editOnly, named(" ")},
	{"a number", editOnly, named("007")},
	{"null", editOnly, named("null")},
	{"true", editOnly, named("true")},
	{"a number in exponential form", editOnly, named("1e3")},
	{"control characters", createAndEdit, naming("\x01\x1f\x7f")},
	{"a line break", createAndEdit, naming("\nline\r\n")},
	{"HTML", createAndEdit, naming("<script>")},
	{"HTML escapes", createAndEdit, naming("&lt;")},
	{"a template", createAndEdit, naming("{{.}}")},
	{"a format", createAndEdit, naming("%s %d")},
	{"SQL", createAndEdit, naming("'; DROP TABLE")},
	{"a path", createAndEdit, naming("../../")},
	{"a ligature", createAndEdit, naming("\ufb01")},
	{"a dotless i", createAndEdit, naming("\u0131")},
	{"a byte order mark", createAndEdit, naming("\ufeff")},
	{"joiners", createAndEdit, naming("\u200d")},
	{"line separators", createAndEdit, naming("\u2028")},
	{"a noncharacter", createAndEdit, naming("\uffff")},
	{"the last character", createAndEdit, naming("\U0010ffff")},
	{"5,000 characters", createOnly, func(c *call) bool { name, _ := c.name(); return len(name) > 4500 }},
}

func named(name string) func(*call) bool {
	return func(c *call) bool { return c.input()["name"] == name }
}

func naming(part string) func(*call) bool {
	return func(c *call) bool { name, _ := c.name(); return strings.Contains(name, part) }
}

func TestTheThoroughPlanNoticesEachDamagedName(t *testing.T) {
	noticesWays(t, "wrong_name", nameWays, func(s *server, damage func(*call) bool) {
		storing(func(c *call, k *key) {
			if damage(c) {
				k.name += "damaged"
			}
		})(s)
	})
}

var thoroughNameFaults = []fault{
	{"a missing name is rejected", "good_input_rejected", failing(failure(400, codeBadBody), func(c *call) bool {
		return string(c.body) == "{}"
	})},
	{"a missing name is undefined", "wrong_name", storing(func(c *call, k *key) {
		if string(c.body) == "{}" {
			k.name = "undefined"
		}
	})},
	{"an edit to another key's name is rejected", "good_input_rejected", failing(conflict(), (*call).isNameInUse, editOp)},
	{"a create takes the uid from the request", "bad_input_accepted", storing(func(c *call, k *key) {
		if uid, ok := c.input()["uid"].(string); ok {
			k.uid = uid
		}
	}, createOp)},
	{"a create takes the secret from the request", "bad_input_accepted", storing(func(c *call, k *key) {
		if secret, ok := c.input()["key"].(string); ok {
			k.secret = secret
		}
	}, createOp)},
	{"an edit takes created from the request", "inconsistent", storing(func(c *call, k *key) {
		if _, ok := c.input()["created"]; ok {
			k.created = k.created.AddDate(-10, 0, 0)
		}
	}, editOp)},
	{"an edit takes the uid from the request", "wrong_key", showing(func(c *call, k object) {
		if uid, ok := c.input()["uid"]; ok {
			k["uid"] = uid
		}
	}, editOp)},
	{"unknown fields come back", "additionalProperties", showing(func(c *call, k object) {
		if value, ok := c.input()["unknown"]; ok {
			k["unknown"] = value
		}
	})},
}

// names changes the names that creates and edits store.
func names(f func(string) string) plant {
	return storing(func(_ *call, k *key) { k.name = f(k.name) })
}

// rejectingName rejects names that the document allows.
func rejectingName(reject func(name string) bool) plant {
	return failing(failure(400, codeBadBody), func(c *call) bool {
		name, ok := c.name()
		return ok && reject(name)
	}, createOp, editOp)
}

func cutAfter(n int) func(string) string {
	return func(name string) string {
		runes := []rune(name)
		return string(runes[:min(n, len(runes))])
	}
}

func replacing(oldnew ...string) func(string) string { return strings.NewReplacer(oldnew...).Replace }

func exactly(name, other string) func(string) string {
	return func(n string) string {
		if n == name {
			return other
		}
		return n
	}
}
