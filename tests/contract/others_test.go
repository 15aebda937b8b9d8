package contract_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	spec "github.com/seed-e5e2407e/turnkeys"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

// pets has what openapi.yaml has not.
const pets = `
openapi: 3.0.2
info: {title: Pets, version: '1'}
servers: [{url: 'https://pets.test/v2'}]
security: [{apiKey: []}, {oauth: []}]
paths:
  /:
    get: {security: [], responses: {'200': {description: no schema, content: {application/json: {}}}, '3XX': {description: none}}}
  /pets:
    get:
      operationId: pets.list
      security: [{}, {basic: []}]
      parameters:
        - {name: tags, in: query, schema: {type: array, items: {type: string, enum: [cat, dog]}}}
        - {name: ids, in: query, style: pipeDelimited, explode: false, schema: {type: array, maxItems: 2, items: {type: integer}}}
        - {name: near, in: query, style: deepObject, schema: {type: object, properties: {lat: {type: number}}}}
        - {name: X-Trace, in: header, schema: {type: array, items: {type: integer}}}
        - {name: flavour, in: cookie, required: true, schema: {type: string, minLength: 2}}
      responses:
        default:
          description: a page
          headers: {X-Next: {schema: {type: boolean}}}
          content: {'*/*': {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}
    post:
      operationId: pets.add
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: {type: object, required: [name], properties: {name: {type: string}, age: {type: integer}, tags: {type: array, items: {type: string}}}}
          application/json: {schema: {$ref: '#/components/schemas/Pet'}}
      responses: {'201': {description: its name, content: {text/plain: {schema: {type: string, maxLength: 5}}}}, '204': {description: none}}
  /beasts:
    post:
      security: []
      operationId: beasts.add
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Beast'}, examples: {there: {externalValue: 'https://pets.test/x'}, here: {value: {kind: Cat}}}}}}
      parameters:
        - {name: limit, in: query, schema: {type: integer}}
        - {name: where, in: query, content: {application/json: {schema: {type: object, properties: {a: {type: integer}}}}}}
      responses: {default: {description: another charset, headers: {X-Limit: {schema: {type: integer}}, Set-Cookie: {schema: {type: string}}},
        content: {application/json; charset=utf-8: {schema: {type: string}}}}}
  /pets/{id}.json:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    head: {responses: {'200': {description: no body}}}
components:
  securitySchemes:
    apiKey: {type: apiKey, in: header, name: X-Key}
    oauth: {type: oauth2, flows: {implicit: {authorizationUrl: 'https://pets.test', scopes: {}}}}
    basic: {type: http, scheme: basic}
  schemas:
    Beast: {type: object, required: [kind, id], properties: {kind: {type: string}, id: {type: integer, readOnly: true}}, discriminator: {propertyName: kind, mapping: {dog: '#/components/schemas/Wolf'}}}
    Cat: {allOf: [{$ref: '#/components/schemas/Beast'}, {type: object, properties: {claws: {type: integer}}}]}
    Wolf: {allOf: [{$ref: '#/components/schemas/Beast'}, {type: object, required: [pack], properties: {pack: {type: string}}}]}
    Pet:
      allOf:
        - {type: object, required: [name], properties: {name: {type: string}, id: {type: integer, readOnly: true}, pin: {type: string, writeOnly: true}}}
        - {type: object, properties: {parent: {$ref: '#/components/schemas/Pet'}, tags: {type: object, additionalProperties: {type: integer}},
            any: {type: object}, home: {oneOf: [{type: string}, {type: object, properties: {city: {type: string}}}]}, left: {type: string, nullable: true}}}
`

func TestAnotherDocumentIsCheckedRightly(t *testing.T) {
	const form, json = "application/x-www-form-urlencoded", "application/json"
	document, err := contract.Load([]byte(pets))
	require.NoError(t, err)
	for _, row := range []struct {
		request, header, body string
		status                int
		answerHeader, answer  string
		places                string
	}{
		{"GET /", "", "", 200, "Content-Type: " + json, `{"free":[1]}`, ""},
		{"GET /", "", "", 200, "Content-Type: " + json, `{"free":`, "get.200:body"},
		{"GET /v2/", "", "", 302, "", "", ""},
		{"GET /other", "", "", 200, "", "", "GET.request:operation"},
		{"GET /pets?tags=cat&tags=dog&ids=1|2&near[lat]=0.5", "Cookie: flavour=oat;X-Trace: 1, 2", "", 200, "X-Next: true;Content-Type: " + json,
			`[{"name":"a","id":1,"parent":{"name":"b"},"tags":{"x":1},"any":{"y":[]},"home":{"city":"c"},"left":null}]`, ""},
		{"GET /pets?tags=cow&ids=1|two&near[lat]=north&page=1", "Cookie: flavour=o;X-Trace: one", "", 500, "X-Next: maybe;Content-Type: " + json,
			`[{"id":1.5,"pin":"1","parent":{"nam":"b"},"tags":{"x":"1"},"home":{"town":"t"},"left":1}]`,
			"pets.list.request:cookie:flavour pets.list.request:header:X-Trace pets.list.request:query:ids pets.list.request:query:near " +
				"pets.list.request:query:page pets.list.request:query:tags pets.list.500:/0/home/town pets.list.500:/0/id pets.list.500:/0/id " +
				"pets.list.500:/0/left pets.list.500:/0/name pets.list.500:/0/parent/nam pets.list.500:/0/parent/name pets.list.500:/0/pin " +
				"pets.list.500:/0/tags/x pets.list.500:header:X-Next"},
		{"GET /pets", "", "", 200, "Content-Type: text/html", "<html>", "pets.list.request:cookie:flavour pets.list.200:body pets.list.200:status"},
		{"POST /pets", "X-Key: k;Content-Type: " + form, "name=a&age=3&tags=x&tags=y", 201, "Content-Type: text/plain; charset=latin1", "rex", ""},
		{"POST /pets", "Authorization: bearer t;Content-Type: " + form, "age=three", 201, "Content-Type: text/plain", "too long",
			"pets.add.request:body pets.add.201:body pets.add.201:status"},
		{"POST /pets", "Content-Type: " + form, "nam=a", 204, "", "",
			"pets.add.request:/nam pets.add.request:/name pets.add.request:header:Authorization pets.add.204:status"},
		{"POST /pets", "X-Key: k;Content-Type: " + json, `{"name":"a","id":1,"pin":"1"}`, 204, "", "", "pets.add.request:/id pets.add.204:status"},
		{"POST /pets", "X-Key: k", "", 201, "Content-Type: text/plain", "", ""},
		{`POST /beasts?limit=1&where={"a":1}`, "Content-Type: " + json, `{"kind":"Cat","claws":18}`, 201, "Content-Type: " + json, `"c"`, ""},
		{"POST /beasts", "Content-Type: " + json, `{"kind":"Cat","claws":"sharp","pack":"p"}`, 400,
			"Set-Cookie: a=1;Set-Cookie: b=2;X-Limit: 1;X-Limit: 2;Content-Type: application/json;charset=UTF-8", `"no"`,
			"beasts.add.request:/claws beasts.add.request:/pack beasts.add.400:header:X-Limit"},
		{`POST /beasts?limit=1&limit=2&where={"a":"x"}`, "Content-Type: " + json, `{"kind":"dog"}`, 400, "Content-Type: " + json, `"no"`,
			"beasts.add.request:/pack beasts.add.request:query:limit beasts.add.request:query:where"},
		{"HEAD /v2/pets/7.json", "X-Key: k", "", 200, "Content-Length: 9", "", ""},
		{"HEAD /v2/pets/x.json", "X-Key: k", "", 200, "", "", "head_pets_id_json.request:path:id head_pets_id_json.200:status"},
	} {
		method, target, _ := strings.Cut(row.request, " ")
		u, err := url.Parse("http://server.test" + target)
		require.NoError(t, err)
		violations := document.Check(contract.Exchange{
			Method: method, URL: u, Status: row.status,
			Request:  contract.Message{Header: headerOf(row.header), Body: []byte(row.body)},
			Response: contract.Message{Header: headerOf(row.answerHeader), Body: []byte(row.answer)},
		}, contract.Secrets{})
		assert.Equal(t, strings.Fields(row.places), places(violations), "%s %s %v", row.request, row.body, violations)
	}
}

func headerOf(text string) http.Header {
	header := http.Header{}
	for line := range strings.SplitSeq(text, ";") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			header.Add(name, value)
		}
	}
	return header
}

func TestWhatCannotBeCheckedOfADocumentIsOneLine(t *testing.T) {
	for old, now := range map[string]string{
		"openapi: 3.0.2":                              "openapi: 3.1.0",
		"style: deepObject":                           "style: form",
		"schema: {type: boolean}":                     "schema: {not: {type: string}}",
		"schema: {type: array, items: {type: integer": "schema: {type: array, items: {minimum: 1",
		"in: header, name: X-Key":                     "in: cookie, name: key",
		"text/plain: {schema: {type: string":          "application/xml: {schema: {type: object",
		"content: {application/json: {schema: {type: object, properties: {a": "content: {text/plain: {schema: {type: object, properties: {a",
		"age: {type: integer}":            "age: {type: object}",
		"content: {application/json: {}}": "content: {application/json: }",
		"paths:\n":                        "path:\n",
	} {
		changed := strings.Replace(pets, old, now, 1)
		require.NotEqual(t, pets, changed)
		_, err := contract.New(nil, contract.WithDocument([]byte(changed)))
		require.Error(t, err, now)
		assert.Regexp(t, `^contract: (invalid|unsupported) OpenAPI document: .+$`, err.Error())
	}
}

func FuzzCheck(f *testing.F) {
	document, err := contract.Load([]byte(pets))
	require.NoError(f, err)
	for _, body := range []string{
		"", "null", "1e999", "-0", `{"name":1e400}`, "\xff", `{"\ud800":"\u0000"}`, strings.Repeat(`{"parent":`, 600), strings.Repeat("[", 20_000), get().answer, documented("Created"),
	} {
		for _, header := range []string{"NaN", "Inf", "1e999", "", "\x00", "ä", "0x1p-2", strings.Repeat("9", 400), "Bearer ", "a=b; c"} {
			f.Add("POST", "/v2/pets?ids=NaN&near[lat]=Inf&near[=&tags", header, body, 201)
			f.Add("GET", keyPath+"?%zz", header, body, 404)
		}
	}
	f.Add("GET", "/v2/pets", "1", `[`+strings.Repeat(`{},`, 200_000)+`0]`, 200)
	// Check never panics, and changes nothing.
	f.Fuzz(func(t *testing.T, method, target, value, body string, status int) {
		u, _ := url.Parse(target) // nil, if it is none
		header := http.Header{}
		for _, name := range []string{"Authorization", "Content-Encoding", "Content-Length", "Cookie", "Retry-After", "X-Next", "X-Trace"} {
			header[name] = []string{value}
		}
		for _, contentType := range []string{"application/json", "application/x-www-form-urlencoded", value} {
			header["Content-Type"] = []string{contentType}
			message := contract.Message{Header: header, Trailer: header, Body: []byte(body)}
			x := contract.Exchange{Method: method, URL: u, Request: message, Response: message, Status: status}
			before := encode(x)
			for _, d := range []*contract.Document{contract.OpenAPI(), document} {
				for _, v := range d.Check(x, contract.Secrets{Keys: []string{value}, Tokens: []string{testkit.Token}}) {
					require.True(t, utf8.ValidString(v.String()))
					require.NotContains(t, v.String(), "\n")
				}
			}
			require.Equal(t, before, encode(x))
		}
	})
}

func TestAnEmptyExchangeIsChecked(t *testing.T) {
	assert.Equal(t, []string{".request:operation"}, places(contract.OpenAPI().Check(contract.Exchange{}, contract.Secrets{})))
	_, err := contract.Load(spec.OpenAPI)
	require.NoError(t, err)
}
