package conformance_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Servers that do what the document leaves open, each in its own way.
var unusualControls = []scenario{
	{"the reference", func(*server) {}},
	{"the live API as reported", asReported},
	{"a wrong token is a 401", func(s *server) {
		onFailure(http.StatusForbidden, func(_ *call, a *answer) { a.status = http.StatusUnauthorized })(s)
		header("WWW-Authenticate", "Bearer")(s)
	}},
	{"a wrong token is a 400 with code 9106", onFailure(http.StatusForbidden, func(_ *call, a *answer) {
		a.replace(failure(http.StatusBadRequest, 9106, "Missing authentication headers"))
	})},
	{"a deleted key is a 410", onFailure(http.StatusNotFound, func(_ *call, a *answer) { a.status = http.StatusGone })},
	{"failures have {} as result", failed(func(a *answer) { a.body["result"] = object{} })},
	{"failures have a code below 1000", failed(func(a *answer) { a.body["errors"] = []object{{"code": 42, "message": "no"}} })},
	{"failures point and explain", failed(func(a *answer) {
		for _, e := range a.body["errors"].([]object) {
			e["documentation_url"], e["source"] = "https://developers.example/errors", object{"pointer": "/name"}
		}
	})},
	{"delete's failures have no body", changing(func(_ *call, a *answer) {
		if !a.ok() {
			a.raw, a.header["Content-Type"] = []byte{}, nil
		}
	}, deleteOp)},
	{"successes have messages", envelope("messages", []object{{"code": 1234, "message": "A notice"}})},
	{"times have an offset", func(s *server) {
		s.timestamp = func(t time.Time) string {
			return t.In(time.FixedZone("", 2*60*60)).Format("2006-01-02T15:04:05.000000-07:00")
		}
	}},
	{"times are in whole seconds", func(s *server) { s.timestamp = func(t time.Time) string { return t.Format(time.RFC3339) } }},
	{"times lose zeros at the end", layout("2006-01-02T15:04:05.999999Z")},
	{"the clock moves every 100 ms", ticking(100 * time.Millisecond)},
	{"the clock moves every 5 s", ticking(5 * time.Second)},
	{"an edit to the same name changes nothing", func(s *server) {
		s.around(func(c *call, next operation) *answer {
			name, err := readName(c)
			if k, ok := s.find(c); ok && err == nil && k.name == name {
				return success(http.StatusOK, s.show(c, k))
			}
			return next(c)
		}, editOp)
	}},
	{"the clock moves every 5 s, and an edit to the same name changes nothing", func(s *server) {
		ticking(5 * time.Second)(s)
		s.around(func(c *call, next operation) *answer {
			name, err := readName(c)
			if k, ok := s.find(c); ok && err == nil && k.name == name {
				return success(http.StatusOK, s.show(c, k))
			}
			return next(c)
		}, editOp)
	}},
	{"names of more than 255 characters are refused", refusing(func(_ object, name string) bool {
		return utf8.RuneCountInString(name) > 255
	}, createOp, editOp)},
	{"odd addresses are the home page", oddly(http.StatusOK)},
	{"keys have the token in their names", func(s *server) {
		s.accounts[accountID].keys[0].name = "made with " + token
	}},
	{"the clock is two hours behind, and says so", func(s *server) {
		s.timestamp = clock(s.timestamp, -2*time.Hour)
		s.after(func(_ *call, a *answer) { a.header.Set("Date", s.now().Add(-2*time.Hour).Format(http.TimeFormat)) })
	}},
	{"the clock is 20 s behind", func(s *server) { s.timestamp = clock(s.timestamp, -20*time.Second) }},
	{"the clock is 20 s ahead", func(s *server) { s.timestamp = clock(s.timestamp, 20*time.Second) }},
	{"list shows the newest key first", listed(func(keys []object) []object { slices.Reverse(keys); return keys })},
	{"list has another order each time", listed(func(keys []object) []object {
		rand.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		return keys
	})},
	{"the account is empty", holding(0, "")},
	{"the account holds 999 keys", holding(999, "one of many")},
	{"the account holds keys of other runs", holding(5, "turnkeys-contract-0123456789abcdef0123456789abcdef")},
	{"the account holds keys with strange names", func(s *server) {
		holding(0, "")(s)
		for _, name := range []string{"", " ", "\u2028", "null", strings.Repeat("ü", 3000), "<b>😀</b>"} {
			s.accounts[accountID].keys = append(s.accounts[accountID].keys, s.newKey(name, s.now().AddDate(-1, 0, 0)))
		}
	}},
	{"uids count", uids(func(n int) string { return fmt.Sprintf("%032x", n) })},
	{"uids begin with the time", uids(func(n int) string { return fmt.Sprintf("%012x", time.Now().UnixMilli()) + digest("uuid7", n)[:20] })},
	{"answers are indented", bytesOf(func(b []byte) []byte {
		var indented bytes.Buffer
		if json.Indent(&indented, b, "", "  ") != nil {
			return b
		}
		return indented.Bytes()
	})},
	{"answers escape whatever they can", bytesOf(func(b []byte) []byte {
		var escaped bytes.Buffer
		for _, r := range string(b) {
			switch {
			case r > 0xFFFF:
				fmt.Fprintf(&escaped, `\u%04x\u%04x`, 0xD800+(r-0x10000)>>10, 0xDC00+(r-0x10000)&0x3FF)
			case r > 0x7E || r == '/' || r == '<':
				fmt.Fprintf(&escaped, `\u%04x`, r)
			default:
				escaped.WriteRune(r)
			}
		}
		return escaped.Bytes()
	})},
	{"answers say charset=UTF-8", header("Content-Type", "application/json;charset=UTF-8")},
	{"answers have many headers", func(s *server) {
		for name, value := range map[string]string{
			"Server": "cloudflare", "Set-Cookie": "__cf_bm=abc; path=/; HttpOnly", "X-Frame-Options": "DENY", "Vary": "Accept-Encoding",
			"ETag": `W/"` + digest("etag", 1) + `"`, "Strict-Transport-Security": "max-age=31536000", "CF-Cache-Status": "DYNAMIC",
			"Ratelimit": `"default";r=50;t=30`, "Ratelimit-Policy": `"burst";q=100;w=60`, "Connection": "close", "Content-Language": "en",
		} {
			header(name, value)(s)
		}
	}},
	{"answers are packed", func(s *server) {
		s.after(func(c *call, a *answer) {
			if strings.Contains(c.Header.Get("Accept-Encoding"), "gzip") {
				var packed bytes.Buffer
				w := gzip.NewWriter(&packed)
				_, _ = w.Write(a.encode())
				_ = w.Close()
				a.raw = packed.Bytes()
				a.header.Set("Content-Encoding", "gzip")
			}
		})
	}},
	{"unknown fields are refused", refusing(func(input object, _ string) bool {
		delete(input, "name")
		return len(input) > 0
	}, createOp, editOp)},
	{"bad bodies are a 422", onFailure(http.StatusBadRequest, func(_ *call, a *answer) { a.status = http.StatusUnprocessableEntity }, createOp, editOp)},
	{"wrong content types are a 415", onFailure(http.StatusBadRequest, func(c *call, a *answer) {
		if !strings.HasPrefix(c.Header.Get("Content-Type"), "application/json") {
			a.status = http.StatusUnsupportedMediaType
		}
	}, createOp, editOp)},
	{"bodies are looked at before tokens", func(s *server) {
		s.instead = func(c *call) *answer {
			if _, err := readName(c); err != nil && (c.operation == createOp || c.operation == editOp) {
				return failure(http.StatusBadRequest, codeBadBody, "A bad body")
			}
			return nil
		}
	}},
	{"bodies are looked at before keys", around(func(c *call, next operation) *answer {
		if _, err := readName(c); err != nil {
			return failure(http.StatusBadRequest, codeBadBody, "A bad body")
		}
		return next(c)
	}, editOp)},
	{"names of more than 1,000 characters are refused", refusing(func(_ object, name string) bool {
		return utf8.RuneCountInString(name) > 1000
	}, createOp, editOp)},
	{"malformed ids are a 404 with the code for a key", func(s *server) {
		s.resolve = func(c *call) (string, bool) { return c.keyID, true }
	}},
	{"malformed ids are a 404 with the code for a route", func(s *server) {
		s.after(func(c *call, a *answer) {
			if c.keyID != "" && !idPattern.MatchString(c.keyID) {
				a.replace(failure(http.StatusNotFound, codeUnroutable, "Could not route"))
			}
		})
	}},
	{"an account that does not exist is a 404", unknownAccount(func(*server, *call) *answer {
		return failure(http.StatusNotFound, codeUnroutable, "Could not route")
	})},
	{"the other account's keys are a 403", func(s *server) {
		onFailure(http.StatusNotFound, func(c *call, a *answer) {
			if s.accounts[secondAccountID].index(c.keyID) >= 0 {
				a.replace(unauthorized())
			}
		}, getOp, editOp, deleteOp)(s)
	}},
	{"undocumented methods are a 404", func(s *server) {
		s.operations[""] = func(*call) *answer { return failure(http.StatusNotFound, codeUnroutable, "Could not route") }
	}},
	{"undocumented paths are a 403", func(s *server) { s.operations[""] = func(*call) *answer { return unauthorized() } }},
	{"undocumented methods are a 405 without a body", func(s *server) {
		s.operations[""] = func(*call) *answer {
			return &answer{status: http.StatusMethodNotAllowed, header: http.Header{"Allow": {"GET"}}, raw: []byte{}}
		}
	}},
	{"odd addresses are pages", oddly(http.StatusNotFound)},
	{"odd addresses are moved", oddly(http.StatusMovedPermanently)},
	{"OPTIONS is a 204", unroutedWhen(func(c *call) bool { return c.Method == http.MethodOptions }, func(*call, *server) *answer {
		return &answer{status: http.StatusNoContent, raw: []byte{}, header: http.Header{
			"Access-Control-Allow-Origin": {"*"}, "Access-Control-Allow-Methods": {"GET, POST, PUT, DELETE"},
		}}
	})},
	{"a trailing slash makes no difference", func(s *server) {
		slashed("", func(c *call, s *server) *answer {
			slashless := c.Clone(c.Context())
			slashless.URL.Path = strings.TrimSuffix(c.URL.Path, "/")
			if c.operation = route(slashless).operation; c.operation == "" {
				return unrouted(c)
			}
			return s.perform(c)
		})(s)
	}},
	{"a trailing slash is a redirect", func(s *server) {
		slashed("", func(c *call, _ *server) *answer {
			location := strings.TrimSuffix(c.URL.Path, "/")
			return &answer{status: http.StatusPermanentRedirect, header: http.Header{"Location": {location}}, raw: []byte{}}
		})(s)
	}},
	{"unknown query parameters are refused", changing(func(c *call, a *answer) {
		if a.ok() && c.URL.RawQuery != "" {
			a.replace(failure(http.StatusBadRequest, codeOther, "An unknown parameter"))
		}
	}, listOp, getOp)},
	{"the scheme is Bearer in just this case", func(s *server) {
		allowed := s.allowed
		s.allowed = func(c *call) bool { return allowed(c) && strings.HasPrefix(c.Header.Get("Authorization"), "Bearer ") }
	}},
	{"edit without a name leaves the name", func(s *server) {
		s.readEdit(func(input object, before string) (string, bool) { _, ok := input["name"]; return before, !ok })
	}},
	{"any charset is taken for UTF-8", taking(func(c *call, value any, err error) (string, bool) {
		return nameOf(value), err == nil && strings.Contains(c.Header.Get("Content-Type"), "charset")
	})},
	{"CF-Ray is missing from list", changing(func(_ *call, a *answer) { a.header.Del("CF-Ray") }, listOp)},
	{"a success has errors", envelope("errors", []object{{"code": 1000, "message": "odd"}}, editOp)},
	{"calls at once get one 429 each", func(s *server) {
		seen := 0
		limited("1", func(_ *server, c *call) bool {
			if c.crowd > 1 && seen < 8 {
				seen++
				return true
			}
			return false
		})(s)
	}},
}

// asReported answers as the live API has been seen to, where that is not as documented.
func asReported(s *server) {
	wellFormed := regexp.MustCompile(`^[0-9A-Za-z_-]{40}$`)
	onFailure(http.StatusForbidden, func(c *call, a *answer) {
		if !wellFormed.MatchString(c.token) {
			a.replace(failure(http.StatusBadRequest, 6003, "Invalid request headers"))
			chain := []object{{"code": 6111, "message": "Invalid format for Authorization header"}}
			a.body["errors"].([]object)[0]["error_chain"] = chain
		}
		delete(a.body, "messages")
		delete(a.body, "result")
	})(s)
	eachResult(func(_ *call, result object) {
		result["secret"] = result["key"]
		delete(result, "key")
	}, createOp)(s)
}

// oddly answers what is not an address of the document's with a page.
func oddly(status int) func(*server) {
	return func(s *server) {
		s.instead = func(c *call) *answer {
			if c.operation != "" && idPattern.MatchString(c.accountID) && (c.keyID == "" || idPattern.MatchString(c.keyID)) {
				return nil
			}
			return htmlPage(status)
		}
	}
}

// ticking rounds the times that are shown.
func ticking(tick time.Duration) func(*server) {
	return func(s *server) {
		show := s.timestamp
		s.timestamp = func(t time.Time) string { return show(t.Truncate(tick)) }
	}
}

func clock(show func(time.Time) string, off time.Duration) func(time.Time) string {
	return func(t time.Time) string { return show(t.Add(off)) }
}

// holding puts n keys into the account in place of those that it holds.
func holding(n int, name string) func(*server) {
	return func(s *server) {
		a := s.accounts[accountID]
		a.keys, a.states = nil, nil
		for range n {
			a.keys = append(a.keys, s.newKey(name, s.now().AddDate(0, -1, 0)))
		}
		s.remember()
	}
}
