package contract_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	spec "github.com/seed-e5e2407e/turnkeys"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

var modifiedKey = regexp.MustCompile(`(?m)^( +)modified: '`)

// changed returns openapi.yaml with more in the schema of a TURN key, and in the examples of keys.
func changed(required, property, example string) []byte {
	openapi := strings.Replace(string(spec.OpenAPI), "required: [created, ", "required: ["+required+"created, ", 1)
	openapi = strings.Replace(openapi, "\n        created:\n", "\n        "+property+"\n        created:\n", 1)
	return modifiedKey.ReplaceAll([]byte(openapi), []byte("${1}"+example+"\n${1}modified: '"))
}

const newField = "new_field: {type: string, enum: [weur, enam]}"

func TestTheCheckerFollowsTheDocument(t *testing.T) {
	const there = "getTurnKey.200:/result/new_field"
	with := strings.Replace(key, `"uid"`, `"new_field":"weur","uid"`, 1)
	invalid := strings.Replace(with, `"new_field":"weur"`, `"new_field":"mars"`, 1)
	for _, row := range []struct {
		openapi                []byte
		without, with, invalid string
	}{
		{spec.OpenAPI, "", there, there},
		{changed("", newField, "new_field: weur"), "", "", there},
		{changed("new_field, ", newField, "new_field: weur"), there, "", there},
	} {
		for response, want := range map[string]string{key: row.without, with: row.with, invalid: row.invalid} {
			checker := newChecker(t, responding(200, strings.NewReader(response)), contract.WithDocument(row.openapi))
			_, err := io.ReadAll(roundTrip(t, checker, send(t, "GET", keyURL, "")).Body)
			require.NoError(t, err)
			assert.Equal(t, strings.Fields(want), places(checker.Violations()), response)
		}
		gets := slices.DeleteFunc(subjects(t, row.openapi), func(s subject) bool { return s.name != "getTurnKey.200" })
		_, survivors := kill(t, gets, row.openapi)
		assert.Empty(t, survivors)
	}
}

func TestNewRejectsWhatItCannotCheckInOneLineWithinASecond(t *testing.T) {
	const example = "listTurnKeys.200: example Listed: /result/0/"
	type row struct {
		option contract.Option
		want   string
	}
	document := func(openapi []byte, want string) row {
		return row{contract.WithDocument(openapi), "^contract: (invalid|unsupported) OpenAPI document: " + want}
	}
	rows := []row{
		document(changed("new_field, ", newField, ""), example+"new_field: the field is missing$"),
		document(changed("", newField, "new_field: mars"), example+"new_field: "),
		document(changed("", "", "regoin: 1"), example+"regoin: the field is not documented$"),
		document([]byte(strings.Replace(string(spec.OpenAPI), "schemas/TurnKey'", "schemas/None'", 1)), ""),
		document([]byte("<html>\n"), ""),
	}
	for _, baseURL := range []string{"", "api.cloudflare.com", "ftp://server.test", "/client/v4", "http://%zz"} {
		rows = append(rows, row{contract.WithBaseURL(baseURL), "^contract: base URL: want one such as https://api.cloudflare.com/client/v4, got "})
	}
	for old, now := range map[string]string{
		"openapi: 3.0.2":               "openapi: 3.1.0",
		"{type: string, minLength: 2}": "{type: array, items: {type: integer}}",
		"in: header, name: X-Key":      "in: query, name: key",
		"old, in: query":               "old, in: cookie",
		"old, in: query, schema":       "old, in: query, style: deepObject, schema",
		"limit, in: query, schema":     "limit, in: query, allowEmptyValue: true, schema",
		"ids, in: query, schema":       "ids, in: query, explode: false, schema",
		"allOf: [{type: integer":       "allOf: [{type: object",
		"schema: {type: boolean}":      "schema: {not: {type: string}}",
		"{X-Next: {schema: {":          "{X-Next: {schema: {oneOf: [{type: integer}], ",
		"schema: {type: integer}}]":    "content: {application/json: {schema: {type: integer}}}}]",
		"text/plain: {schema: {type:":  "text/plain: {schema: {type: object, title:",
		"text/plain: {schema":          "text/plain;charset=utf-8: {schema",
		"{oneOf: [{type: string}]}":    "{oneOf: [{type: object}]}",
		"/pets/{id}:":                  "/pets/{id}.json:",
		"Pet:\n":                       "Pet:\n      discriminator: {propertyName: name}\n",
		"application/json: {}}":        "application/json: }",
		"paths:\n":                     "path:\n",
		"here: {value: {name: rex":     "here: {value: {nam: rex",
	} {
		require.Contains(t, pets, old)
		rows = append(rows, document([]byte(strings.Replace(pets, old, now, 1)), ""))
	}
	for _, row := range rows {
		start := time.Now()
		_, err := contract.New(nil, row.option)
		assert.Less(t, time.Since(start), time.Second)
		require.Error(t, err, row.want)
		assert.Regexp(t, row.want, err.Error())
		assert.NotContains(t, err.Error(), "\n")
		assert.Less(t, len(err.Error()), 300)
	}
}

// pets has what openapi.yaml lacks.
const pets = `
openapi: 3.0.2
info: {title: Pets, version: '1'}
servers: [{url: 'https://pets.test/v2'}]
security: [{token: []}]
paths:
  /:
    get: {security: [{}, {token: []}], responses: {'200': {description: no schema, content: {application/json: {}}}, '3XX': {description: none}}}
  /pets:
    get:
      operationId: pets.list
      security: [{key: []}, {token: []}]
      parameters:
        - {name: tags, in: query, schema: {type: array, items: {type: string, enum: [cat, dog]}}}
        - {name: ids, in: query, schema: {type: array, maxItems: 2, items: {type: integer}}}
        - {name: limit, in: query, schema: {allOf: [{type: integer, maximum: 9}]}}
        - {name: q, in: query, schema: {type: string}}
        - {name: old, in: query, schema: {type: boolean}}
        - {name: X-Trace, in: header, required: true, schema: {type: string, minLength: 2}}
        - {name: Accept, in: header, required: true, schema: {type: string}}
      responses:
        default:
          description: a page
          headers: {X-Next: {schema: {type: boolean}}, Set-Cookie: {schema: {type: string}}}
          content: {application/*: {schema: {oneOf: [{type: string}]}}, application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}
    post:
      operationId: pets.add
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}, examples: {there: {externalValue: 'https://pets.test/x'}, here: {value: {name: rex}}}}}}
      responses: {'201': {description: its name, content: {text/plain: {schema: {type: string, maxLength: 5}}}}, '204': {description: none}}
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    head: {responses: {'200': {description: no body}}}
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
    key: {type: apiKey, in: header, name: X-Key}
  schemas:
    Pet:
      allOf:
        - {type: object, required: [name], properties: {name: {type: string}, id: {type: integer, readOnly: true}, pin: {type: string, writeOnly: true}}}
        - {type: object, properties: {shut: {type: object, additionalProperties: false, properties: {a: {type: string}}},
            open: {type: object, additionalProperties: true, properties: {a: {type: string}}}, weight: {anyOf: [{type: integer}, {type: number}]}, parent: {$ref: '#/components/schemas/Pet'}, tags: {type: object, additionalProperties: {type: integer}},
            any: {type: object}, home: {oneOf: [{type: string}, {type: object, properties: {city: {type: string}}}]}, left: {type: string, nullable: true}, more: {anyOf: [{type: object}, {type: object, properties: {c: {type: string}}}]}}}
`

func TestAnotherDocumentIsCheckedCorrectly(t *testing.T) {
	const json = "Content-Type: application/json"
	document, err := contract.Load([]byte(pets))
	require.NoError(t, err)
	for _, row := range []struct {
		request, header, body    string
		status                   int
		responseHeader, response string
		places                   string
	}{
		{"GET /", "", "", 200, json, `{"free":[1]}`, ""},
		{"GET /", "X-Auth-Key: k|X-HTTP-Method: PUT", "", 200, json, `{"free":`, "get.200:body"},
		{"GET /v2/", "", "", 302, "", "", ""},
		{"GET /other", "", "", 200, "", "", "GET.request:operation"},
		{"GET //pets", "", "", 200, "", "", "GET.request:operation"},
		{"HEAD /pets/", "", "", 200, "", "", "HEAD.request:operation"},
		{"GET /pets?tags=cat&tags=dog&ids=1&limit=9&old=true", "X-Trace: 12", "", 200, "X-Next: true|Set-Cookie: a=1|Set-Cookie: b=2|" + json,
			`[{"name":"a","id":1,"parent":{"name":"b"},"tags":{"x":1},"any":{"y":[]},"home":{"city":"c"},"left":null,"more":{"d":1},"shut":{"a":""},"open":{"b":1},"weight":1.5}]`, ""},
		{"GET /pets?tags=cow&ids=1&ids=two&limit=10&old=%20true&page=1&=1", "X-Trace: 1", "", 500, "X-Next: maybe|" + json,
			`[{"id":1.5,"pin":"1","parent":{"nam":"b"},"tags":{"x":"1"},"home":{"town":"t"},"left":1,"shut":{"b":1}}]`,
			"pets.list.request:header:X-Trace pets.list.request:query: pets.list.request:query:ids pets.list.request:query:limit pets.list.request:query:old " +
				"pets.list.request:query:page pets.list.request:query:tags pets.list.500:/0/home/town pets.list.500:/0/id pets.list.500:/0/id " +
				"pets.list.500:/0/left pets.list.500:/0/name pets.list.500:/0/parent/nam pets.list.500:/0/parent/name pets.list.500:/0/pin " +
				"pets.list.500:/0/shut/b pets.list.500:/0/tags/x pets.list.500:header:X-Next"},
		{"GET /pets?limit=1&limit=2&ids=1&ids=2&ids=3&q=a&q=b", "", "", 500, "Content-Type: application/xml", "<pets/>",
			"pets.list.request:header:X-Trace pets.list.request:query:ids pets.list.request:query:limit pets.list.request:query:q"},
		{"GET /pets?", "X-Trace: 12", "", 200, "Content-Type: text/html", "<html>", "pets.list.200:header:Content-Type"},
		{"POST /pets", "Authorization: bearer t|" + json, `{"name":"a"}`, 201, "Content-Type: text/plain; charset=latin1", "réx", ""},
		{"POST /pets", "Authorization: bearer t", "", 201, "Content-Type: text/plain", "", ""},
		{"POST /pets", json, `{"name":"a","id":1,"pin":"1"}`, 201, "Content-Type: text/plain", "too long",
			"pets.add.request:/id pets.add.request:header:Authorization pets.add.201:body pets.add.201:status"},
		{"HEAD /v2/pets/7", "Authorization: bearer t", "", 200, "Content-Length: 9", "", ""},
		{"HEAD /v2/pets/x", "Authorization: bearer t", "", 200, "", "", "head_pets_id.request:path:id head_pets_id.200:status"},
	} {
		method, target, _ := strings.Cut(row.request, " ")
		u, err := url.Parse("http://server.test" + target)
		require.NoError(t, err)
		violations := document.Check(contract.Exchange{
			Method: method, URL: u, Status: row.status,
			Request:  contract.Message{Header: headerOf(row.header), Body: []byte(row.body)},
			Response: contract.Message{Header: headerOf(row.responseHeader), Body: []byte(row.response)},
		}, contract.Secrets{})
		assert.Equal(t, strings.Fields(row.places), places(violations), "%s %s %v", row.request, row.body, violations)
	}
	assert.ErrorContains(t, document.CheckPlaces([]string{"pets.list.404:/0", "pets.list.request:/x"}), "no body is documented for it")
	missing := contract.Violation{OperationID: "pets.list", In: contract.Response, Status: 404, At: "/messages", Rule: "required"}
	assert.Empty(t, document.Mark([]contract.Violation{missing}, nil)[0].Known, "known drift applies only to TURN keys")
}

func headerOf(text string) http.Header {
	header := http.Header{}
	for line := range strings.SplitSeq(text, "|") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			header.Add(name, value)
		}
	}
	return header
}

func FuzzCheck(f *testing.F) {
	document, err := contract.Load([]byte(pets))
	require.NoError(f, err)
	for _, body := range []string{
		"", "null", "1e999", "-0", `{"name":1e400}`, "\xff", `{"\ud800":"\u0000"}`, strings.Repeat(`{"parent":`, 600), strings.Repeat("[", 20_000), key, created,
	} {
		for _, header := range []string{"NaN", "Inf", "1e999", "", "\x00", "ä", "0x1p-2", strings.Repeat("9", 400), "Bearer ", "a=b; c"} {
			f.Add("POST", "/v2/pets?ids=NaN&limit=Inf&old=&near[=&tags", header, body, 201)
			f.Add("GET", keyPath+"?%zz", header, body, 404)
		}
	}
	f.Add("GET", "/v2/pets", "1", `[`+strings.Repeat(`{},`, 200_000)+`0]`, 200)
	require.Len(f, document.Check(contract.Exchange{}, contract.Secrets{}), 1)
	// Check never panics, and changes nothing.
	f.Fuzz(func(t *testing.T, method, target, value, body string, status int) {
		u, _ := url.Parse(target) // nil, if it is none
		header := http.Header{}
		for _, name := range []string{"Authorization", "Content-Encoding", "Content-Length", "Cookie", "Retry-After", "X-Next", "X-Trace"} {
			header[name] = []string{value}
		}
		for _, contentType := range []string{"application/json", value} {
			header["Content-Type"] = []string{contentType}
			message := contract.Message{Header: header, Trailer: header, Body: []byte(body)}
			x := contract.Exchange{Method: method, URL: u, Request: message, Response: message, Status: status}
			before := encode(x)
			for _, d := range []*contract.Document{contract.OpenAPI(), document} {
				for _, v := range d.Check(x, contract.Secrets{Keys: []string{value}, Tokens: []string{testkit.Token}}) {
					require.Regexp(t, "^[ -~]+$", v.String())
				}
			}
			require.Equal(t, before, encode(x))
		}
	})
}
