package conformance_test

import (
	"cmp"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What servers make of names.
var damages = map[string]func(name string) string{
	"are cut after 512 characters":       cutAfter(512),
	"are cut after 1,024 characters":     cutAfter(1024),
	"are trimmed":                        strings.TrimSpace,
	"are in lower case":                  strings.ToLower,
	"are escaped for HTML":               html.EscapeString,
	"are unescaped from HTML":            html.UnescapeString,
	"lose HTML tags":                     replacing("<b>", "", "</b>", ""),
	"get a space for a plus":             replacing("+", " "),
	"are percent-encoded":                url.PathEscape,
	"are composed to NFC":                replacing("e\u0301", "é"),
	"lose characters outside the BMP":    replacing("\U0001F511", ""),
	"are read as Latin-1":                replacing("é", "Ã©"),
	"are escaped for JSON twice":         strconv.QuoteToASCII,
	"have backslashes doubled":           replacing(`\`, `\\`),
	"have single quotes escaped":         replacing(`'`, `\'`),
	"end at a quote":                     func(n string) string { before, _, _ := strings.Cut(n, `"`); return before },
	"get LF for CRLF":                    replacing("\r\n", "\n"),
	"get a space for a tab":              replacing("\t", " "),
	"have $1 expanded":                   replacing("$1", ""),
	"have ${x} expanded":                 replacing("${x}", ""),
	"have commands executed":             replacing("`id`", "root"),
	"are quoted if they are formulas":    func(n string) string { return regexp.MustCompile(`^=`).ReplaceAllString(n, "'=") },
	"are replaced if they are empty":     func(n string) string { return cmp.Or(n, "Untitled") },
	"lose characters that are not ASCII": func(n string) string { return regexp.MustCompile(`[^\x00-\x7f]`).ReplaceAllString(n, "") },
}

var nameFaults = []fault{
	{"a create stores less of the name than it returns", "inconsistent", afterwards(func(c *call) {
		c.key().name = cutAfter(64)(c.key().name)
	}, createOp)},
	{"names are escaped for HTML in lists", "inconsistent", showing(func(_ *call, k object) {
		k["name"] = html.EscapeString(k["name"].(string))
	}, listOp)},
	{"an empty name is missing", "required", showing(func(_ *call, k object) {
		if k["name"] == "" {
			delete(k, "name")
		}
	}, getOp, listOp)},
	{"an empty name is rejected", "good_input_rejected", rejectingName(func(name string) bool { return name == "" })},
	{"names with non-ASCII characters are rejected", "good_input_rejected", rejectingName(func(name string) bool {
		return utf8.RuneCountInString(name) != len(name)
	})},
	{"names with quotes are a 500", "status", returning(failure(500), func(c *call) bool {
		name, _ := c.name()
		return strings.ContainsAny(name, `"'`)
	})},
	{"escapes in JSON are rejected", "good_input_rejected", returning(failure(400), func(c *call) bool {
		return strings.Contains(string(c.body), `\ud83d`)
	})},
	{"a chunked body is taken for none", "wrong_name", storing(func(c *call, k *key) {
		if c.ContentLength < 0 {
			k.name = ""
		}
	})},
	{"a charset is rejected", "good_input_rejected", returning(failure(415), func(c *call) bool {
		return strings.Contains(c.Header.Get("Content-Type"), "charset")
	})},
}

// Names that a server may damage: those that edits give, and parts of those that creates and edits give.
var (
	editedNames = []string{"", " ", "007", "null", "true", "1e3"}
	nameParts   = []string{
		"\x01\x1f\x7f", "\nline\r\n", "<script>", "&lt;", "{{.}}", "%s %d", "%00", "'; DROP TABLE", `\u0041`, "../../",
		"\ufb01", "\u212b", "\u0131", "\ufeff", "\u200d", "\u202e", "\u2028", "\uffff", "\u00a0", "\U0010ffff",
	}
)

func nameWays() []way {
	ways := []way{{"5,000 characters", createOnly, func(c *call) bool { name, _ := c.name(); return len(name) > 4500 }}}
	for _, name := range editedNames {
		ways = append(ways, way{name, []string{editOp}, func(c *call) bool { return c.input()["name"] == name }})
	}
	for _, part := range nameParts {
		ways = append(ways, way{part, createAndEdit, func(c *call) bool { name, _ := c.name(); return strings.Contains(name, part) }})
	}
	return ways
}

func damaging(damage func(*call) bool) plant {
	return storing(func(c *call, k *key) {
		if damage(c) {
			k.name += "damaged"
		}
	})
}

var thoroughNameFaults = []fault{
	{"a missing name is rejected", "good_input_rejected", returning(failure(400), func(c *call) bool {
		return string(c.body) == "{}"
	})},
	{"a missing name is undefined", "wrong_name", storing(func(c *call, k *key) {
		if string(c.body) == "{}" {
			k.name = "undefined"
		}
	})},
	{"an edit to another key's name is rejected", "good_input_rejected", returning(failure(409), (*call).isNameInUse, editOp)},
	{"a create takes a uid that is sent", "bad_input_accepted", taken("uid", func(k *key, uid string) { k.uid = uid }, createOp)},
	{"a create takes a secret that is sent", "bad_input_accepted", taken("key", func(k *key, s string) { k.secret = s }, createOp)},
	{"an edit takes a uid that is sent", "wrong_key", taken("uid", func(k *key, uid string) { k.uid = uid }, editOp)},
	{"an edit takes a time", "inconsistent", taken("created", func(k *key, _ string) { k.created = k.modified }, editOp)},
	{"unknown fields are returned", "additionalProperties", showing(func(c *call, k object) {
		if value, ok := c.input()["unknown"]; ok {
			k["unknown"] = value
		}
	})},
}

// taken takes a field that only the server sets from the request.
func taken(field string, take func(k *key, value string), operation string) plant {
	return storing(func(c *call, k *key) {
		if value, ok := c.input()[field].(string); ok {
			take(k, value)
		}
	}, operation)
}

// rejectingName rejects names that the document allows.
func rejectingName(reject func(name string) bool) plant {
	return returning(failure(400), func(c *call) bool {
		name, ok := c.name()
		return ok && reject(name)
	}, createOp, editOp)
}

func longerThan(n int) func(name string) bool {
	return func(name string) bool { return utf8.RuneCountInString(name) > n }
}

func cutAfter(n int) func(string) string {
	return func(name string) string {
		runes := []rune(name)
		return string(runes[:min(n, len(runes))])
	}
}

func replacing(oldnew ...string) func(string) string { return strings.NewReplacer(oldnew...).Replace }
