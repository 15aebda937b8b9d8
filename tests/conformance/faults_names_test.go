package conformance_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What becomes of a name on its way into the account and out of it.
var nameFaults = []scenario{
	{"names are cut at 64 characters", names(cutAt(64))},
	{"names are cut at 255 characters", names(cutAt(255))},
	{"create answers the whole name and stores 64 characters of it", onSuccess(func(c *call, _ *answer) {
		c.created().name = cutAt(64)(c.created().name)
	}, createOp)},
	{"edit answers the whole name and stores it trimmed", onSuccess(func(c *call, _ *answer) {
		c.edited().name = strings.TrimSpace(c.edited().name)
	}, editOp)},
	{"names are trimmed", names(strings.TrimSpace)},
	{"names lose doubled spaces", names(func(n string) string { return strings.Join(strings.Fields(n), " ") })},
	{"names are in lower case", names(strings.ToLower)},
	{"names are escaped for HTML", names(html.EscapeString)},
	{"names are escaped for HTML in list alone", eachResult(func(_ *call, result object) {
		result["name"] = html.EscapeString(result["name"].(string))
	}, listOp)},
	{"names are unescaped from HTML", names(html.UnescapeString)},
	{"names lose HTML tags", names(func(n string) string { return regexp.MustCompile(`<[^>]*>`).ReplaceAllString(n, "") })},
	{"names get a space for a plus", names(replacing("+", " "))},
	{"names are decoded from a query", names(func(n string) string {
		if decoded, err := url.QueryUnescape(n); err == nil {
			return decoded
		}
		return n
	})},
	{"names are percent-encoded", names(url.PathEscape)},
	{"names are composed to NFC", names(compose)},
	{"names lose what is beyond the BMP", names(func(n string) string { return mapped(n, func(r rune) bool { return r > 0xFFFF }, -1) })},
	{"names are read as Latin-1", names(func(n string) string {
		var read []rune
		for _, b := range []byte(n) {
			read = append(read, rune(b))
		}
		return string(read)
	})},
	{"names are escaped as in JSON, twice", names(func(n string) string { q := strconv.QuoteToASCII(n); return q[1 : len(q)-1] })},
	{"names have backslashes doubled", names(replacing(`\`, `\\`))},
	{"names have quotes escaped", names(replacing(`"`, `\"`, `'`, `\'`))},
	{"names end at a quote", names(func(n string) string { before, _, _ := strings.Cut(n, `"`); return before })},
	{"names lose line ends and tabs", names(replacing("\n", "", "\r", "", "\t", ""))},
	{"an empty name is replaced", names(func(n string) string {
		if n == "" {
			return "Untitled"
		}
		return n
	})},
	{"an empty name is replaced by the uid in answers", eachResult(func(_ *call, result object) {
		if result["name"] == "" {
			result["name"] = result["uid"]
		}
	})},
	{"an empty name is shown as null", eachResult(func(_ *call, result object) {
		if result["name"] == "" {
			result["name"] = nil
		}
	})},
	{"an empty name is left out", eachResult(func(_ *call, result object) {
		if result["name"] == "" {
			delete(result, "name")
		}
	}, getOp, listOp)},
	{"an empty name is refused", refusing(func(_ object, name string) bool { return name == "" }, createOp, editOp)},
	{"a missing name is refused", refusing(func(input object, _ string) bool { return input["name"] == nil }, createOp, editOp)},
	{"a missing name is undefined", func(s *server) {
		s.readName = func(c *call) (string, error) {
			name, err := readName(c)
			if value, _ := decode(c.body); err == nil && value.(object)["name"] == nil {
				return "undefined", nil
			}
			return name, err
		}
	}},
	{"names of more than ASCII are refused", refusing(func(_ object, name string) bool { return utf8.RuneCountInString(name) != len(name) }, createOp, editOp)},
	{"names with quotes fail", around(func(c *call, next operation) *answer {
		if name, _ := readName(c); strings.ContainsAny(name, `"'`) {
			return failure(http.StatusInternalServerError, codeOther, "Syntax error")
		}
		return next(c)
	}, createOp, editOp)},
	{"names that look like numbers become numbers", eachResult(func(_ *call, result object) {
		if n, err := strconv.Atoi(result["name"].(string)); err == nil {
			result["name"] = strconv.Itoa(n)
		}
	})},
	{"the name null is an empty one", names(func(n string) string {
		if n == "null" {
			return ""
		}
		return n
	})},
	{"an edit to the name it has fails", func(s *server) {
		s.around(func(c *call, next operation) *answer {
			name, err := readName(c)
			if before, ok := c.before(c.keyID); ok && err == nil && before.name == name {
				return failure(http.StatusConflict, codeOther, "Nothing to change")
			}
			return next(c)
		}, editOp)
	}},
	{"an edit to another key's name fails", func(s *server) {
		s.around(func(c *call, next operation) *answer {
			name, err := readName(c)
			if err == nil && slices.ContainsFunc(c.others(), func(k *key) bool { return k.name == name }) {
				return failure(http.StatusConflict, codeOther, "The name is taken")
			}
			return next(c)
		}, editOp)
	}},
}

// names changes the name that create and edit store.
func names(f func(string) string) func(*server) {
	return func(s *server) { s.keep = func(_ *call, name string) string { return f(name) } }
}

// refusing refuses some input that the document permits.
func refusing(refuse func(input object, name string) bool, operations ...string) func(*server) {
	return around(func(c *call, next operation) *answer {
		name, err := readName(c)
		if err != nil {
			return next(c)
		}
		if input, _ := decode(c.body); refuse(input.(object), name) {
			return failure(http.StatusBadRequest, codeBadBody, "The name will not do")
		}
		return next(c)
	}, operations...)
}

func cutAt(n int) func(string) string {
	return func(name string) string {
		runes := []rune(name)
		return string(runes[:min(n, len(runes))])
	}
}

func replacing(oldnew ...string) func(string) string { return strings.NewReplacer(oldnew...).Replace }

func mapped(s string, which func(rune) bool, to rune) string {
	return strings.Map(func(r rune) rune {
		if which(r) {
			return to
		}
		return r
	}, s)
}

// compose does for some accents what NFC does for all.
var compose = replacing("a\u0300", "à", "a\u0301", "á", "a\u0308", "ä", "a\u030a", "å", "c\u0327", "ç", "e\u0300", "è", "e\u0301", "é",
	"e\u0302", "ê", "e\u0308", "ë", "i\u0301", "í", "i\u0308", "ï", "n\u0303", "ñ", "o\u0301", "ó", "o\u0308", "ö", "u\u0301", "ú", "u\u0308", "ü",
	"A\u030a", "Å", "E\u0301", "É", "O\u0308", "Ö", "U\u0308", "Ü")
