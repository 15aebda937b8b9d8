package contract_test

import (
	"bytes"
	"compress/gzip"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

const htmlPage = "<!DOCTYPE html>\n<title>502 Bad Gateway</title>\n"

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// named returns a key with a raw JSON string for a name.
func named(name string) string { return strings.Replace(get().answer, "video calls", name, 1) }

// What openapi.yaml cannot say by schema: a change to an exchange, and the places of all violations that it makes.
// The places of the schemas are for mutation_test.go.
var rawTable = []struct {
	what   string
	base   func() *exchange
	change func(x *exchange)
	places string // separated by blanks; "" for a change that is allowed
}{
	// Addresses.
	{"another base path", get, func(x *exchange) { x.url = "http://server.test/any/base" + strings.TrimPrefix(keyURL, baseURL) }, ""},
	{"a base path that contains /accounts/", get, func(x *exchange) { x.url = "http://server.test/accounts/proxy" + strings.TrimPrefix(keyURL, baseURL) }, ""},
	{"an escaped digit", get, func(x *exchange) { x.url = keysURL + "/%33" + testkit.KeyID[1:] }, ""},
	{"an escaped slash", refusedGet, func(x *exchange) { x.url = keysURL + "/a%2Fb" }, "getTurnKey.request:path:key_id"},
	{"a trailing slash", get, func(x *exchange) { x.url += "/" }, "GET.request:operation"},
	{"an empty segment", get, func(x *exchange) { x.url = strings.Replace(keyURL, "/calls/", "//calls/", 1) }, "GET.request:operation"},
	{"another method", get, func(x *exchange) { x.method = "PATCH" }, "PATCH.request:operation"},
	{"a method that is the token", get, func(x *exchange) { x.method = testkit.Token }, "[redacted].request:operation"},
	{"a method in a header", refusedGet, func(x *exchange) { x.header.Set("X-HTTP-Method-Override", "DELETE") }, "getTurnKey.request:header:X-Http-Method-Override"},
	{"a query", refusedGet, func(x *exchange) { x.url += "?page=1" }, "getTurnKey.request:query:page"},
	{"a query that is not one", refusedGet, func(x *exchange) { x.url += "?%zz" }, "getTurnKey.request:query:"},
	{"a lone question mark", refusedGet, func(x *exchange) { x.url += "?" }, "getTurnKey.request:query:"},
	{"the base path twice", get, func(x *exchange) { x.url = strings.Replace(keyURL, "/client/v4", "/client/v4/client/v4", 1) }, "GET.request:operation"},
	{"a part of the base path twice", get, func(x *exchange) { x.url = strings.Replace(keyURL, "/client/v4", "/proxy/client/v4/v4", 1) }, "GET.request:operation"},
	{"the account twice", get, func(x *exchange) { x.url = baseURL + "/accounts/" + testkit.AccountID + keyPath }, "GET.request:operation"},

	// Credentials.
	{"no credentials", refusedGet, func(x *exchange) { x.header.Del("Authorization") }, "getTurnKey.request:header:Authorization"},
	{"two tokens", refusedGet, func(x *exchange) { x.header.Add("Authorization", "Bearer "+testkit.Token) }, "getTurnKey.request:header:Authorization"},
	{"another scheme", refusedGet, func(x *exchange) { x.header.Set("Authorization", "Basic dXNlcjpwYXNzd29yZA==") }, "getTurnKey.request:header:Authorization"},
	{"null for a token", refusedGet, func(x *exchange) { x.header.Set("Authorization", "Bearer null") }, "getTurnKey.request:header:Authorization"},
	{"a placeholder for a token", refusedGet, func(x *exchange) { x.header.Set("Authorization", "Bearer YOUR_API_TOKEN") }, "getTurnKey.request:header:Authorization"},
	{"the name of a variable for a token", refusedGet, func(x *exchange) { x.header.Set("Authorization", "Bearer CLOUDFLARE_API_TOKEN") }, "getTurnKey.request:header:Authorization"},
	{"bearer in lower case", get, func(x *exchange) { x.header.Set("Authorization", "bearer  "+testkit.Token) }, ""},
	{"an API key beside the token", refusedGet, func(x *exchange) { x.header.Set("X-Auth-Key", "0123456789") }, "getTurnKey.request:header:X-Auth-Key"},
	{"the token in the query", refusedGet, func(x *exchange) { x.url += "?t=" + testkit.Token }, "getTurnKey.request:query:t getTurnKey.request:query:t"},
	{"the token in the path", get, func(x *exchange) { x.url = strings.Replace(keyURL, "/client", "/"+testkit.Token, 1) }, "getTurnKey.request:path getTurnKey.200:status"},
	{"the token in a cookie", refusedGet, func(x *exchange) { x.header.Set("Cookie", "session="+testkit.Token) }, "getTurnKey.request:header:Cookie"},
	{"the token in another header", refusedGet, func(x *exchange) { x.header.Set("X-Token", testkit.Token) }, "getTurnKey.request:header:X-Token"},
	{"the token in the body", refusedCreate, func(x *exchange) { x.body = `{"name":"` + testkit.Token + `"}` }, "createTurnKey.request:/name"},
	{"the token in a failure", refusedGet, func(x *exchange) { x.answer = testkit.Failure("1000", "no such token: "+testkit.Token) }, "getTurnKey.404:/errors/0/message"},
	{"a short token in a name", get, func(x *exchange) { x.header.Set("Authorization", "Bearer video") }, ""},

	// Media types.
	{"a charset", get, func(x *exchange) { x.answerHeader.Set("Content-Type", "Application/JSON;charset=UTF-8") }, ""},
	{"the same media type twice", get, func(x *exchange) { x.answerHeader.Add("Content-Type", "application/json") }, ""},
	{"two media types", get, func(x *exchange) { x.answerHeader.Add("Content-Type", "text/html") }, "getTurnKey.200:header:Content-Type"},
	{"no media type", get, func(x *exchange) { x.answerHeader.Del("Content-Type") }, "getTurnKey.200:header:Content-Type"},
	{"a charset that the body does not have", get, func(x *exchange) { x.answerHeader.Set("Content-Type", "application/json; charset=utf-16") }, "getTurnKey.200:header:Content-Type"},
	{"a charset of other characters", get, func(x *exchange) {
		x.answerHeader.Set("Content-Type", "application/json; charset=latin1")
		x.answer = named("é")
	}, "getTurnKey.200:header:Content-Type"},
	{"a charset that makes no difference", get, func(x *exchange) { x.answerHeader.Set("Content-Type", "application/json; charset=iso-8859-1") }, ""},
	{"a page of HTML", refusedGet, func(x *exchange) { x.answerHeader.Set("Content-Type", "text/html"); x.answer = htmlPage }, "getTurnKey.404:header:Content-Type"},
	{"gzip that was asked for", get, func(x *exchange) { x.header.Set("Accept-Encoding", "gzip"); x.gzip(zipped(x.answer)) }, ""},
	{"gzip that was not asked for", get, func(x *exchange) { x.gzip(zipped(x.answer)) }, "getTurnKey.200:header:Content-Encoding"},
	{"an encoding that the body does not have", get, func(x *exchange) { x.header.Set("Accept-Encoding", "gzip"); x.gzip(x.answer) }, "getTurnKey.200:header:Content-Encoding"},
	{"an encoding that cannot be checked", get, func(x *exchange) { x.answerHeader.Set("Content-Encoding", "br") }, "getTurnKey.200:header:Content-Encoding"},
	{"an encoded request", refusedCreate, func(x *exchange) { x.header.Set("Content-Encoding", "gzip") }, "createTurnKey.request:header:Content-Encoding"},

	// Bodies.
	{"white space around a body", get, func(x *exchange) { x.answer = "\n " + x.answer + "\r\n" }, ""},
	{"a body that is cut off", get, func(x *exchange) { x.answer = x.answer[:len(x.answer)-1] }, "getTurnKey.200:body"},
	{"two documents", get, func(x *exchange) { x.answer += "\n" + x.answer }, "getTurnKey.200:body"},
	{"a byte order mark", get, func(x *exchange) { x.answer = "\uFEFF" + x.answer }, "getTurnKey.200:body"},
	{"no body", get, func(x *exchange) { x.answer = "" }, "getTurnKey.200:body"},
	{"a broken connection", get, func(x *exchange) { x.broken = true }, "getTurnKey.200:body"},
	{"a body where none is documented", refusedGet, func(x *exchange) { x.body = "{}" }, "getTurnKey.request:body"},
	{"a failure where no body is documented", refusedDelete, func(x *exchange) { x.fail(testkit.Failure("20008", "no")) }, ""},
	{"a text where no body is documented", refusedDelete, func(x *exchange) { x.fail(`"no"`) }, "deleteTurnKey.404:body"},
	{"invalid UTF-8", get, func(x *exchange) { x.answer = named("\xff") }, "getTurnKey.200:body"},
	{"half of a surrogate pair", get, func(x *exchange) { x.answer = named(`\ud83d`) }, "getTurnKey.200:/result/name"},
	{"the other half", refusedCreate, func(x *exchange) { x.body = `{"name":"\\\uDE00"}` }, "createTurnKey.request:/name"},
	{"a NUL in a name", refusedCreate, func(x *exchange) { x.body = `{"name":"a\u0000b"}` }, "createTurnKey.request:/name"},
	{"what looks like half a pair", get, func(x *exchange) { x.answer = named(`\ud83d\uDE00 \\ud83d \ufffd`) }, ""},
	{"less than announced", get, func(x *exchange) { x.answerHeader.Set("Content-Length", "1000") }, "getTurnKey.200:body"},
	{"an integer with a fraction", refusedGet, func(x *exchange) { x.answer = strings.Replace(x.answer, "20008", "20008.0", 1) }, "getTurnKey.404:/errors/0/code"},
	{"an integer with an exponent", refusedGet, func(x *exchange) { x.answer = strings.Replace(x.answer, "20008", "2e4", 1) }, "getTurnKey.404:/errors/0/code"},
	{"errors and messages that are null", get, func(x *exchange) { x.answer = strings.ReplaceAll(x.answer, "[]", "null") },
		"getTurnKey.200:/errors getTurnKey.200:/messages"},
	{"a key id of 33 digits", refusedGet, func(x *exchange) { x.url += "0" }, "getTurnKey.request:path:key_id"},
	{"a field that appears twice", refusedCreate, func(x *exchange) { x.body = `{"name":"a","name":"a"}` }, "createTurnKey.request:/name"},
	{"a long name", get, func(x *exchange) { x.insert(`"` + strings.Repeat("long", 50) + `er":1,`) },
		"getTurnKey.200:/" + strings.Repeat("long", 50)[:199] + "..."},
	{"the token as a name", refusedCreate, func(x *exchange) { x.body = `{"` + testkit.Token + `":1}` }, "createTurnKey.request:/[redacted] createTurnKey.request:/[redacted]"},

	// Dates, which a pattern cannot tell.
	{"t and z in lower case", get, func(x *exchange) { x.modified("2014-01-02t05:20:00.5z") }, ""},
	{"a leap second", get, func(x *exchange) { x.modified("2016-12-31T23:59:60Z") }, ""},
	{"30 February", get, func(x *exchange) { x.modified("2014-02-30T05:20:00Z") }, "getTurnKey.200:/result/modified"},
	{"a comma before the fraction", get, func(x *exchange) { x.modified("2014-01-02T05:20:00,5Z") }, "getTurnKey.200:/result/modified"},

	// Statuses.
	{"a failure of the server", get, func(x *exchange) { x.status = 503; x.answer = htmlPage }, "getTurnKey.503:status"},
	{"any other failure", refusedGet, func(x *exchange) { x.status = 418 }, ""},
	{"a bad request that succeeds", create, func(x *exchange) { x.body = `{"nam":"x"}` }, "createTurnKey.request:/nam createTurnKey.201:status"},

	// Headers.
	{"documented headers", refusedGet, func(x *exchange) {
		x.answerHeader.Set("Retry-After", "30")
		x.answerHeader.Set("CF-Ray", "8f1d2c3b4a596877-AMS")
	}, ""},
	{"a header that does not fit its schema", refusedGet, func(x *exchange) { x.answerHeader.Set("Retry-After", "soon") }, "getTurnKey.404:header:Retry-After"},
	{"a header that is not a number", refusedGet, func(x *exchange) { x.answerHeader.Set("Retry-After", "NaN") }, "getTurnKey.404:header:Retry-After"},
	{"an infinite header", refusedGet, func(x *exchange) { x.answerHeader.Set("Retry-After", "-Inf") }, "getTurnKey.404:header:Retry-After"},
	{"a header with a fraction", refusedGet, func(x *exchange) { x.answerHeader.Set("Retry-After", "30.0") }, "getTurnKey.404:header:Retry-After"},
	{"a header with an exponent", refusedGet, func(x *exchange) { x.answerHeader.Set("Retry-After", "1e1") }, "getTurnKey.404:header:Retry-After"},
	{"an empty header", refusedGet, func(x *exchange) { x.answerHeader.Set("Retry-After", "") }, "getTurnKey.404:header:Retry-After"},
	{"two headers", refusedGet, func(x *exchange) { x.answerHeader["Retry-After"] = []string{"1", "2"} }, "getTurnKey.404:header:Retry-After"},

	// Secrets are what a creation showed, and nothing that merely looks like one.
	{"a name that looks like a secret", get, func(x *exchange) { x.answer = named(strings.Repeat("0f", 40)) }, ""},
	{"a secret in a name", get, func(x *exchange) { x.answer = named("it is " + testkit.Secret) }, "getTurnKey.200:/result/name"},
	{"a secret in a header", get, func(x *exchange) { x.answerHeader.Set("X-Debug", "key="+testkit.Secret) }, "getTurnKey.200:header:X-Debug"},
	{"a secret as a field", get, func(x *exchange) { x.insert(`"` + testkit.Secret + `":1,`) },
		"getTurnKey.200:/[redacted] getTurnKey.200:/[redacted]"},
	{"a secret in a page", get, func(x *exchange) { x.status = 500; x.answer = htmlPage + testkit.Secret }, "getTurnKey.500:body getTurnKey.500:status"},
	{"a secret in a request", refusedCreate, func(x *exchange) { x.body = `{"name":"` + testkit.Secret + `"}` }, "createTurnKey.request:/name"},
	{"a secret in the query", refusedGet, func(x *exchange) { x.url += "?" + testkit.Secret }, "getTurnKey.request:query:[redacted] getTurnKey.request:query:[redacted]"},
	{"a secret for a token", refusedGet, func(x *exchange) { x.header.Set("Authorization", "Bearer "+testkit.Secret) }, "getTurnKey.request:header:Authorization"},
	{"a secret as an id", refusedGet, func(x *exchange) { x.url = keysURL + "/" + testkit.Secret }, "getTurnKey.request:path getTurnKey.request:path:key_id"},
	{"a renamed secret", create, func(x *exchange) { x.answer = strings.Replace(x.answer, `"key"`, `"secret"`, 1) }, "createTurnKey.201:/result/key"},
	{"a secret under two names", create, func(x *exchange) {
		x.answer = strings.Replace(x.answer, `"key"`, `"secret":"`+testkit.Secret+`","key"`, 1)
	},
		"createTurnKey.201:/result/secret createTurnKey.201:/result/secret"},
}

func (x *exchange) gzip(answer string) {
	x.answerHeader.Set("Content-Encoding", "gzip")
	x.answer = answer
}

func (x *exchange) insert(field string) { x.answer = strings.Replace(x.answer, "{", "{"+field, 1) }

func (x *exchange) fail(answer string) {
	x.answerHeader.Set("Content-Type", "application/json")
	x.answer = answer
}

var modified = regexp.MustCompile(`"modified":"[^"]*"`)

func (x *exchange) modified(date string) {
	x.answer = modified.ReplaceAllString(x.answer, `"modified":"`+date+`"`)
}

func TestTheCheckerReportsWhatIsWrongAndNothingElse(t *testing.T) {
	for _, row := range rawTable {
		t.Run(row.what, func(t *testing.T) {
			s := newStage(t)
			assert.Empty(t, s.play(create()))
			x := row.base()
			assert.Empty(t, s.play(x))
			row.change(x)
			violations := s.play(x)
			assert.Equal(t, strings.Fields(row.places), places(violations))
			requireDiscreet(t, violations, x.body, x.answer)
		})
	}
}
