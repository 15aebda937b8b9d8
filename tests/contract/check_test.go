package contract_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

const htmlPage = "<!DOCTYPE html>\n<title>502 Bad Gateway</title>\n"

var (
	key      = get().response
	long     = strings.Repeat("long", 60)
	modified = regexp.MustCompile(`"modified":"[^"]*"`)
)

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// named returns a key with a raw JSON string for a name.
func named(name string) string { return strings.Replace(key, "video calls", name, 1) }

func with(field string) string { return strings.Replace(key, "{", "{"+field, 1) }

// A change gives a part of an exchange another value.
type change func(x *exchange, value string)

func setURL(x *exchange, value string) { x.url = value }

func setMethod(x *exchange, value string) { x.method = value }

func setStatus(x *exchange, value string) { _, _ = fmt.Sscan(value, &x.status) }

func setBody(x *exchange, value string) { x.body = value }

func setResponse(x *exchange, value string) {
	x.response = value
	x.responseHeader.Set("Content-Type", "application/json")
}

func setPage(x *exchange, value string) {
	x.response = value
	x.responseHeader.Set("Content-Type", "text/html")
}

func setDate(x *exchange, value string) {
	x.response = modified.ReplaceAllString(x.response, `"modified":"`+value+`"`)
}

func header(name string) change { return func(x *exchange, value string) { x.header.Set(name, value) } }

func responseHeader(name string) change {
	return func(x *exchange, value string) { x.responseHeader.Set(name, value) }
}

func addResponseHeader(name string) change {
	return func(x *exchange, value string) { x.responseHeader.Add(name, value) }
}

// encoded compresses the response of an exchange with this Accept-Encoding.
func encoded(x *exchange, accept string) {
	x.header.Set("Accept-Encoding", accept)
	x.responseHeader.Set("Content-Encoding", "gzip")
	x.response = zipped(x.response)
}

// What openapi.yaml cannot say by schema: changes to an exchange, and the places of all violations that each makes,
// separated by blanks. The schemas are for mutation_test.go.
var checks = []struct {
	places string
	base   func() *exchange
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
	{"getTurnKey.request:header:X-Http-Method-Override", rejectedGet, header("X-HTTP-Method-Override"), []string{"DELETE"}},

	// Credentials.
	{"", get, header("Authorization"), []string{"bearer  " + testkit.Token, "Bearer video"}},
	{"getTurnKey.request:header:Authorization", rejectedGet, header("Authorization"), []string{
		"", "Basic dXNlcjpwYXNzd29yZA==", "Bearer null", "Bearer YOUR_API_TOKEN", "Bearer CLOUDFLARE_API_TOKEN", "Bearer " + testkit.Secret,
	}},
	{"getTurnKey.request:header:Authorization", rejectedGet, func(x *exchange, _ string) { x.header.Del("Authorization") }, []string{""}},
	{"getTurnKey.request:header:Authorization", rejectedGet, func(x *exchange, token string) { x.header.Add("Authorization", token) },
		[]string{"Bearer " + testkit.Token}},
	{"getTurnKey.request:header:X-Auth-Key", rejectedGet, header("X-Auth-Key"), []string{"0123456789"}},
	{"getTurnKey.request:header:Cookie", rejectedGet, header("Cookie"), []string{"session=" + testkit.Token}},
	{"getTurnKey.request:header:X-Token", rejectedGet, header("X-Token"), []string{testkit.Token}},
	{"getTurnKey.request:query:t getTurnKey.request:query:t", rejectedGet, setURL, []string{keyURL + "?t=" + testkit.Token}},
	{"getTurnKey.request:path getTurnKey.200:status", get, setURL, []string{"http://server.test/" + testkit.Token + keyPath}},
	{"createTurnKey.request:/[redacted] createTurnKey.request:/[redacted]", rejectedCreate, setBody, []string{`{"` + testkit.Token + `":1}`}},
	{"getTurnKey.404:/errors/0/message", rejectedGet, setResponse, []string{testkit.Failure("1000", "no such token: "+testkit.Token)}},

	// Secrets are what a creation showed, and nothing that merely looks like one.
	{"", get, setResponse, []string{named(strings.Repeat("0f", 40))}},
	{"getTurnKey.200:header:X-Debug", get, responseHeader("X-Debug"), []string{"key=" + testkit.Secret}},
	{"getTurnKey.200:/[redacted] getTurnKey.200:/[redacted]", get, setResponse, []string{with(`"` + testkit.Secret + `":1,`)}},
	{"getTurnKey.200:body getTurnKey.200:header:Content-Type", get, setPage, []string{htmlPage + testkit.Secret}},
	{"getTurnKey.request:query:[redacted] getTurnKey.request:query:[redacted]", rejectedGet, setURL, []string{keyURL + "?" + testkit.Secret}},
	{"getTurnKey.request:path getTurnKey.request:path:key_id", rejectedGet, setURL, []string{keysURL + "/" + testkit.Secret}},
	{"createTurnKey.201:/result/key", create, setResponse, []string{strings.Replace(create().response, `"key"`, `"secret"`, 1)}},
	{"createTurnKey.201:/result/secret createTurnKey.201:/result/secret", create, setResponse, []string{
		strings.Replace(create().response, `"key"`, `"secret":"`+testkit.Secret+`","key"`, 1),
	}},

	// Media types and encodings.
	{"", get, responseHeader("Content-Type"), []string{"Application/JSON;charset=UTF-8", "application/json; charset=iso-8859-1"}},
	{"", get, addResponseHeader("Content-Type"), []string{"application/json"}},
	{"getTurnKey.200:header:Content-Type", get, responseHeader("Content-Type"), []string{"", "application/json; charset=utf-16"}},
	{"getTurnKey.200:header:Content-Type", get, addResponseHeader("Content-Type"), []string{"text/html"}},
	{"getTurnKey.200:header:Content-Type", get, func(x *exchange, name string) {
		x.response = named(name)
		x.responseHeader.Set("Content-Type", "application/json; charset=latin1")
	}, []string{"é"}},
	{"getTurnKey.404:header:Content-Type", rejectedGet, setPage, []string{htmlPage}},
	{"", get, encoded, []string{"gzip", "br, *"}},
	{"getTurnKey.200:header:Content-Encoding", get, encoded, []string{"", "br"}},
	{"getTurnKey.200:header:Content-Encoding", get, responseHeader("Content-Encoding"), []string{"br"}},
	{"getTurnKey.200:header:Content-Encoding getTurnKey.200:header:Content-Encoding", get, responseHeader("Content-Encoding"), []string{"gzip"}},
	{"createTurnKey.request:header:Content-Encoding", rejectedCreate, header("Content-Encoding"), []string{"gzip"}},

	// Bodies: white space and whole surrogate pairs are allowed, but they must be one complete JSON document.
	{"", get, setResponse, []string{"\n " + key + "\r\n", named(`\ud83d\uDE00 \\ud83d \ufffd`)}},
	{"getTurnKey.200:body", get, setResponse, []string{"", key[:len(key)-1], key + "\n" + key, "\uFEFF" + key, named("\xff")}},
	{"getTurnKey.200:body", get, responseHeader("Content-Length"), []string{"1000"}},
	{"getTurnKey.200:body", get, func(x *exchange, _ string) { x.broken = true }, []string{""}},
	{"getTurnKey.request:body", rejectedGet, setBody, []string{"{}"}},
	{"", rejectedDelete, setResponse, []string{testkit.Failure("20008", "no")}}, // although no body is documented
	{"deleteTurnKey.404:body", rejectedDelete, setResponse, []string{`"no"`}},
	{"getTurnKey.200:/result/name", get, setResponse, []string{named(`\ud83d`), named("it is " + testkit.Secret)}},
	{"createTurnKey.request:/name", rejectedCreate, setBody, []string{
		`{"name":"\\\uDE00"}`, `{"name":"a\u0000b"}`, `{"name":"a","name":"a"}`, `{"name":"` + testkit.Token + `"}`, `{"name":"` + testkit.Secret + `"}`,
	}},
	{"createTurnKey.request:/nam createTurnKey.201:status", create, setBody, []string{`{"nam":"x"}`}},
	{"getTurnKey.404:/errors/0/code", rejectedGet, setResponse, []string{testkit.Failure("20008.0", "no"), testkit.Failure("2e4", "no")}},
	{"getTurnKey.200:/errors getTurnKey.200:/messages", get, setResponse, []string{strings.ReplaceAll(key, "[]", "null")}},
	{"getTurnKey.200:/" + long[:199] + "...", get, setResponse, []string{with(`"` + long + `":1,`)}},
	{"", get, setDate, []string{"2014-01-02t05:20:00.5z", "2016-12-31T23:59:60Z"}},
	{"getTurnKey.200:/result/modified", get, setDate, []string{"2014-02-30T05:20:00Z", "2014-01-02T05:20:00,5Z"}},

	// Statuses and headers.
	{"", rejectedGet, setStatus, []string{"418"}},
	{"getTurnKey.503:status", get, setStatus, []string{"503"}},
	{"", rejectedGet, responseHeader("Retry-After"), []string{"30"}},
	{"", rejectedGet, responseHeader("CF-Ray"), []string{"8f1d2c3b4a596877-AMS"}},
	{"getTurnKey.404:header:Retry-After", rejectedGet, responseHeader("Retry-After"), []string{"soon", "NaN", "-Inf", "30.0", "1e1", ""}},
	{"getTurnKey.404:header:Retry-After", rejectedGet, func(x *exchange, value string) {
		x.responseHeader["Retry-After"] = []string{value, value}
	}, []string{"1"}},
}

func TestTheCheckerReportsWhatIsWrongAndNothingElse(t *testing.T) {
	for _, row := range checks {
		for i, value := range row.values {
			t.Run(fmt.Sprint(row.places, i), func(t *testing.T) {
				s := newStage(t)
				assert.Empty(t, s.play(create()))
				x := row.base()
				assert.Empty(t, s.play(x))
				row.change(x, value)
				violations := s.play(x)
				assert.Equal(t, strings.Fields(row.places), places(violations), value)
				requireDiscreet(t, violations, x.body, x.response)
			})
		}
	}
}
