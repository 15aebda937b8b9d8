package tests_test

import (
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const authentication = "Authentication error"

var refusals = []behaviour{
	{name: "400 for a malformed token", answer: reply("400 Bad Request", testkit.Failure("6003", "Invalid request headers")), want: refused(400, turnkeys.ErrUnauthorized).withCode(6003)},
	{name: "400 for a malformed header", answer: reply("400 Bad Request", testkit.Failure("6111", "Invalid format for Authorization header")), want: refused(400, turnkeys.ErrUnauthorized).withCode(6111)},
	{name: "400 for a bad name", answer: reply("400 Bad Request", testkit.Failure("1001", "name: too long")), want: refused(400).withCode(1001)},
	{name: "401", answer: reply("401 Unauthorized", testkit.Failure("10000", authentication), "WWW-Authenticate: Basic"), want: refused(401, turnkeys.ErrUnauthorized).withCode(10000)},
	{name: "403 as HTML", answer: page("403 Forbidden"), want: refused(403, turnkeys.ErrUnauthorized)},
	{name: "404", answer: reply("404 Not Found", testkit.Failure("20008", "not found")), want: refused(404, turnkeys.ErrNotFound).withCode(20008)},
	{name: "404 as HTML", answer: page("404 Not Found"), want: misrouted},
	{name: "404 for a route", answer: reply("404 Not Found", testkit.Failure("7003", "Could not route to /x")), want: misrouted.withCode(7003)},
	{name: "404 for a method", answer: reply("404 Not Found", testkit.Failure("7000", "No route for that URI")), want: misrouted.withCode(7000)},
	{name: "404 for another reason", answer: reply("404 Not Found", testkit.Failure("1000", "not found")), want: refused(404, turnkeys.ErrNotFound).withCode(1000)},
	{name: "404 that says it worked", answer: reply("404 Not Found", testkit.Success("null")), want: misrouted},
	{name: "400 for a route", answer: reply("400 Bad Request", testkit.Failure("7003", "Could not route to /x")), want: refused(400).withCode(7003)},
	{name: "400 for an unknown key of the API", answer: reply("400 Bad Request", testkit.Failure("9106", "Missing X-Auth-Key")), want: refused(400, turnkeys.ErrUnauthorized).withCode(9106)},
	{name: "400 for a method that does not authenticate", answer: reply("400 Bad Request", testkit.Failure("10001", "Method not allowed")), want: refused(400, turnkeys.ErrUnauthorized).withCode(10001)},
	{name: "400 for a key that is gone", answer: reply("400 Bad Request", testkit.Failure("20008", "not found")), want: refused(400, turnkeys.ErrNotFound).withCode(20008)},
	{name: "408", answer: reply("408 Request Timeout", ""), retries: 1, want: refused(408), lost: true},
	{name: "408 with a reason", answer: reply("408 Request Timeout", testkit.Failure("1003", "slow")), retries: 1, want: refused(408).withCode(1003)},
	{name: "409 as HTML", answer: page("409 Conflict"), retries: 1, want: refused(409), lost: true},
	{name: "499 with a reason", answer: reply("499 ", testkit.Failure("1003", "gone")), want: refused(499).withCode(1003)},
	{name: "499, a status without a name", answer: reply("499 ", ""), want: refused(499), lost: true},
	{name: "400 with a good key", answer: reply("400 Bad Request", testkit.Success("RESULT")), want: refused(400), lost: true, kept: true},
	{name: "429 with a good key", only: "create", answer: reply("429 Too Many Requests", testkit.Success("RESULT")), retries: 2, want: refused(429, turnkeys.ErrRateLimited), lost: true, kept: true},
	{name: "429 with a reason and a good key", only: "create", answer: reply("429 Too Many Requests", `{"success":false,"errors":[{"code":971,"message":"wait"}],"result":RESULT}`), retries: 2, want: tooMany, lost: true, kept: true},
}

var statuses = []behaviour{
	{name: "101 without an upgrade", answer: raw("HTTP/1.1 101 Switching Protocols\r\n\r\n"), want: refused(101), lost: true},
	{name: "99", answer: reply("099 Odd", testkit.Success("RESULT")), want: refused(99), lost: true, kept: true},
	{name: "299", answer: reply("299 Odd", testkit.Success("RESULT")), want: works},
	{name: "204", answer: raw("HTTP/1.1 204 No Content\r\n\r\n"), want: unreadable(204), lost: true},
	{name: "304", answer: raw("HTTP/1.1 304 Not Modified\r\n\r\n"), want: refused(304), lost: true},
	{name: "500", answer: reply("500 Internal Server Error", testkit.Failure("1000", "oops")), want: refused(500).withCode(1000), lost: true},
	{name: "503 once", only: "list get edit delete", answer: inTurn(page("503 Service Unavailable"), good), retries: 1, want: works, requests: 2},
	{name: "503 again and again", answer: reply("503 Service Unavailable", "null"), retries: 1, want: refused(503), lost: true, requests: 2, creates: 1},
	{name: "504 and then not found", only: "delete", answer: inTurn(page("504 Gateway Timeout"), reply("404 Not Found", testkit.Failure("20008", "gone"))), retries: 1, want: refused(404, turnkeys.ErrNotFound), requests: 2},
	{name: "507 with a good key", answer: reply("507 Insufficient Storage", testkit.Success("RESULT")), want: refused(507), lost: true, kept: true},
	{name: "999", answer: reply("999 Odd", ""), want: refused(999), lost: true},
}

var redirects = []behaviour{
	{name: "301 to the same host", answer: reply("301 Moved Permanently", "", "Location: /client/v4/x"), want: refused(301), lost: true},
	{name: "302 to another host", answer: reply("302 Found", "", "Location: http://elsewhere.test/x"), want: refused(302), lost: true},
	{name: "307 to another host", answer: reply("307 Temporary Redirect", "", "Location: http://elsewhere.test/x"), want: refused(307), lost: true},
	{name: "308 to another host", answer: reply("308 Permanent Redirect", "", "Location: //elsewhere.test/x"), want: refused(308), lost: true},
	{name: "307 from TLS to plaintext", tls: true, answer: reply("307 Temporary Redirect", "", "Location: http://elsewhere.test/x"), want: refused(307), lost: true},
	{name: "302 without a location", answer: reply("302 Found", ""), want: refused(302), lost: true},
	{name: "302 to nowhere", answer: reply("302 Found", "", "Location: http://[::1/%zz"), want: refused(302), lost: true},
	{name: "302 with a good key", answer: reply("302 Found", testkit.Success("RESULT"), "Location: http://elsewhere.test/x"), want: refused(302), lost: true, kept: true},
	{name: "201 with a location", answer: reply("201 Created", testkit.Success("RESULT"), "Location: http://elsewhere.test/x"), want: works},
}

// How each Retry-After is read is tested in wrapper/retry_test.go.
var rateLimits = []behaviour{
	{name: "429 once", answer: limitedThen("0"), retries: 1, want: works, requests: 2},
	{name: "429 after the deadline", answer: limited("20"), retries: 1, want: tooMany},
	{name: "429 again and again", answer: limited(), retries: 1, want: tooMany, requests: 2},
	{name: "429 as HTML", answer: page("429 Too Many Requests"), want: refused(429, turnkeys.ErrRateLimited)},
	{name: "503 after too many seconds", answer: reply("503 Service Unavailable", "", "Retry-After: 3600"), retries: 1, want: refused(503), lost: true},
}

var tooMany = refused(429, turnkeys.ErrRateLimited).withCode(971)

func limited(retryAfter ...string) answer {
	var headers []string
	for _, value := range retryAfter {
		headers = append(headers, "Retry-After: "+strings.TrimSpace(value))
	}
	return reply("429 Too Many Requests", testkit.Failure("971", "Please wait"), headers...)
}

func limitedThen(retryAfter ...string) answer { return inTurn(limited(retryAfter...), good) }
