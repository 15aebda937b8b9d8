package contract_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	spec "github.com/seed-e5e2407e/turnkeys"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// changed returns openapi.yaml with another schema of a TURN key, and with more in the examples of keys.
func changed(t *testing.T, change func(turnKey *openapi3.Schema), more map[string]any) []byte {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(spec.OpenAPI)
	require.NoError(t, err)
	change(doc.Components.Schemas["TurnKey"].Value)
	for _, example := range doc.Components.Examples {
		value, _ := example.Value.Value.(map[string]any)
		keys, _ := value["result"].([]any)
		for _, key := range append(keys, value["result"]) {
			if key, ok := key.(map[string]any); ok && key["uid"] != nil {
				maps.Copy(key, more)
			}
		}
	}
	openapi, err := doc.MarshalJSON()
	require.NoError(t, err)
	return openapi
}

func addField(turnKey *openapi3.Schema) {
	turnKey.Properties["new_field"] = openapi3.NewStringSchema().WithEnum("weur", "enam").NewRef()
}

func addRequiredField(turnKey *openapi3.Schema) {
	addField(turnKey)
	turnKey.Required = append(turnKey.Required, "new_field")
}

func TestTheCheckerFollowsTheDocument(t *testing.T) {
	shelf := map[string]any{"new_field": "weur"}
	with := strings.Replace(get().response, `"uid"`, `"new_field":"weur","uid"`, 1)
	wrong := strings.Replace(with, `"new_field":"weur"`, `"new_field":"mars"`, 1)
	for name, tc := range map[string]struct {
		openapi              []byte
		without, with, wrong string
	}{
		"as it is":          {spec.OpenAPI, "", "getTurnKey.200:/result/new_field", "getTurnKey.200:/result/new_field"},
		"an optional field": {changed(t, addField, shelf), "", "", "getTurnKey.200:/result/new_field"},
		"a required field":  {changed(t, addRequiredField, shelf), "getTurnKey.200:/result/new_field", "", "getTurnKey.200:/result/new_field"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, contract.WithDocument(tc.openapi))
			for answer, want := range map[string]string{get().response: tc.without, with: tc.with, wrong: tc.wrong} {
				x := get()
				x.response = answer
				assert.Equal(t, strings.Fields(want), places(s.play(x)), answer)
			}
			gets := slices.DeleteFunc(subjects(t, tc.openapi), func(s subject) bool { return s.name != "getTurnKey.200" })
			_, survivors := kill(t, gets, tc.openapi)
			assert.Empty(t, survivors)
		})
	}
}

func TestNewRejectsWhatItCannotCheckInOneLineWithinASecond(t *testing.T) {
	type row struct {
		option contract.Option
		want   string
	}
	document := func(openapi []byte, want string) row {
		return row{contract.WithDocument(openapi), "^contract: (invalid|unsupported) OpenAPI document: " + want}
	}
	rows := []row{
		document(changed(t, addRequiredField, nil), "listTurnKeys.200: example Listed: /result/0/new_field: the field is missing$"),
		document(changed(t, func(*openapi3.Schema) {}, map[string]any{"regoin": 1}),
			"listTurnKeys.200: example Listed: /result/0/regoin: the field is not documented$"),
		document(changed(t, func(s *openapi3.Schema) { s.Properties["uid"].Value.Pattern = "^x$" }, nil),
			"listTurnKeys.200: example Listed: /result/0/uid: does not match .x.$"),
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
