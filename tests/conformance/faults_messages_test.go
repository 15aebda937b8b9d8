package conformance_test

import (
	"bytes"
	"time"
)

// Statuses, headers and bodies of responses.
var messageFaults = []fault{
	{"a delete is a 204", "status", onSuccess(with(empty(204)), deleteOp)},
	{"a get is a 301", "status", onSuccess(func(c *call, r *response) {
		r.status = 301
		r.header.Set("Location", c.URL.Path+"/")
	}, getOp)},
	{"a create is a 500 and makes the key", "side_effect", onAny(with(failure(500)), createOp)},
	{"a list is a 500", "status", onAny(with(failure(500)), listOp)},
	{"a get is a 500", "status", onAny(with(failure(500)), getOp)},
	{"an edit is a 500", "status", onAny(with(failure(500)), editOp)},
	{"a delete is a 500", "status", returning(failure(500), always, deleteOp)},
	{"every second call is a 500", "status", onAny(func(c *call, r *response) {
		if c.calls["all"]%2 == 0 {
			r.replace(failure(500))
		}
	})},
	{"an edit is a 429", "good_input_rejected", returning(failure(429), always, editOp)},
	{"a 429 says to wait for no time", "type", limited("soon", nth(1, getOp))},
	{"a get breaks the connection", "no_response", onAny(lost, getOp)},
	{"a create makes the key and breaks the connection", "no_response", onSuccess(lost, createOp)},
	{"a delete deletes the key and breaks the connection", "no_response", onSuccess(lost, deleteOp)},
	{"an edit gets no response", "no_response", taking(10*time.Minute, editOp)},

	{"a get is text/plain", "contentType", header("Content-Type", "text/plain", getOp)},
	{"a second document follows", "json", bytesOf(func(b []byte) []byte { return append(b, `{"success":true}`...) }, createOp)},
	{"a field appears twice", "duplicate", bytesOf(replacingBytes(`"uid":`, `"uid":"another","uid":`), createOp)},
	{"a list is truncated", "json", bytesOf(func(b []byte) []byte { return b[:len(b)/2] }, listOp)},
	{"a delete is empty", "body", onSuccess(with(empty(200)), deleteOp)},
	{"a get contains invalid UTF-8", "json", bytesOf(replacingBytes(`"name":"`, "\"name\":\"\xff"), getOp)},
	{"a get has no envelope", "required", bare(getOp)},
	{"a list has no envelope", "type", bare(listOp)},
	{"a list returns an object", "type", envelope("result", object{"turn_keys": []object{}}, listOp)},
	{"a get has success false", "enum", envelope("success", false, getOp)},
	{"an edit has malformed errors", "type", envelope("errors", []object{{"code": "1000"}}, editOp)},
	{"the envelope has another field", "additionalProperties", envelope("result_info", object{"page": 1}, listOp)},
	{"a key has another field", "additionalProperties", setting("status", "active", getOp)},
	{"a create has no secret", "required", showing(func(_ *call, k object) { delete(k, "key") }, createOp)},
	{"a create has the secret twice", "secret", showing(func(_ *call, k object) { k["secret"] = k["key"] }, createOp)},

	{"failures have success true", "enum", onFailure(anyStatus, func(_ *call, r *response) { r.body["success"] = true })},
	{"failures have no errors", "minItems", onFailure(anyStatus, func(_ *call, r *response) { r.body["errors"] = []object{} })},
	{"failures have a string as the code", "type", onFailure(anyStatus, func(_ *call, r *response) {
		r.body["errors"] = []object{{"code": "10000", "message": "no"}}
	})},
	{"failures are HTML", "contentType", onFailure(anyStatus, func(_ *call, r *response) { r.replace(page(r.status)) })},
	{"failures are empty", "body", onFailure(403, func(_ *call, r *response) { r.raw = []byte{} })},
}

func replacingBytes(old, with string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(with), 1) }
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
