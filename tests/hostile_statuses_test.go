package tests_test

import (
	"fmt"
	"strconv"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const (
	invalidToken = `check the API token, its permission "Calls Write" and the account id`
	blocked      = "blocked before it reached the API: quote the CF-Ray"
	wrongAddress = "is the base URL right?"
)

// failing is a response with the failure envelope of one error.
func failing(status, code int, headers ...string) responder {
	return reply(status, testkit.Failure(strconv.Itoa(code), "No"), headers...)
}

// rejections show what Cloudflare's codes and statuses mean.
func rejections() []behaviour {
	rows := []behaviour{
		{name: "400 for an invalid name", respond: failing(400, 1001), want: rejected(400).withCode(1001)},
		{name: "400 for a route", respond: failing(400, 7003), want: rejected(400).withCode(7003).saying(wrongAddress)},
		{name: "400 for a deleted key", respond: failing(400, 20008), want: rejected(400, turnkeys.ErrNotFound).withCode(20008)},
		{name: "400 with a key", respond: reply(400, testkit.Success("RESULT")), want: rejected(400), lost: true, kept: true},
		{name: "401 as HTML", respond: page(401), want: rejected(401, turnkeys.ErrUnauthorized).saying(invalidToken)},
		{name: "403 as HTML", respond: page(403), want: rejected(403).saying("403 Forbidden; " + blocked)},
		{name: "403 of nothing", respond: reply(403, ""), want: rejected(403).saying(blocked)},
		{name: "403 that says it succeeded", respond: reply(403, testkit.Success("null")), want: rejected(403).saying(blocked)},
		{name: "403 with an envelope", respond: reply(403, `{"success":false,"errors":[{"message":"Not entitled"}]}`), want: rejected(403, turnkeys.ErrUnauthorized).saying(invalidToken)},
		{name: "404", respond: failing(404, 20008), want: rejected(404, turnkeys.ErrNotFound).withCode(20008)},
		{name: "404 for another reason", respond: failing(404, 1000), want: rejected(404, turnkeys.ErrNotFound).withCode(1000)},
		{name: "404 as HTML", respond: page(404), want: rejected(404).saying(wrongAddress)},
		{name: "404 for a route", respond: failing(404, 7003), want: rejected(404).withCode(7003).saying(wrongAddress)},
		{name: "404 for a method", respond: failing(404, 7000), want: rejected(404).withCode(7000).saying(wrongAddress)},
		{name: "404 that says it succeeded", respond: reply(404, `{"success":true,"errors":[{"code":20008}]}`), want: rejected(404).withCode(20008).saying(wrongAddress)},
		{name: "404 in two envelopes", respond: reply(404, testkit.Failure("20008", "x")+testkit.Failure("20008", "x")), want: rejected(404, turnkeys.ErrNotFound)},
		{name: "200 with a failure envelope", respond: failing(200, 1000), want: rejected(200).withCode(1000).saying("200 OK: No (code 1000)")},
		{name: "200 with a failure envelope and a result", respond: reply(200, `{"success":false,"errors":[{"code":1000,"message":"no"}],"result":RESULT}`), want: rejected(200).withCode(1000), lost: true, kept: true},
		{name: "200 that says it failed, but not why", respond: reply(200, `{"success":false,"errors":[],"result":RESULT}`), want: unreadable(200), lost: true, kept: true},
		{name: "200 with errors that says it succeeded", respond: ok(`{"success":true,"errors":[{"code":1000,"message":"no"}],"result":RESULT}`), want: works},
	}
	for _, code := range []int{6003, 6111, 9106, 9109, 10000, 10001} {
		name := fmt.Sprintf("400 for a token, with %d", code)
		rows = append(rows, behaviour{name: name, respond: failing(400, code), want: rejected(400, turnkeys.ErrUnauthorized).withCode(code).saying(invalidToken)})
	}
	for _, code := range []int{9109, 10000} {
		name := fmt.Sprintf("403 for a token, with %d", code)
		rows = append(rows, behaviour{name: name, respond: failing(403, code), want: rejected(403, turnkeys.ErrUnauthorized).withCode(code).saying(invalidToken)})
	}
	for _, status := range []int{408, 409, 499} { // a gateway sends them too
		name := strconv.Itoa(status)
		rows = append(rows,
			behaviour{name: name + " with a failure envelope", respond: failing(status, 1003), retries: 1, want: rejected(status).withCode(1003)},
			behaviour{name: name + " as HTML", respond: page(status), retries: 1, want: rejected(status), lost: true},
		)
	}
	return rows
}

// problems are problem documents from Cloudflare's edge. Their codes are not codes of the API.
func problems() []behaviour {
	rows := []behaviour{
		{name: "a problem document with a title", respond: reply(400, `{"title":"Access denied","detail":7}`), want: rejected(400).saying("400 Bad Request: Access denied")},
		{name: "a problem document with a detail", respond: reply(400, `{"title":7,"detail":"Banned"}`), want: rejected(400).saying("400 Bad Request: Banned")},
		{name: "a problem document with a code", respond: reply(400, `{"error_code":1010}`), want: rejected(400).withCode(1010).saying("400 Bad Request: (code 1010)")},
	}
	for status, advice := range map[int]string{400: "", 403: "; " + blocked, 404: "; " + wrongAddress, 409: "", 429: "", 500: "", 530: ""} {
		for _, code := range []int{1010, 971, 9109, 20008} {
			body := fmt.Sprintf(`{"title":"Error %d: Access denied","status":%d,"detail":"Banned","error_code":%d,"cloudflare_error":true}`, code, status, code)
			want := rejected(status).withCode(code).saying(fmt.Sprintf("Error %d: Access denied: Banned (code %d)%s", code, code, advice))
			if status == 429 {
				want.is = []error{turnkeys.ErrRateLimited}
			}
			rows = append(rows, behaviour{
				name:    fmt.Sprintf("a problem document with %d in a %d", code, status),
				respond: reply(status, body, "Content-Type: application/problem+json"), want: want, lost: status == 409 || status >= 500,
			})
		}
	}
	return rows
}

var statuses = []behaviour{
	{name: "101 without an upgrade", respond: raw("HTTP/1.1 101 Switching Protocols\r\n\r\n"), want: rejected(101), lost: true},
	{name: "99", respond: reply(99, testkit.Success("RESULT")), want: rejected(99), lost: true, kept: true},
	{name: "299", respond: reply(299, testkit.Success("RESULT")), want: works},
	{name: "204", only: "create list get edit", respond: raw("HTTP/1.1 204 No Content\r\n\r\n"), want: unreadable(204), lost: true},
	{name: "304", respond: raw("HTTP/1.1 304 Not Modified\r\n\r\n"), want: rejected(304), lost: true},
	{name: "500", respond: failing(500, 1000), want: rejected(500).withCode(1000), lost: true},
	{name: "503 once", only: others, respond: inTurn(page(503), good), retries: 1, want: works, requests: 2},
	{name: "503 again and again", respond: reply(503, "null"), retries: 1, want: rejected(503), lost: true, requests: 2},
	{name: "504 and then not found", only: "delete", respond: inTurn(page(504), failing(404, 20008)), retries: 1, want: rejected(404, turnkeys.ErrNotFound), requests: 2},
	{name: "507 with a key", respond: reply(507, testkit.Success("RESULT")), want: rejected(507), lost: true, kept: true},
	{name: "522 again and again", respond: page(522), retries: 1, want: rejected(522).saying("522 (Cloudflare: connection timed out)"), lost: true, requests: 2},
	{name: "525", respond: page(525), retries: 1, want: rejected(525).saying("525 (Cloudflare: TLS handshake failed)"), lost: true},
	{name: "530", respond: page(530), retries: 1, want: rejected(530).saying("530 (unregistered status)"), lost: true},
	{name: "999", respond: reply(999, ""), want: rejected(999).saying("999 (unregistered status)"), lost: true},
}

var redirects = []behaviour{
	{name: "301 to the same host", only: others, respond: reply(301, "", "Location: /client/v4/x"), want: rejected(301).saying(wrongAddress)},
	{name: "302 to another host", respond: reply(302, testkit.Success("RESULT"), "Location: http://elsewhere.test/x"), want: rejected(302), lost: true, kept: true},
	{name: "307 to another host", respond: reply(307, "", "Location: http://elsewhere.test/x"), want: rejected(307), lost: true},
	{name: "308 from TLS to plaintext", tls: true, respond: reply(308, "", "Location: http://elsewhere.test/x"), want: rejected(308), lost: true},
	{name: "302 without a location", respond: reply(302, ""), want: rejected(302), lost: true},
	{name: "302 to nowhere", respond: reply(302, "", "Location: http://[::1/%zz"), want: noResponse(), lost: true},
	{name: "201 with a location", respond: reply(201, testkit.Success("RESULT"), "Location: http://elsewhere.test/x"), want: works},
}

// wrapper/retry_test.go tests how each Retry-After is read.
func rateLimits() []behaviour {
	tooMany := rejected(429, turnkeys.ErrRateLimited)
	rows := []behaviour{
		{name: "429 as HTML", respond: page(429), want: tooMany},
		{name: "429 once, with Retry-After: 0", respond: inTurn(failing(429, 971, "Retry-After: 0"), good), retries: 1, want: works, requests: 2},
		{name: "429 again and again", respond: failing(429, 971), retries: 1, want: tooMany.withCode(971), requests: 2},
		{name: "429 with a key", only: "create", respond: reply(429, testkit.Success("RESULT")), retries: 2, want: tooMany, lost: true, kept: true},
		{name: "429 with a failure envelope and a key", only: "create", respond: reply(429, `{"success":false,"errors":[{"code":971,"message":"wait"}],"result":RESULT}`), retries: 2, want: tooMany.withCode(971), lost: true, kept: true},
		{name: "429, and then a lost response", only: "create", respond: inTurn(reply(429, ""), cut("")), retries: 2, want: noResponse(), lost: true, requests: 2},
	}
	for _, status := range []int{200, 400, 403, 500} {
		for _, code := range []int{971, 10100} {
			name := fmt.Sprintf("%d with %d", status, code)
			want := rejected(status, turnkeys.ErrRateLimited).withCode(code)
			if status == 403 {
				want.is = append(want.is, turnkeys.ErrUnauthorized)
			}
			rows = append(rows,
				behaviour{name: name, respond: failing(status, code), retries: 1, want: want, requests: 2},
				behaviour{name: name + " once", respond: inTurn(failing(status, code), good), retries: 1, want: works, requests: 2},
			)
		}
	}
	for _, status := range []int{403, 429, 502, 522, 525} { // not waited for: 120 s are past the context's deadline
		want := rejected(status).saying("; try again in 2m0s")
		if status == 429 {
			want.is = tooMany.is
		}
		rows = append(rows, behaviour{
			name: fmt.Sprintf("%d with Retry-After: 120", status), respond: reply(status, "", "Retry-After: 120"), retries: 1,
			want: want, lost: status >= 500,
		})
	}
	return rows
}
