package tests_test

import (
	"fmt"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// nested is a value so many levels deep.
func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

var notTheEnvelope = []behaviour{
	{name: "HTML in a 200", answer: page("200 OK"), want: unreadable(200).saying("the response is not one JSON document: "), lost: true},
	{name: "good JSON that says it is HTML", answer: reply("200 OK", testkit.Success("RESULT"), "Content-Type: text/html"), want: works},
	{name: "nothing", answer: ok(""), want: unreadable(200), lost: true},
	{name: "null", answer: ok("null"), want: unreadable(200), lost: true},
	{name: "an empty object", answer: ok("{}"), want: unreadable(200).saying("the response does not say success: true"), lost: true},
	{name: "a string", answer: ok(`"` + testkit.Secret + `"`), want: unreadable(200), lost: true, kept: true},
	{name: "the result without its envelope", answer: ok("RESULT"), want: unreadable(200), lost: true, kept: true},
	{name: "two documents", answer: ok(testkit.Success("RESULT") + testkit.Success("RESULT")), want: unreadable(200), saved: true},
	{name: "leading garbage", answer: ok(")]}',\n" + testkit.Success("RESULT")), want: unreadable(200), lost: true, kept: true},
	{name: "a byte order mark", answer: ok("\ufeff" + testkit.Success("RESULT")), want: unreadable(200), saved: true},
	{name: "deep nesting", answer: ok(`{"x":` + nested(100_000) + `,"result":RESULT,"success":true}`), want: unreadable(200), lost: true, kept: true},
	{name: "deep nesting that never closes", answer: ok(strings.Repeat(`{"result":`, 100_000)), want: unreadable(200), lost: true},
	{name: "nesting that is not too deep", answer: ok(`{"x":` + nested(1000) + `,"result":RESULT,"success":true}`), want: works},
	{name: "unknown fields", answer: ok(`{"new":{"a":[1]},"result":RESULT,"success":true,"errors":[],"result_info":{"count":1}}`), want: works},
	{name: "neither errors nor messages", answer: ok(`{"result":RESULT,"success":true}`), want: works},
	{name: "null for errors and messages", answer: ok(`{"errors":null,"messages":null,"result":RESULT,"success":true}`), want: works},
	{name: "success true, then false", answer: ok(`{"success":true,"result":RESULT,"success":false}`), want: unreadable(200), lost: true, kept: true},
	{name: "a result, then null", only: "create", answer: ok(`{"result":RESULT,"result":null,"success":true}`), saved: true},
	{name: "no success", answer: ok(`{"errors":[],"messages":[],"result":RESULT}`), want: unreadable(200), saved: true},
	{name: "success false without a reason", answer: ok(`{"success":false,"errors":[],"result":RESULT}`), want: unreadable(200), lost: true, kept: true},
	{name: "success false with a reason", answer: ok(testkit.Failure("1000", "no")), want: refused(200).withCode(1000), lost: true},
	{name: "success false with a result", answer: ok(`{"success":false,"errors":[{"code":1000,"message":"no"}],"result":RESULT}`), want: refused(200).withCode(1000), lost: true, kept: true},
	{name: "success true with errors", answer: ok(`{"success":true,"errors":[{"code":1000,"message":"no"}],"result":RESULT}`), want: works},
	{name: "success false in a 404, twice", answer: reply("404 Not Found", testkit.Failure("20008", "x")+testkit.Failure("20008", "x")), want: refused(404, turnkeys.ErrNotFound)},
	{name: "control characters in a message", answer: reply("409 Conflict", `{"errors":[{"code":1000,"message":"a\r\nb\u0000\u001b[31m\u2028\u202e"}]}`), want: refused(409).withCode(1000)},
	{name: "invalid UTF-8 in a message", answer: reply("409 Conflict", "{\"errors\":[{\"code\":1000,\"message\":\"a\xff\xfe\xc3\"}]}"), want: refused(409).withCode(1000)},
	{name: "a message of 64 KiB", answer: reply("409 Conflict", testkit.Failure("1000", strings.Repeat("é", 1<<15))), want: refused(409).withCode(1000)},
	{name: "ten thousand errors", answer: reply("409 Conflict", `{"success":false,"errors":[{"code":1000,"message":"m"},{"code":20008,"message":"gone"}`+strings.Repeat(`,{"code":1000,"message":"m"}`, 10_000)+`]}`), want: refused(409, turnkeys.ErrNotFound).withCode(1000)},
	{name: "an error that cannot be read before one that can", answer: reply("409 Conflict", `{"errors":[{"code":"x"},{"code":20008,"message":"gone"}]}`), want: refused(409, turnkeys.ErrNotFound)},
	{name: "a CF-Ray of a KiB", answer: reply("410 Gone", "", "CF-Ray: "+strings.Repeat("\xff", 1024)), want: refused(410)},
	{name: "the token in its status line", answer: cut("HTTP/1.1 " + testkit.Token + "\r\n\r\n"), want: unanswered(), lost: true},
}

var notTheResult = []behaviour{
	{name: "a null result", only: "create get edit delete", answer: ok(testkit.Success("null")), want: unreadable(200), lost: true},
	{name: "a null list", only: "list", answer: ok(testkit.Success("null")), want: yields([]turnkeys.Key{})},
	{name: "an empty list", only: "list", answer: ok(testkit.Success("[]")), want: yields([]turnkeys.Key{})},
	{name: "no result", answer: ok(`{"errors":[],"messages":[],"success":true}`), want: unreadable(200).saying("the response has no result"), lost: true},
	{name: "an empty object as result", answer: ok(testkit.Success("{}")), want: unreadable(200), lost: true},
	{name: "the result in an array", only: "create get edit delete", answer: ok(testkit.Success("[RESULT]")), want: unreadable(200), lost: true, kept: true},
	{name: "one key for a list", only: "list", answer: ok(testkit.Success(testkit.KeyJSON)), want: unreadable(200).saying("the response has the wrong JSON type at \"result\"")},
	{name: "a nameless object in a list", only: "list", answer: ok(testkit.Success("[{}," + testkit.KeyJSON + "]")), want: unreadable(200).saying("the response has no result with a uid")},
	{name: "the secret for result", only: "create get edit delete", answer: ok(testkit.Success(`"` + testkit.Secret + `"`)), want: unreadable(200), lost: true, kept: true},
	{name: "a key without timestamps and name", only: "get edit delete", answer: ok(testkit.Success(`{"uid":"` + testkit.KeyID + `"}`)), want: yields(turnkeys.Key{UID: testkit.KeyID})},
	{name: "invalid UTF-8 in a name", only: "get edit delete", answer: ok(testkit.Success(`{"uid":"` + testkit.KeyID + "\",\"name\":\"a\xff\"}")), want: yields(turnkeys.Key{UID: testkit.KeyID, Name: "a\ufffd"})},
	{name: "a day that does not exist", only: "get edit delete", answer: ok(testkit.Success(`{"uid":"` + testkit.KeyID + `","created":"2014-02-30T00:00:00Z"}`)), want: unreadable(200).saying("the response has a timestamp that is not RFC 3339")},
	{name: "the secret as secret", only: "create", answer: ok(testkit.Success(made(`"secret":"` + testkit.Secret + `"`))), want: yields(testkit.CreatedKey{Key: bare, Secret: testkit.Secret})},
	{name: "an empty key and the secret as secret", only: "create", answer: ok(testkit.Success(made(`"key":"","secret":"` + testkit.Secret + `"`))), want: yields(testkit.CreatedKey{Key: bare, Secret: testkit.Secret})},
	{name: "a number as key and the secret as secret", only: "create", answer: ok(testkit.Success(made(`"key":1,"secret":"` + testkit.Secret + `"`))), want: yields(testkit.CreatedKey{Key: bare, Secret: testkit.Secret})},
	{name: "neither key nor secret", only: "create", answer: ok(testkit.Success(made(`"name":""`))), want: unreadable(200).saying("the result has no secret, neither as key nor as secret"), lost: true},
	{name: "a secret without a uid", only: "create", answer: ok(testkit.Success(`{"key":"` + testkit.Secret + `"}`)), want: unreadable(200), lost: true, kept: true},
	{name: "bad timestamps in create", only: "create", answer: ok(testkit.Success(made(`"created":"yesterday","modified":[1],"key":"` + testkit.Secret + `"`))), want: yields(testkit.CreatedKey{Key: bare, Secret: testkit.Secret})},
}

var bare = turnkeys.Key{UID: testkit.KeyID}

// made is a new key with these fields beside its uid.
func made(fields string) string { return `{"uid":"` + testkit.KeyID + `",` + fields + `}` }

// wrongTypes puts each JSON type but the right one at each field of the envelope, the key and the new key.
func wrongTypes() (behaviours []behaviour) {
	values := map[string]string{
		"null": "null", "string": `"x"`, "number": "7", "huge number": "1e999", "boolean": "true", "object": `{"a":1}`, "array": `[1]`,
	}
	add := func(field string, answerWith func(value string) string, only string, want outcome, types ...string) {
		for _, name := range types {
			behaviours = append(behaviours, behaviour{
				name: fmt.Sprintf("%s is of type %s", field, name), only: only, answer: ok(answerWith(values[name])),
				want: want, lost: want.result == nil, saved: field == "success",
			})
		}
	}
	add("success", func(v string) string { return `{"success":` + v + `,"result":RESULT}` },
		"", unreadable(200), "null", "string", "number", "huge number", "object", "array")
	for _, field := range []string{"errors", "messages"} {
		add(field, func(v string) string { return `{"` + field + `":` + v + `,"success":true,"result":RESULT}` },
			"", works, "string", "number", "huge number", "boolean", "object", "array")
		add(field+"[0].code", func(v string) string {
			return `{"` + field + `":[{"code":` + v + `,"message":"m"}],"success":true,"result":RESULT}`
		}, "", works, "null", "string", "huge number", "boolean", "object", "array")
	}
	for _, field := range []string{"created", "modified", "name"} {
		add(field, func(v string) string {
			return testkit.Success(`{"uid":"` + testkit.KeyID + `","` + field + `":` + v + `}`)
		},
			"get edit delete", unreadable(200), "number", "huge number", "boolean", "object", "array")
		add(field, func(v string) string {
			return testkit.Success(`{"uid":"` + testkit.KeyID + `","` + field + `":` + v + `}`)
		},
			"get edit delete", yields(bare), "null")
		add(field+" of a new key", func(v string) string {
			return testkit.Success(made(`"key":"` + testkit.Secret + `","` + field + `":` + v))
		},
			"create", yields(testkit.CreatedKey{Key: bare, Secret: testkit.Secret}), "null", "number", "boolean", "object", "array")
	}
	add("uid", func(v string) string { return testkit.Success(`{"key":"` + testkit.Secret + `","uid":` + v + `}`) },
		"create get edit delete", unreadable(200), "null", "number", "huge number", "boolean", "object", "array")
	add("key", func(v string) string { return testkit.Success(made(`"key":` + v)) },
		"create", unreadable(200), "null", "number", "huge number", "boolean", "object", "array")
	return behaviours
}
