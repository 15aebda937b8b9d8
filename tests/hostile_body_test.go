package tests_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

var notTheEnvelope = []behaviour{
	{name: "HTML in a 200", respond: page(200), want: unreadable(200).saying("the response is not one JSON document: "), lost: true},
	{name: "JSON that says it is HTML", respond: reply(200, testkit.Success("RESULT"), "Content-Type: text/html"), want: works},
	{name: "nothing", respond: ok(""), want: unreadable(200), lost: true},
	{name: "null", respond: ok("null"), want: unreadable(200), lost: true},
	{name: "an empty object", respond: ok("{}"), want: unreadable(200).saying("the response does not say success: true"), lost: true},
	{name: "a string", respond: ok(`"` + testkit.Secret + `"`), want: unreadable(200), lost: true, kept: true},
	{name: "the result without its envelope", respond: ok("RESULT"), want: unreadable(200), lost: true, kept: true},
	{name: "two documents", respond: ok(testkit.Success("RESULT") + testkit.Success("RESULT")), want: unreadable(200), saved: true},
	{name: "leading garbage", respond: ok(")]}',\n" + testkit.Success("RESULT")), want: unreadable(200), lost: true, kept: true},
	{name: "a byte order mark", respond: ok("\ufeff" + testkit.Success("RESULT")), want: unreadable(200), lost: true, kept: true},
	{name: "deep nesting that never closes", respond: ok(strings.Repeat(`{"result":`, 100_000)), want: unreadable(200), lost: true},
	{name: "unknown fields, and null for errors", respond: ok(`{"new":{"a":[1]},"errors":null,"messages":null,"result":RESULT,"success":true,"result_info":{"count":1}}`), want: works},
	{name: "success true, then false", respond: ok(`{"success":true,"result":RESULT,"success":false}`), want: unreadable(200), lost: true, kept: true},
	{name: "a result, then null", only: "create", respond: ok(`{"result":RESULT,"result":null,"success":true}`), saved: true},
	{name: "no success", respond: ok(`{"errors":[],"messages":[],"result":RESULT}`), want: unreadable(200), saved: true},
	{name: "errors of something other than the API", respond: reply(404, `{"errors":["not found"]}`), want: rejected(404).saying("base URL")},
	{name: "errors of something other than the API in a 200", only: "create", respond: ok(`{"errors":[{"detail":"no"}]}`), want: unreadable(200), lost: true},
	{name: "control characters in a message", respond: reply(409, `{"errors":[{"code":1000,"message":"a\r\nb\u0000\u001b[31m\u2028\u202e"}]}`), want: rejected(409).withCode(1000)},
	{name: "invalid UTF-8 in a message", respond: reply(409, "{\"errors\":[{\"code\":1000,\"message\":\"a\xff\xfe\xc3\"}]}"), want: rejected(409).withCode(1000)},
	{name: "a message of 64 KiB", respond: reply(409, testkit.Failure("1000", strings.Repeat("é", 1<<15))), want: rejected(409).withCode(1000)},
	{name: "ten thousand errors", respond: reply(409, `{"success":false,"errors":[{"code":1000,"message":"m"},{"code":20008,"message":"gone"}`+strings.Repeat(`,{"code":1000,"message":"m"}`, 10_000)+`]}`), want: rejected(409, turnkeys.ErrNotFound).withCode(1000)},
	{name: "an error that cannot be read before one that can", respond: reply(409, `{"errors":[{"code":"x"},{"code":20008,"message":"gone"}]}`), want: rejected(409, turnkeys.ErrNotFound)},
	{name: "a CF-Ray of a KiB", respond: reply(410, "", "CF-Ray: "+strings.Repeat("\xff", 1024)), want: rejected(410)},
	{name: "the token in its status line", respond: cut("HTTP/1.1 " + testkit.Token + "\r\n\r\n"), want: noResponse(), lost: true},
}

var commas = `{"uid":"u","name":"` + strings.Repeat(",", 300) + `"}`

var notTheResult = []behaviour{
	{name: "a null result", only: "create get edit", respond: ok(testkit.Success("null")), want: unreadable(200), lost: true},
	{name: "a null list", only: "list", respond: ok(testkit.Success("null")), want: yields([]turnkeys.Key{})},
	{name: "an empty list", only: "list", respond: ok(testkit.Success("[]")), want: yields([]turnkeys.Key{})},
	{name: "no result", respond: ok(`{"errors":[],"messages":[],"success":true}`), want: unreadable(200).saying("the response has no result"), lost: true},
	{name: "an empty object as result", respond: ok(testkit.Success("{}")), want: unreadable(200), lost: true},
	{name: "the result in an array", only: "create get edit delete", respond: ok(testkit.Success("[RESULT]")), want: unreadable(200), lost: true, kept: true},
	{name: "one key for a list", only: "list", respond: ok(testkit.Success(testkit.KeyJSON)), want: unreadable(200).saying("the response has the wrong JSON type at \"result\"")},
	{name: "1,000 names of 300 commas", only: "list", respond: ok(testkit.Success("[" + strings.Repeat(commas+",", 999) + commas + "]")), want: yields(slices.Repeat([]turnkeys.Key{{UID: "u", Name: strings.Repeat(",", 300)}}, 1000))},
	{name: "a nameless object in a list", only: "list", respond: ok(testkit.Success("[{}," + testkit.KeyJSON + "]")), want: unreadable(200).saying("the response has no result with a uid")},
	{name: "the secret for result", only: "create get edit delete", respond: ok(testkit.Success(`"` + testkit.Secret + `"`)), want: unreadable(200), lost: true, kept: true},
	{name: "null for the timestamps and the name", only: "get edit delete", respond: ok(testkit.Success(made(`"created":null,"modified":null,"name":null`))), want: yields(bare)},
	{name: "a key without timestamps and name", only: "get edit delete", respond: ok(testkit.Success(`{"uid":"` + testkit.KeyID + `"}`)), want: yields(bare)},
	{name: "invalid UTF-8 in a name", only: "get edit delete", respond: ok(testkit.Success(`{"uid":"` + testkit.KeyID + "\",\"name\":\"a\xff\"}")), want: yields(turnkeys.Key{UID: testkit.KeyID, Name: "a\ufffd"})},
	{name: "a day that does not exist", only: "get edit delete", respond: ok(testkit.Success(`{"uid":"` + testkit.KeyID + `","created":"2014-02-30T00:00:00Z"}`)), want: unreadable(200).saying("the response has a timestamp that is not RFC 3339")},
	{name: "the secret as secret", only: "create", respond: ok(testkit.Success(made(`"secret":"` + testkit.Secret + `"`))), want: yields(testkit.CreatedKey{Key: bare, Secret: testkit.Secret})},
	{name: "an empty key and the secret as secret", only: "create", respond: ok(testkit.Success(made(`"key":"","secret":"` + testkit.Secret + `"`))), want: yields(testkit.CreatedKey{Key: bare, Secret: testkit.Secret})},
	{name: "a number as key and the secret as secret", only: "create", respond: ok(testkit.Success(made(`"key":1,"secret":"` + testkit.Secret + `"`))), want: yields(testkit.CreatedKey{Key: bare, Secret: testkit.Secret})},
	{name: "both key and secret", only: "create", respond: ok(testkit.Success(made(`"secret":"other","key":"` + testkit.Secret + `"`))), want: yields(testkit.CreatedKey{Key: bare, Secret: testkit.Secret})},
	{name: "the key in capitals too", only: "create", respond: ok(testkit.Success(made(`"name":1,"KEY":"1","Key":"2","kEY":"3","keY":"4","KeY":"5","kEy":"6","KEy":"7","key":"` + testkit.Secret + `"`))), want: yields(testkit.CreatedKey{Key: bare, Secret: testkit.Secret})},
	{name: "neither key nor secret", only: "create", respond: ok(testkit.Success(made(`"name":""`))), want: unreadable(200).saying("the result has no secret, neither as key nor as secret"), lost: true},
	{name: "a secret without a uid", only: "create", respond: ok(testkit.Success(`{"key":"` + testkit.Secret + `"}`)), want: unreadable(200), lost: true, kept: true},
	{name: "invalid timestamps in create", only: "create", respond: ok(testkit.Success(made(`"created":"yesterday","key":"` + testkit.Secret + `","modified":[1],"name":"a"`))), want: yields(testkit.CreatedKey{Key: turnkeys.Key{UID: testkit.KeyID, Name: "a"}, Secret: testkit.Secret})},
}

var bare = turnkeys.Key{UID: testkit.KeyID}

// made returns a new key with these fields besides its uid.
func made(fields string) string { return `{"uid":"` + testkit.KeyID + `",` + fields + `}` }

// deletions are responses to a successful delete that do not contain the key, and one to a failed delete.
var deletions = []behaviour{
	{name: "deletes with a 204", only: "delete", respond: raw("HTTP/1.1 204 No Content\r\n\r\n"), want: unreadable(204).saying("the key is deleted")},
	{name: "deletes and says nothing", only: "delete", respond: ok(""), want: unreadable(200).saying("the key is deleted")},
	{name: "deletes and says null", only: "delete", respond: ok("null"), want: unreadable(200).saying("the key is deleted")},
	{name: "deletes and returns null", only: "delete", respond: ok(testkit.Success("null")), want: unreadable(200).saying("the key is deleted")},
	{name: "deletes and returns an id", only: "delete", respond: ok(testkit.Success(`{"id":"x"}`)), want: unreadable(200).saying("the key is deleted")},
	{name: "does not delete", only: "delete", respond: ok(`{"success":false}`), want: unreadable(200).saying("deleteTurnKey: 200 OK: the response does not say success: true")},
}

// wrongTypes gives each field of the envelope, the key and the new key a value of each wrong JSON type.
func wrongTypes() (rows []behaviour) {
	values := map[string]string{"null": "null", "string": `"x"`, "number": "7", "huge number": "1e999", "boolean": "true", "object": `{"a":1}`, "array": `[1]`}
	newKey := yields(testkit.CreatedKey{Key: bare, Secret: testkit.Secret})
	for _, field := range []struct {
		name, right, body string
		row               behaviour
	}{
		{"success", "boolean", `{"success":VALUE,"result":RESULT}`, behaviour{want: unreadable(200), saved: true}},
		{"errors", "", `{"errors":VALUE,"success":true,"result":RESULT}`, behaviour{want: works}},
		{"messages", "", `{"messages":VALUE,"success":true,"result":RESULT}`, behaviour{want: works}},
		{"the code of an error", "", `{"errors":[{"code":VALUE,"message":"m"}],"success":true,"result":RESULT}`, behaviour{want: works}},
		{"created", "string null", testkit.Success(made(`"created":VALUE`)), behaviour{only: "get edit delete", want: unreadable(200)}},
		{"name", "string null", testkit.Success(made(`"name":VALUE`)), behaviour{only: "get edit delete", want: unreadable(200)}},
		{"uid", "string", testkit.Success(`{"key":"` + testkit.Secret + `","uid":VALUE}`), behaviour{only: "create get edit delete", want: unreadable(200), lost: true, kept: true}},
		{"key", "string", testkit.Success(made(`"key":VALUE`)), behaviour{only: "create", want: unreadable(200), lost: true}},
		{"created of a new key", "", testkit.Success(made(`"created":VALUE,"key":"` + testkit.Secret + `","name":""`)), behaviour{only: "create", want: newKey}},
		{"name of a new key", "string", testkit.Success(made(`"key":"` + testkit.Secret + `","name":VALUE`)), behaviour{only: "create", want: newKey}},
	} {
		for name, value := range values {
			if !slices.Contains(strings.Fields(field.right), name) {
				row := field.row
				row.name, row.respond = fmt.Sprintf("%s for %s", name, field.name), ok(strings.Replace(field.body, "VALUE", value, 1))
				rows = append(rows, row)
			}
		}
	}
	return rows
}
