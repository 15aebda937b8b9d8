package tests_test

import (
	"fmt"
	"strings"
	"time"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

func ok(body string) answer { return reply("200 OK", body) }

// nested is a value so many levels deep.
func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

var notTheEnvelope = []behaviour{
	{name: "HTML in a 200", answer: page("200 OK"), want: unreadable(200), lost: true, requests: 1},
	{name: "good JSON that says it is HTML", answer: reply("200 OK", envelope("RESULT"), "Content-Type: text/html"), want: works, requests: 1},
	{name: "nothing", answer: ok(""), want: unreadable(200), lost: true, requests: 1},
	{name: "white space", answer: ok(" \r\n\t"), want: unreadable(200), lost: true, requests: 1},
	{name: "null", answer: ok("null"), want: unreadable(200), lost: true, requests: 1},
	{name: "an empty object", answer: ok("{}"), want: unreadable(200), lost: true, requests: 1},
	{name: "an empty array", answer: ok("[]"), want: unreadable(200), lost: true, requests: 1},
	{name: "a string", answer: ok(`"` + secret + `"`), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "a number", answer: ok("1e999"), want: unreadable(200), lost: true, requests: 1},
	{name: "true", answer: ok("true"), want: unreadable(200), lost: true, requests: 1},
	{name: "the result without its envelope", answer: ok("RESULT"), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "the envelope in an array", answer: ok("[" + envelope("RESULT") + "]"), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "two documents", answer: ok(envelope("RESULT") + envelope("RESULT")), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "trailing garbage", answer: ok(envelope("RESULT") + "\n<!-- cached -->"), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "leading garbage", answer: ok(")]}',\n" + envelope("RESULT")), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "a byte order mark", answer: ok("\ufeff" + envelope("RESULT")), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "UTF-16", answer: ok("{\x00}\x00"), want: unreadable(200), lost: true, requests: 1},
	{name: "a NUL", answer: ok(envelope("RESULT") + "\x00"), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "single quotes", answer: ok(`{'success':true}`), want: unreadable(200), lost: true, requests: 1},
	{name: "a line end in a string", answer: ok("{\"x\":\"\n\",\"result\":RESULT,\"success\":true}"), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "deep nesting", answer: ok(`{"x":` + nested(100_000) + `,"result":RESULT,"success":true}`), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "deep nesting that never closes", answer: ok(strings.Repeat(`{"result":`, 100_000)), want: unreadable(200), lost: true, requests: 1},
	{name: "nesting that is not too deep", answer: ok(`{"x":` + nested(1000) + `,"result":RESULT,"success":true}`), want: works, requests: 1},
	{name: "unknown fields", answer: ok(`{"new":{"a":[1]},"result":RESULT,"success":true,"errors":[],"result_info":{"count":1}}`), want: works, requests: 1},
	{name: "neither errors nor messages", answer: ok(`{"result":RESULT,"success":true}`), want: works, requests: 1},
	{name: "null for errors and messages", answer: ok(`{"errors":null,"messages":null,"result":RESULT,"success":true}`), want: works, requests: 1},
	{name: "a huge number nobody reads", answer: ok(`{"x":1e999999999,"result":RESULT,"success":true}`), want: works, requests: 1},
	{name: "success true twice", answer: ok(`{"success":true,"result":RESULT,"success":true}`), want: works, requests: 1},
	{name: "success true, then false", answer: ok(`{"success":true,"result":RESULT,"success":false}`), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "a result, then null", only: "create get edit delete", answer: ok(`{"result":RESULT,"result":null,"success":true}`), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "no success", answer: ok(`{"errors":[],"messages":[],"result":RESULT}`), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "success false without a reason", answer: ok(`{"success":false,"errors":[],"result":RESULT}`), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "success false with a reason", answer: ok(failure(1000, "no")), want: refused(200).withCode(1000), lost: true, requests: 1},
	{name: "success false with a result", answer: ok(`{"success":false,"errors":[{"code":1000,"message":"no"}],"result":RESULT}`), want: refused(200).withCode(1000), lost: true, kept: true, requests: 1},
	{name: "success true with errors", answer: ok(`{"success":true,"errors":[{"code":1000,"message":"no"}],"result":RESULT}`), want: works, requests: 1},
	{name: "success false in a 404, twice", answer: reply("404 Not Found", failure(20008, "x")+failure(20008, "x")), want: refused(404, turnkeys.ErrNotFound), requests: 1},
	{name: "control characters in a message", answer: reply("409 Conflict", `{"errors":[{"code":1000,"message":"a\r\nb\u0000\u001b[31m\u2028\u202e"}]}`), want: refused(409).withCode(1000), requests: 1},
	{name: "invalid UTF-8 in a message", answer: reply("409 Conflict", "{\"errors\":[{\"code\":1000,\"message\":\"a\xff\xfe\xc3\"}]}"), want: refused(409).withCode(1000), requests: 1},
	{name: "a message of 64 KiB", answer: reply("409 Conflict", failure(1000, strings.Repeat("é", 1<<15))), want: refused(409).withCode(1000), requests: 1},
	{name: "ten thousand errors", answer: reply("409 Conflict", `{"errors":[`+strings.Repeat(`{"code":1000,"message":"m"},`, 10_000)+`{"code":20008}]}`), want: refused(409, turnkeys.ErrNotFound).withCode(1000), requests: 1},
	{name: "a CF-Ray of a KiB", answer: reply("409 Conflict", "", "CF-Ray: "+strings.Repeat("\xff", 1024)), want: refused(409), requests: 1},
	{name: "the token in a message", answer: reply("409 Conflict", failure(1000, "Bearer "+token+" is no good")), want: refused(409).withCode(1000), requests: 1},
	{name: "the token in its status line", answer: cut("HTTP/1.1 " + token + "\r\n\r\n"), want: unanswered(), lost: true, requests: 1},
}

var notTheResult = []behaviour{
	{name: "a null result", only: "create get edit delete", answer: ok(envelope("null")), want: unreadable(200), lost: true, requests: 1},
	{name: "a null list", only: "list", answer: ok(envelope("null")), want: yields([]turnkeys.Key(nil)), requests: 1},
	{name: "an empty list", only: "list", answer: ok(envelope("[]")), want: yields([]turnkeys.Key{}), requests: 1},
	{name: "no result", answer: ok(`{"errors":[],"messages":[],"success":true}`), want: unreadable(200), lost: true, requests: 1},
	{name: "an empty object as result", answer: ok(envelope("{}")), want: unreadable(200), lost: true, requests: 1},
	{name: "an empty array as result", only: "create get edit delete", answer: ok(envelope("[]")), want: unreadable(200), lost: true, requests: 1},
	{name: "the result in an array", only: "create get edit delete", answer: ok(envelope("[RESULT]")), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "one key for a list", only: "list", answer: ok(envelope(keyJSON)), want: unreadable(200), requests: 1},
	{name: "null in a list", only: "list", answer: ok(envelope("[" + keyJSON + ",null]")), want: unreadable(200), requests: 1},
	{name: "a nameless object in a list", only: "list", answer: ok(envelope("[{}," + keyJSON + "]")), want: unreadable(200), requests: 1},
	{name: "a string in a list", only: "list", answer: ok(envelope(`["` + uid + `"]`)), want: unreadable(200), requests: 1},
	{name: "a number for result", answer: ok(envelope("12345678901234567890")), want: unreadable(200), lost: true, requests: 1},
	{name: "the secret for result", only: "create get edit delete", answer: ok(envelope(`"` + secret + `"`)), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "true for result", answer: ok(envelope("true")), want: unreadable(200), lost: true, requests: 1},
	{name: "a key without timestamps and name", only: "get edit delete", answer: ok(envelope(`{"uid":"` + uid + `"}`)), want: yields(turnkeys.Key{UID: uid}), requests: 1},
	{name: "a key with unknown fields", only: "get edit delete", answer: ok(envelope(`{"uid":"` + uid + `","zone":{},"key":"` + secret + `"}`)), want: yields(turnkeys.Key{UID: uid}), requests: 1},
	{name: "invalid UTF-8 in a name", only: "get edit delete", answer: ok(envelope(`{"uid":"` + uid + "\",\"name\":\"a\xff\"}")), want: yields(turnkeys.Key{UID: uid, Name: "a\ufffd"}), requests: 1},
	{name: "a day that does not exist", only: "get edit delete", answer: ok(envelope(`{"uid":"` + uid + `","created":"2014-02-30T00:00:00Z"}`)), want: unreadable(200), requests: 1},
	{name: "the secret as secret", only: "create", answer: ok(envelope(made(`"secret":"` + secret + `"`))), want: yields(created{bare, secret}), requests: 1},
	{name: "the secret as key and another as secret", only: "create", answer: ok(envelope(made(`"key":"` + secret + `","secret":"other"`))), want: yields(created{bare, secret}), requests: 1},
	{name: "an empty key and the secret as secret", only: "create", answer: ok(envelope(made(`"key":"","secret":"` + secret + `"`))), want: yields(created{bare, secret}), requests: 1},
	{name: "a number as key and the secret as secret", only: "create", answer: ok(envelope(made(`"key":1,"secret":"` + secret + `"`))), want: yields(created{bare, secret}), requests: 1},
	{name: "neither key nor secret", only: "create", answer: ok(envelope(made(`"name":""`))), want: unreadable(200), lost: true, requests: 1},
	{name: "null for key and secret", only: "create", answer: ok(envelope(made(`"key":null,"secret":null`))), want: unreadable(200), lost: true, requests: 1},
	{name: "a secret without a uid", only: "create", answer: ok(envelope(`{"key":"` + secret + `"}`)), want: unreadable(200), lost: true, kept: true, requests: 1},
	{name: "bad timestamps in create", only: "create", answer: ok(envelope(made(`"created":"yesterday","modified":[1],"key":"` + secret + `"`))), want: yields(created{bare, secret}), requests: 1},
	{name: "one good timestamp in create", only: "create", answer: ok(envelope(made(`"created":{},"modified":"2014-01-01T00:00:00Z","key":"` + secret + `"`))), want: yields(created{turnkeys.Key{UID: uid, Modified: time.Date(2014, 1, 1, 0, 0, 0, 0, time.UTC)}, secret}), requests: 1},
	{name: "a number as name in create", only: "create", answer: ok(envelope(made(`"name":1e999,"key":"` + secret + `"`))), want: yields(created{bare, secret}), requests: 1},
}

var bare = turnkeys.Key{UID: uid}

// made is a new key with these fields beside its uid.
func made(fields string) string { return `{"uid":"` + uid + `",` + fields + `}` }

// wrongTypes puts each JSON type but the right one at each field of the envelope, the key and the new key.
func wrongTypes() (behaviours []behaviour) {
	values := map[string]string{
		"null": "null", "string": `"x"`, "number": "7", "huge number": "1e999", "boolean": "true", "object": `{"a":1}`, "array": `[1]`,
	}
	add := func(field string, answerWith func(value string) string, only string, want outcome, types ...string) {
		for _, name := range types {
			behaviours = append(behaviours, behaviour{
				name: fmt.Sprintf("%s is of type %s", field, name), only: only, answer: ok(answerWith(values[name])),
				want: want, lost: want.result == nil, requests: 1,
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
		add(field, func(v string) string { return envelope(`{"uid":"` + uid + `","` + field + `":` + v + `}`) },
			"get edit delete", unreadable(200), "number", "huge number", "boolean", "object", "array")
		add(field, func(v string) string { return envelope(`{"uid":"` + uid + `","` + field + `":` + v + `}`) },
			"get edit delete", yields(bare), "null")
		add(field+" of a new key", func(v string) string { return envelope(made(`"key":"` + secret + `","` + field + `":` + v)) },
			"create", yields(created{bare, secret}), "null", "number", "boolean", "object", "array")
	}
	add("uid", func(v string) string { return envelope(`{"key":"` + secret + `","uid":` + v + `}`) },
		"create get edit delete", unreadable(200), "null", "number", "huge number", "boolean", "object", "array")
	add("key", func(v string) string { return envelope(made(`"key":` + v)) },
		"create", unreadable(200), "null", "number", "huge number", "boolean", "object", "array")
	return behaviours
}
