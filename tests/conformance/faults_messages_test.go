package conformance_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// Statuses, headers and bodies of responses.
var messageFaults = []fault{
	{"a delete is a 204", "status", onSuccess(with(empty(204)), deleteOp)},
	{"a get is a 301", "status", onSuccess(with(moved(301, "/elsewhere")), getOp)},
	{"a create is a 500 and makes the key", "side_effect", onAny(with(failure(500)), createOp)},
	{"a list is a 500", "status", onAny(with(failure(500)), listOp)},
	{"a get is a 500", "status", onAny(with(failure(500)), getOp)},
	{"an edit is a 500", "status", onAny(with(failure(500)), editOp)},
	{"a delete is a 500", "status", returning(failure(500), always, deleteOp)},
	{"every second call is a 500", "status", instead(failure(500), func(c *call) bool { return c.calls["all"]%2 == 0 })},
	{"an edit is a 429", "good_input_rejected", returning(failure(429), always, editOp)},
	{"a 429 has no valid Retry-After", "type", limited("soon", nth(1, getOp))},
	{"a get breaks the connection", "no_response", onAny(lost, getOp)},
	{"a create makes the key and breaks the connection", "no_response", onSuccess(lost, createOp)},
	{"a delete deletes the key and breaks the connection", "no_response", onSuccess(lost, deleteOp)},
	{"an edit gets no response", "no_response", taking(10*time.Minute, editOp)},

	{"a second document follows", "json", bytesOf(func(b []byte) []byte { return append(b, `{"success":true}`...) }, createOp)},
	{"a list is truncated", "json", bytesOf(func(b []byte) []byte { return b[:len(b)/2] }, listOp)},
	{"a delete is empty", "body", onSuccess(with(empty(200)), deleteOp)},
	{"a get has no envelope", "required", bare(getOp)},
	{"a get has success false", "enum", envelope("success", false, getOp)},
	{"the envelope has another field", "additionalProperties", envelope("result_info", object{"page": 1}, listOp)},
	{"a create has no secret", "required", showing(func(_ *call, k object) { delete(k, "key") }, createOp)},
	{"a create has the secret twice", "secret", showing(func(_ *call, k object) { k["secret"] = k["key"] }, createOp)},

	{"failures have success true", "enum", onFailure(anyStatus, func(_ *call, r *response) { r.body["success"] = true })},
	{"failures are HTML", "contentType", onFailure(anyStatus, func(_ *call, r *response) { r.replace(page(r.status)) })},
	{"failures are empty", "body", onFailure(403, func(_ *call, r *response) { r.raw = []byte{} })},
}

// bare returns the result without its envelope.
func bare(operation string) plant {
	return onSuccess(func(_ *call, r *response) {
		b := (&response{body: object{"": r.body["result"]}}).encode()
		r.raw = b[len(`{"":`) : len(b)-len("}\n")]
	}, operation)
}

// taking makes calls take some time.
func taking(d time.Duration, operations ...string) plant {
	return func(s *server) {
		s.delay = func(c *call) time.Duration {
			if c.is(operations) {
				return d
			}
			return latency
		}
	}
}

var createAndEdit = []string{createOp, editOp}

// Ways to accept a request body that the document does not allow.
var bodyWays = []way{
	{"null as the name", createAndEdit, nameIs(nil)},
	{"a number as the name", createAndEdit, nameIs(1.5)},
	{"true as the name", createOnly, nameIs(true)},
	{"false as the name", []string{editOp}, nameIs(false)},
	{"an array as the name", createOnly, func(c *call) bool { _, ok := c.input()["name"].([]any); return ok }},
	{"an object as the name", []string{editOp}, func(c *call) bool { _, ok := c.input()["name"].(object); return ok }},
	{"deeply nested arrays", createOnly, func(c *call) bool { return bytes.Contains(c.body, []byte("[[[[")) }},
	{"an empty array", createOnly, func(c *call) bool { return string(c.body) == "[]" }},
	{"an object in an array", []string{editOp}, func(c *call) bool { return bytes.HasPrefix(c.body, []byte("[{")) }},
	{"a string", createOnly, bodyIs[string]},
	{"a number", createOnly, bodyIs[float64]},
	{"a boolean", createOnly, bodyIs[bool]},
	{"null", createAndEdit, func(c *call) bool { return string(bytes.TrimSpace(c.body)) == "null" }},
	{"no body", createAndEdit, func(c *call) bool { return len(c.body) == 0 }},
	{"single quotes", createAndEdit, repaired("'", `"`, "name:", `"name":`)},
	{"a truncated body", createOnly, func(c *call) bool { return json.Valid([]byte(string(c.body) + "}")) }},
	{"a trailing comma", createOnly, repaired(",}", "}")},
	{"a comment", createOnly, func(c *call) bool { return strings.HasPrefix(c.extra(), "//") }},
	{"a second document", createAndEdit, func(c *call) bool { return strings.HasPrefix(c.extra(), "{") }},
	{"invalid UTF-8", createOnly, func(c *call) bool { return !utf8.Valid(c.body) }},
	{"text/plain", createAndEdit, contentType("text/plain")},
	{"text/json", createOnly, contentType("text/json")},
	{"no content type", createOnly, contentType("")},
	{"a form", createOnly, contentType("application/x-www-form-urlencoded")},
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
	{"an invalid body is a 403", "wrong_status", onBadBody(with(failure(403)))},
	{"an invalid body is a 200 with success false", "bad_input_accepted", onBadBody(with(failure(200)))},
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
