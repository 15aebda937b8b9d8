package contract_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

const (
	baseURL  = "http://server.test/client/v4"
	keysPath = "/accounts/" + testkit.AccountID + "/calls/turn_keys"
	keysURL  = baseURL + keysPath
	keyURL   = keysURL + "/" + testkit.KeyID
	keyPath  = keysPath + "/" + testkit.KeyID
	htmlPage = "<!DOCTYPE html>\n<title>502 Bad Gateway</title>\n"
)

// Responses as in openapi.yaml, so that a new field needs no change here.
var (
	created = string(contract.OpenAPI().Operation("createTurnKey").Example())
	key     = string(contract.OpenAPI().Operation("getTurnKey").Example())
	failure = testkit.Failure("20008", "no")
	video   = `{"name":"video calls"}`
	long    = strings.Repeat("long", 60)
)

func message(body string) contract.Message {
	header := http.Header{}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	return contract.Message{Header: header, Body: []byte(body)}
}

func newExchange(method, url, body string, status int, response string) *contract.Exchange {
	x := &contract.Exchange{Method: method, Request: message(body), Status: status, Response: message(response)}
	x.Request.Header.Set("Authorization", "Bearer "+testkit.Token)
	setURL(x, url)
	return x
}

// Valid exchanges.
func create() *contract.Exchange         { return newExchange("POST", keysURL, video, 201, created) }
func get() *contract.Exchange            { return newExchange("GET", keyURL, "", 200, key) }
func rejectedCreate() *contract.Exchange { return newExchange("POST", keysURL, video, 400, failure) }
func rejectedGet() *contract.Exchange    { return newExchange("GET", keyURL, "", 404, failure) }
func rejectedDelete() *contract.Exchange { return newExchange("DELETE", keyURL, "", 404, "") }

func places(violations []contract.Violation) []string {
	all := []string{}
	for _, v := range violations {
		all = append(all, v.Place())
	}
	return all
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

var date = regexp.MustCompile(`\d{4}-[^"]*`)

// A key with another name, as raw JSON, with other dates, and with one more field.
func named(name string) string  { return strings.Replace(key, "video calls", name, 1) }
func dated(other string) string { return date.ReplaceAllString(key, other) }
func with(field string) string  { return strings.Replace(key, "{", "{"+field, 1) }

// A change gives a part of an exchange another value.
type change func(x *contract.Exchange, value string)

func setURL(x *contract.Exchange, value string)      { x.URL, _ = url.Parse(value) }
func setMethod(x *contract.Exchange, value string)   { x.Method = value }
func setStatus(x *contract.Exchange, value string)   { _, _ = fmt.Sscan(value, &x.Status) }
func setResponse(x *contract.Exchange, value string) { x.Response = message(value) }

func setBody(x *contract.Exchange, value string) {
	x.Request.Body = []byte(value)
	x.Request.Header.Set("Content-Type", "application/json")
}

func setPage(x *contract.Exchange, value string) {
	x.Response = contract.Message{Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte(value)}
}

func setHeader(name string) change {
	return func(x *contract.Exchange, value string) { x.Request.Header.Set(name, value) }
}

func setResponseHeader(name string) change {
	return func(x *contract.Exchange, value string) { x.Response.Header.Set(name, value) }
}

func addResponseHeader(name string) change {
	return func(x *contract.Exchange, value string) { x.Response.Header.Add(name, value) }
}

// zip compresses the response to a request with this Accept-Encoding.
func zip(x *contract.Exchange, accept string) {
	x.Request.Header.Set("Accept-Encoding", accept)
	x.Response.Header.Set("Content-Encoding", "gzip")
	x.Response.Body = []byte(zipped(string(x.Response.Body)))
}

// What schemas cannot express: changes to an exchange, and the places of all violations that each makes, separated by
// spaces. mutation_test.go tests the schemas.
var checks = []struct {
	places string
	base   func() *contract.Exchange
	change change
	values []string
}{
	// Addresses: other base paths, and an escaped digit.
	{"", get, setURL, []string{"http://server.test/any/base" + keyPath, "http://server.test/accounts/proxy" + keyPath, keysURL + "/%33" + testkit.KeyID[1:]}},
	{"GET.request:operation", get, setURL, []string{
		keyURL + "/", strings.Replace(keyURL, "/calls/", "//calls/", 1), baseURL + "/client/v4" + keyPath,
		"http://server.test/proxy/client/v4/v4" + keyPath, baseURL + "/accounts/" + testkit.AccountID + keyPath,
	}},
	{"getTurnKey.request:path:key_id", rejectedGet, setURL, []string{keysURL + "/a%2Fb", keyURL + "0"}},
	{"getTurnKey.request:query:page", rejectedGet, setURL, []string{keyURL + "?page=1"}},
	{"getTurnKey.request:query:", rejectedGet, setURL, []string{keyURL + "?%zz", keyURL + "?"}},
	{"PATCH.request:operation", get, setMethod, []string{"PATCH"}},
	{"[redacted].request:operation", get, setMethod, []string{testkit.Token}},
	{"getTurnKey.request:header:X-Http-Method-Override", rejectedGet, setHeader("X-HTTP-Method-Override"), []string{"DELETE"}},

	// Credentials.
	{"", get, setHeader("Authorization"), []string{"bearer  " + testkit.Token, "Bearer video"}},
	{"getTurnKey.request:header:Authorization", rejectedGet, setHeader("Authorization"), []string{
		"", "Basic dXNlcjpwYXNzd29yZA==", "Bearer null", "Bearer YOUR_API_TOKEN", "Bearer CLOUDFLARE_API_TOKEN", "Bearer " + testkit.Secret,
	}},
	{"getTurnKey.request:header:Authorization", rejectedGet, func(x *contract.Exchange, _ string) { x.Request.Header.Del("Authorization") }, []string{""}},
	{"getTurnKey.request:header:Authorization", rejectedGet, func(x *contract.Exchange, token string) { x.Request.Header.Add("Authorization", token) },
		[]string{"Bearer " + testkit.Token}},
	{"getTurnKey.request:header:X-Auth-Key", rejectedGet, setHeader("X-Auth-Key"), []string{"0123456789"}},
	{"getTurnKey.request:header:Cookie", rejectedGet, setHeader("Cookie"), []string{"session=" + testkit.Token}},
	{"getTurnKey.request:header:X-Token", rejectedGet, setHeader("X-Token"), []string{testkit.Token}},
	{"getTurnKey.request:query:t getTurnKey.request:query:t", rejectedGet, setURL, []string{keyURL + "?t=" + testkit.Token}},
	{"getTurnKey.request:path getTurnKey.200:status", get, setURL, []string{"http://server.test/" + testkit.Token + keyPath}},
	{"createTurnKey.request:/[redacted] createTurnKey.request:/[redacted]", rejectedCreate, setBody, []string{`{"` + testkit.Token + `":1}`}},
	{"getTurnKey.404:/errors/0/message", rejectedGet, setResponse, []string{testkit.Failure("1000", "no such token: "+testkit.Token)}},

	// Secrets: only what a create returned, not what merely looks like one.
	{"", get, setResponse, []string{named(strings.Repeat("0f", 40))}},
	{"getTurnKey.200:header:X-Debug", get, setResponseHeader("X-Debug"), []string{"key=" + testkit.Secret}},
	{"getTurnKey.200:/[redacted] getTurnKey.200:/[redacted]", get, setResponse, []string{with(`"` + testkit.Secret + `":1,`)}},
	{"getTurnKey.200:body getTurnKey.200:header:Content-Type", get, setPage, []string{htmlPage + testkit.Secret}},
	{"getTurnKey.request:query:[redacted] getTurnKey.request:query:[redacted]", rejectedGet, setURL, []string{keyURL + "?" + testkit.Secret}},
	{"getTurnKey.request:path getTurnKey.request:path:key_id", rejectedGet, setURL, []string{keysURL + "/" + testkit.Secret}},
	{"createTurnKey.201:/result/key", create, setResponse, []string{strings.Replace(created, `"key"`, `"secret"`, 1)}},
	{"createTurnKey.201:/result/secret createTurnKey.201:/result/secret", create, setResponse, []string{
		strings.Replace(created, `"key"`, `"secret":"`+testkit.Secret+`","key"`, 1),
	}},

	// Media types and encodings.
	{"", get, setResponseHeader("Content-Type"), []string{"Application/JSON;charset=UTF-8", "application/json; charset=iso-8859-1"}},
	{"", get, addResponseHeader("Content-Type"), []string{"application/json"}},
	{"getTurnKey.200:header:Content-Type", get, setResponseHeader("Content-Type"), []string{"", "application/json; charset=utf-16"}},
	{"getTurnKey.200:header:Content-Type", get, addResponseHeader("Content-Type"), []string{"text/html"}},
	{"getTurnKey.200:header:Content-Type", get, func(x *contract.Exchange, name string) {
		x.Response.Body = []byte(named(name))
		x.Response.Header.Set("Content-Type", "application/json; charset=latin1")
	}, []string{"é"}},
	{"", get, zip, []string{"gzip", "br, *"}},
	{"getTurnKey.200:header:Content-Encoding", get, zip, []string{"", "br"}},
	{"getTurnKey.200:header:Content-Encoding", get, setResponseHeader("Content-Encoding"), []string{"br"}},
	{"getTurnKey.200:header:Content-Encoding getTurnKey.200:header:Content-Encoding", get, setResponseHeader("Content-Encoding"), []string{"gzip"}},
	{"createTurnKey.request:header:Content-Encoding", rejectedCreate, setHeader("Content-Encoding"), []string{"gzip"}},

	// Bodies: white space and whole surrogate pairs are allowed, but they must be one complete JSON document.
	{"", get, setResponse, []string{"\n " + key + "\r\n", named(`\ud83d\uDE00 \\ud83d \ufffd`)}},
	{"getTurnKey.200:body", get, setResponse, []string{"", key[:len(key)-1], key + "\n" + key, "\uFEFF" + key, named("\xff")}},
	{"getTurnKey.request:body", rejectedGet, setBody, []string{"{}"}},
	{"", rejectedDelete, setResponse, []string{failure}}, // although no body is documented
	{"deleteTurnKey.404:body", rejectedDelete, setResponse, []string{`"no"`}},
	{"getTurnKey.200:/result/name", get, setResponse, []string{named(`\ud83d`), named("it is " + testkit.Secret)}},
	{"createTurnKey.request:/name", rejectedCreate, setBody, []string{
		`{"name":"\\\uDE00"}`, `{"name":"a\u0000b"}`, `{"name":"a","name":"a"}`, `{"name":"` + testkit.Token + `"}`, `{"name":"` + testkit.Secret + `"}`,
	}},
	{"createTurnKey.request:/nam createTurnKey.201:status", create, setBody, []string{`{"nam":"x"}`}},
	{"getTurnKey.404:/errors/0/code", rejectedGet, setResponse, []string{testkit.Failure("20008.0", "no"), testkit.Failure("2e4", "no")}},
	{"getTurnKey.200:/errors getTurnKey.200:/messages", get, setResponse, []string{strings.ReplaceAll(key, "[]", "null")}},
	{`getTurnKey.200:/[a*\b`, get, setResponse, []string{with(`"[a*\\b":1,`)}},
	{"getTurnKey.200:/dot.200:x", get, setResponse, []string{with(`"dot.200:x":1,`)}},
	{"getTurnKey.200:/" + long[:199] + "...", get, setResponse, []string{with(`"` + long + `":1,`)}},
	{"", get, setResponse, []string{dated("2014-01-02t05:20:00.5z"), dated("2016-12-31T23:59:60Z")}},
	{"getTurnKey.200:/result/created getTurnKey.200:/result/modified", get, setResponse, []string{dated("2014-02-30T05:20:00Z"), dated("2014-01-02T05:20:00,5Z")}},

	// Statuses and headers.
	{"", rejectedGet, setStatus, []string{"418"}},
	{"getTurnKey.503:status", get, setStatus, []string{"503"}},
	{"", rejectedGet, setResponseHeader("Retry-After"), []string{"30"}},
	{"getTurnKey.404:header:Retry-After", rejectedGet, setResponseHeader("Retry-After"), []string{"soon", "NaN", "-Inf", "30.0", "1e1", ""}},
	{"getTurnKey.404:header:Retry-After", rejectedGet, func(x *contract.Exchange, value string) {
		x.Response.Header["Retry-After"] = []string{value, value}
	}, []string{"1"}},
}

func TestTheCheckerReportsWhatIsWrongAndNothingElse(t *testing.T) {
	known := contract.Secrets{Keys: []string{testkit.Secret}}
	for _, row := range checks {
		for _, value := range row.values {
			x := row.base()
			assert.Empty(t, contract.OpenAPI().Check(*x, known))
			row.change(x, value)
			violations := contract.OpenAPI().Check(*x, known)
			assert.Equal(t, strings.Fields(row.places), places(violations), value)
			for _, v := range violations {
				assert.True(t, v.Matches(v.Place()), "a place is accepted as it is printed")
			}
			requireDiscreet(t, violations, string(x.Request.Body), string(x.Response.Body))
		}
	}
}

func TestAPlaceIsAcceptedByPattern(t *testing.T) {
	x := newExchange("GET", keyURL+"?a/b=1", "", 404, testkit.Failure(`"20008"`, "no"))
	x.Request.Header.Set("X-Auth-Key", "k")
	x.Response.Header.Set("Retry-After", "soon")
	for want, patterns := range map[bool][]string{
		true: {
			"getTurnKey.404:/errors/0/code", "*.4XX:/errors/*/code", "getTurnKey.*:/*/*/*", "get*.404:/errors/[0-9]/c*", "*.request:*",
			"*.request:query:*", "getTurnKey.request:query:a/*", "*.request:header:*", "*.request:header:x-AUTH-key",
			"getTurnKey.request:header:X-*", "*.4XX:header:retry-after", "getTurnKey.404:header:[RS]*",
		},
		false: {
			"getTurnKey.4XX:/errors/*", "getTurnKey.403:/errors/*/code", "deleteTurnKey.4XX:/errors/*/code", "*.request:/name",
			"getTurnKey.4XX:/*/code", "getTurnKey.404:header:X-*",
		},
	} {
		for _, pattern := range patterns {
			violations := contract.OpenAPI().Mark(contract.OpenAPI().Check(*x, contract.Secrets{}), []string{pattern})
			require.Len(t, violations, 4)
			accepted := slices.ContainsFunc(violations, func(v contract.Violation) bool { return v.Accepted })
			assert.Equal(t, want, accepted, pattern)
			isKnown := slices.ContainsFunc(violations, func(v contract.Violation) bool { return v.Known != "" })
			assert.False(t, isKnown, "a code below 1,000 is known, one that is a text is not")
		}
	}
}

func TestAPatternThatCannotMatchIsRejectedWithAValidOne(t *testing.T) {
	for problem, patterns := range map[string][]string{
		"it has no status":                    {"", "key", "createTurnKey", "createTurnKey.4xx:/errors", "createTurnKey.600:status"},
		`no violation can be at ""`:           {"createTurnKey.201", "createTurnKey.201:"},
		`no violation can be at "result"`:     {"createTurnKey.201:result"},
		`no violation can be at "query:page"`: {"createTurnKey.201:query:page"},
		`no violation can be at "status"`:     {"createTurnKey.request:status"},
		`unknown operation "createTurnKeys"`:  {"createTurnKeys.201:/result"},
		"no body is documented for it":        {"createTurnKey.200:/result", "createTurnKey.3XX:/result", "getTurnKey.request:/name"},
	} {
		for _, pattern := range patterns {
			_, err := contract.New(nil, contract.WithAccepted("*.4XX:/result", pattern))
			require.ErrorContains(t, err, problem+"; want one such as createTurnKey.201:/result/key", pattern)
		}
	}
	assert.NoError(t, contract.OpenAPI().CheckPlaces([]string{
		"*.*:*", "*.request:operation", "PATCH.request:operation", "*.5XX:status", "getTurnKey.302:status", "*.2XX:/result/*/key",
		"getTurnKey.404:header:X-Debug", "*.request:path:key_id", "createTurnKey.request:/name", "deleteTurnKey.4XX:body",
	}))
}
