package conformance_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

var createAndEdit = []string{createOp, editOp}

// Ways to accept a request body that the document does not allow.
var bodyWays = []way{
	{"null as the name", createAndEdit, nameIs(nil)},
	{"a number as the name", createAndEdit, nameIs(1.5)},
	{"true as the name", createAndEdit, nameIs(true)},
	{"false as the name", createAndEdit, nameIs(false)},
	{"an array as the name", createAndEdit, func(c *call) bool { _, ok := c.input()["name"].([]any); return ok }},
	{"an object as the name", createAndEdit, func(c *call) bool { _, ok := c.input()["name"].(object); return ok }},
	{"deeply nested arrays", []string{createOp}, func(c *call) bool { return bytes.Contains(c.body, []byte("[[[[")) }},
	{"an array", createAndEdit, bodyIs[[]any]},
	{"a string", []string{createOp}, bodyIs[string]},
	{"a number", []string{createOp}, bodyIs[float64]},
	{"a boolean", []string{createOp}, bodyIs[bool]},
	{"null", createAndEdit, func(c *call) bool { return string(bytes.TrimSpace(c.body)) == "null" }},
	{"no body", createAndEdit, func(c *call) bool { return len(c.body) == 0 }},
	{"single quotes", createAndEdit, repaired("'", `"`, "name:", `"name":`)},
	{"a truncated body", createAndEdit, func(c *call) bool { return json.Valid([]byte(string(c.body) + "}")) }},
	{"a trailing comma", []string{createOp}, repaired(",}", "}")},
	{"a comment", []string{createOp}, func(c *call) bool { return strings.HasPrefix(c.extra(), "//") }},
	{"a second document", createAndEdit, func(c *call) bool { return strings.HasPrefix(c.extra(), "{") }},
	{"invalid UTF-8", createAndEdit, func(c *call) bool { return !utf8.Valid(c.body) }},
	{"text/plain", createAndEdit, contentType("text/plain")},
	{"text/json", []string{createOp}, contentType("text/json")},
	{"no content type", createAndEdit, contentType("")},
	{"a form", createAndEdit, contentType("application/x-www-form-urlencoded")},
}

// reading accepts invalid bodies, and reads an empty name.
func reading(accept func(*call) bool) plant {
	return func(s *server) {
		s.readName = func(c *call) (string, error) {
			name, err := readName(c)
			if err != nil && accept(c) {
				return "", nil
			}
			return name, err
		}
	}
}

func nameIs(value any) func(*call) bool {
	return func(c *call) bool {
		name, ok := c.input()["name"]
		return ok && name == value
	}
}

func bodyIs[T any](c *call) bool {
	value, err := decode(c.body)
	_, ok := value.(T)
	return ok && err == nil
}

func repaired(oldnew ...string) func(*call) bool {
	return func(c *call) bool {
		return !json.Valid(c.body) && json.Valid([]byte(strings.NewReplacer(oldnew...).Replace(string(c.body))))
	}
}

func contentType(value string) func(*call) bool {
	return func(c *call) bool { return c.Header.Get("Content-Type") == value && len(c.body) > 0 }
}

// extra returns what follows the first JSON document of the body.
func (c *call) extra() string {
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	var first any
	if decoder.Decode(&first) != nil {
		return ""
	}
	return strings.TrimSpace(string(c.body[decoder.InputOffset():]))
}

var thoroughBodyFaults = []fault{
	{"a rejected body makes a key", "side_effect", onBadBody(func(c *call, _ *response) { c.add(newUID("", c.nth), "") }, createOp)},
	{"a rejected body makes a key of the last name", "side_effect", onBadBody(func(c *call, _ *response) {
		c.add(newUID("bad", c.nth), c.other().name)
	}, createOp)},
	{"a rejected body clears the name", "inconsistent", onBadBody(func(c *call, _ *response) { c.key().name = "" }, editOp)},
	{"a rejected body moves modified", "inconsistent", onBadBody(func(c *call, _ *response) { c.key().modified = c.now() }, editOp)},
	{"a rejected body deletes the key", "wrong_status", onBadBody(func(c *call, _ *response) { c.account.remove(c.keyID) }, editOp)},
	{"a rejected body deletes another key", "side_effect", onBadBody(func(c *call, _ *response) { c.account.remove(c.other().uid) })},
	{"an invalid body is a 500", "status", onBadBody(with(failure(500)))},
	{"an invalid body is a 200 with success false", "bad_input_accepted", onBadBody(with(failure(200)))},
	{"an invalid body is a 403", "wrong_status", onBadBody(with(failure(403)))},
	{"an invalid body is a 404", "wrong_status", onBadBody(with(failure(404)))},
	{"an invalid body gets no envelope", "required", onBadBody(func(_ *call, r *response) { r.body = object{"error": "bad"} })},
	{"an invalid body seems to make a key", "bad_input_accepted", onBadBody(func(c *call, r *response) {
		shown := c.show(c.newKey("", c.now()))
		shown["key"] = digest("nothing", c.nth)
		r.replace(success(201, shown))
	}, createOp)},
}

// onBadBody changes what happens when a create or an edit is rejected.
func onBadBody(f func(*call, *response), operations ...string) plant {
	return onFailure(400, func(c *call, r *response) {
		if c.operation == createOp || c.operation == editOp && c.account.index(c.keyID) >= 0 {
			f(c, r)
		}
	}, operations...)
}
