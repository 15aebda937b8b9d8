package conformance_test

import (
	"bytes"
	"net/http"
	"time"
)

// Statuses, headers and bytes of answers.
var messageFaults = []scenario{
	{"create answers 200", answering(http.StatusOK, createOp)},
	{"get answers 203", answering(http.StatusNonAuthoritativeInfo, getOp)},
	{"delete answers 204", onSuccess(func(_ *call, a *answer) { a.status, a.raw = http.StatusNoContent, []byte{} }, deleteOp)},
	{"create always answers 500", onSuccess(crash, createOp)},
	{"create answers 500 and makes the key", changing(crash, createOp)},
	{"list always answers 500", changing(crash, listOp)},
	{"get always answers 500", changing(crash, getOp)},
	{"edit always answers 500", changing(crash, editOp)},
	{"delete always answers 500", around(func(c *call, _ operation) *answer { return crashing(c, nil) }, deleteOp)},
	{"every second call answers 500", func(s *server) {
		s.changes = append(s.changes, func(c *call, a *answer) {
			if s.calls["all"]%2 == 0 {
				crash(c, a)
			}
		})
	}},
	{"edit always answers 429", around(func(*call, operation) *answer {
		return failure(http.StatusTooManyRequests, codeOther, "Too many requests")
	}, editOp)},
	{"delete of a key answers 400", around(func(*call, operation) *answer {
		return failure(http.StatusBadRequest, codeOther, "The key is in use")
	}, deleteOp)},
	{"get answers 301", onSuccess(func(c *call, a *answer) {
		a.status = http.StatusMovedPermanently
		a.header.Set("Location", c.URL.Path+"/")
	}, getOp)},

	{"get is text/plain", header("Content-Type", "text/plain", getOp)},
	{"create has no content type", changing(func(_ *call, a *answer) { a.header.Del("Content-Type") }, createOp)},
	{"edit is in Latin-1", header("Content-Type", "application/json; charset=iso-8859-1", editOp)},
	{"a header holds the secret", onSuccess(func(c *call, a *answer) { a.header.Set("X-Key", c.created().secret) }, createOp)},
	{"a second document follows create", bytesOf(func(b []byte) []byte { return append(b, `{"success":true}`...) }, createOp)},
	{"garbage follows list", bytesOf(func(b []byte) []byte { return append(b, "</body>"...) }, listOp)},
	{"a byte order mark precedes get", bytesOf(func(b []byte) []byte { return append([]byte("\ufeff"), b...) }, getOp)},
	{"edit has its fields twice", bytesOf(func(b []byte) []byte { return bytes.Replace(b, []byte(`"name":`), []byte(`"name":"x","name":`), 1) }, editOp)},
	{"create has the uid twice", bytesOf(func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"uid":`), []byte(`"uid":"00000000000000000000000000000000","uid":`), 1)
	}, createOp)},
	{"list is cut off", bytesOf(func(b []byte) []byte { return b[:len(b)/2] }, listOp)},
	{"delete is empty", onSuccess(func(_ *call, a *answer) { a.raw = []byte{} }, deleteOp)},
	{"get holds invalid UTF-8", bytesOf(func(b []byte) []byte { return bytes.Replace(b, []byte(`"name":"`), []byte("\"name\":\"\xff"), 1) }, getOp)},
	{"get is not enveloped", bare(getOp)},
	{"get answers in a list", onSuccess(func(_ *call, a *answer) { a.body["result"] = a.results() }, getOp)},
	{"edit answers with null", result(nil, editOp)},
	{"delete answers with only the uid", onSuccess(func(c *call, a *answer) { a.body["result"] = object{"uid": c.keyID} }, deleteOp)},
	{"list answers with null for no keys", func(s *server) {
		holding(0, "")(s)
		onSuccess(func(_ *call, a *answer) {
			if len(a.results()) == 0 {
				a.body["result"] = nil
			}
		}, listOp)(s)
	}},
	{"list answers with an object of keys", onSuccess(func(_ *call, a *answer) { a.body["result"] = object{"turn_keys": a.results()} }, listOp)},
	{"success is false with a 200", envelope("success", false, getOp)},
	{"success is a string", envelope("success", "true", editOp)},
	{"success is missing", lacking("success", deleteOp)},
	{"messages are missing", lacking("messages", getOp)},
	{"messages are strings", envelope("messages", []string{"hello"}, listOp)},
	{"a 429 asks to wait for no time", func(s *server) {
		limited("soon", func(_ *server, c *call) bool { return c.operation == getOp && c.nth == 1 })(s)
	}},
	{"a success has errors that are malformed", envelope("errors", []object{{"code": "1000"}}, editOp)},
	{"the envelope has another field", envelope("result_info", object{"page": 1, "count": 2}, listOp)},
	{"a result has another field", eachResult(func(_ *call, result object) { result["status"] = "active" }, getOp)},
	{"get lacks created", eachResult(func(_ *call, result object) { delete(result, "created") }, getOp)},
	{"create lacks the secret", eachResult(func(_ *call, result object) { delete(result, "key") }, createOp)},
	{"create has the secret as null", eachResult(func(_ *call, result object) { result["key"] = nil }, createOp)},
	{"create has the secret twice", eachResult(func(_ *call, result object) { result["secret"] = result["key"] }, createOp)},
	{"edit has uid as id", eachResult(func(_ *call, result object) { result["id"] = result["uid"]; delete(result, "uid") }, editOp)},
	{"get has a name that is null", eachResult(func(_ *call, result object) { result["name"] = nil }, getOp)},
	{"failures have success true", failed(func(a *answer) { a.body["success"] = true })},
	{"failures have no errors", failed(func(a *answer) { a.body["errors"] = []object{} })},
	{"failures have a string as error", failed(func(a *answer) { a.body["errors"] = []string{"no"} })},
	{"failures have a code that is a string", failed(func(a *answer) { a.body["errors"] = []object{{"code": "10000", "message": "no"}} })},
	{"get breaks the connection", around(func(*call, operation) *answer { panic(http.ErrAbortHandler) }, getOp)},
	{"create makes the key and breaks the connection", onSuccess(func(*call, *answer) { panic(http.ErrAbortHandler) }, createOp)},
	{"delete deletes the key and breaks the connection", onSuccess(func(*call, *answer) { panic(http.ErrAbortHandler) }, deleteOp)},
	{"edit never answers", stuck(editOp)},
	{"failures are in HTML", failed(func(a *answer) { a.page(a.status) })},
	{"failures are empty", onFailure(http.StatusForbidden, func(_ *call, a *answer) { a.raw = []byte{} })},
	{"failures are text", failed(func(a *answer) { a.raw = []byte("not found\n"); a.header.Set("Content-Type", "text/plain") })},
	{"a failure tells the secret", onFailure(http.StatusForbidden, func(c *call, a *answer) {
		if c.account != nil {
			a.body["errors"] = []object{{"code": codeUnauthorized, "message": "want " + c.created().secret}}
		}
	}, getOp)},
}

func answering(status int, operations ...string) func(*server) {
	return onSuccess(func(_ *call, a *answer) { a.status = status }, operations...)
}

// bare sends a result without its envelope.
func bare(operation string) func(*server) {
	return onSuccess(func(_ *call, a *answer) {
		b := (&answer{body: object{"": a.body["result"]}}).encode()
		a.raw = b[len(`{"":`) : len(b)-len("}\n")]
	}, operation)
}

func result(result any, operations ...string) func(*server) {
	return onSuccess(func(_ *call, a *answer) { a.body["result"] = result }, operations...)
}

func envelope(field string, value any, operations ...string) func(*server) {
	return onSuccess(func(_ *call, a *answer) { a.body[field] = value }, operations...)
}

func lacking(field string, operations ...string) func(*server) {
	return onSuccess(func(_ *call, a *answer) { delete(a.body, field) }, operations...)
}

func stuck(operation string) func(*server) {
	return func(s *server) {
		s.delay = func(c *call) time.Duration {
			if c.operation == operation {
				return 10 * time.Minute
			}
			return latency
		}
	}
}

// failed changes the answers to documented operations that the reference refuses.
func failed(f func(*answer)) func(*server) {
	return changing(func(_ *call, a *answer) {
		if !a.ok() {
			f(a)
		}
	})
}
