package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oasdiff/yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	ours     = "../../openapi.yaml"
	accepted = "../upstream.txt"
	fixture  = "testdata/openapi.json" // the structure of Cloudflare's document, in November 2026
)

type object = map[string]any

func TestEachDifferenceOfTodayIsAccepted(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(&out, ours, accepted, fixture))
	assert.Regexp(t, `^Cloudflare's document differs from openapi.yaml in \d+ ways, and \S+ accepts each\n$`, out.String())
}

func TestEachChangeIsNamed(t *testing.T) {
	single := []string{"paths", "/accounts/{account_id}/calls/turn_keys/{key_id}"}
	schema := []string{"components", "schemas"}
	for name, test := range map[string]struct {
		change func(doc object)
		want   []string
	}{
		"a field is added": {
			func(doc object) { at(doc, schema, "key", "properties")["expires"] = object{"type": "string"} },
			[]string{
				"new:  deleteTurnKey.200:/result/expires: only Cloudflare has this field (string)",
				"new:  editTurnKey.200:/result/expires: only Cloudflare has this field (string)",
				"new:  getTurnKey.200:/result/expires: only Cloudflare has this field (string)",
				"new:  listTurnKeys.200:/result/*/expires: only Cloudflare has this field (string)",
			},
		},
		"a field is removed": {
			func(doc object) { delete(at(doc, schema, "key_with_secret", "properties"), "key") },
			[]string{
				"new:  createTurnKey.201:/result/key: only we have this field (string)",
				"gone: createTurnKey.201:/result/key: only Cloudflare has maxLength 64",
				"gone: createTurnKey.201:/result/key: only Cloudflare has minLength 64",
				"gone: createTurnKey.201:/result/key: only we have format password",
				"gone: createTurnKey.201:/result/key: only we have pattern ^[0-9a-f]{64}$",
			},
		},
		"a status is added": {
			func(doc object) { at(doc, single, "get", "responses")["404"] = object{"description": ""} },
			[]string{"new:  getTurnKey.404: only Cloudflare has this status"},
		},
		"a status is removed": {
			func(doc object) { delete(at(doc, single, "delete", "responses"), "200") },
			[]string{"new:  deleteTurnKey.200: only we have this status", "gone: deleteTurnKey.200:/errors/*"},
		},
		"a constraint is changed": {
			func(doc object) { at(doc, schema, "key_with_secret", "properties", "key")["maxLength"] = 128 },
			[]string{
				"new:  createTurnKey.201:/result/key: only Cloudflare has maxLength 128",
				"gone: createTurnKey.201:/result/key: only Cloudflare has maxLength 64",
			},
		},
		"a constraint that we share is changed": {
			func(doc object) {
				at(doc, schema, "messages", "items", "properties", "code")["minimum"] = 1
				at(doc, schema, "common", "properties", "success")["enum"] = []any{true, false}
			},
			[]string{
				"new:  createTurnKey.201:/errors/*/code: minimum is 1000 for us, 1 for Cloudflare",
				"new:  createTurnKey.201:/success: enum is [true] for us, [true,false] for Cloudflare",
			},
		},
		"a constraint is removed": {
			func(doc object) { delete(at(doc, schema, "account_identifier"), "maxLength") },
			[]string{"gone: listTurnKeys.request:path:account_id: only Cloudflare has maxLength 32"},
		},
		"a type is changed": {
			func(doc object) { at(doc, schema, "editable_fields", "properties", "name")["type"] = "integer" },
			[]string{"new:  editTurnKey.request:/name: type is string for us, integer for Cloudflare"},
		},
		"a field becomes required": {
			func(doc object) { at(doc, schema, "editable_fields")["required"] = []any{"name"} },
			[]string{
				"new:  createTurnKey.request:/name: only Cloudflare requires this field",
				"new:  editTurnKey.request:/name: only Cloudflare requires this field",
			},
		},
		"a field becomes null": {
			func(doc object) { at(doc, schema, "key", "properties", "name")["nullable"] = true },
			[]string{"new:  getTurnKey.200:/result/name: only Cloudflare has nullable true"},
		},
		"a parameter is added": {
			func(doc object) {
				at(doc, single, "get")["parameters"] = append(at(doc, single, "get")["parameters"].([]any),
					object{"name": "verbose", "in": "query", "schema": object{"type": "boolean"}})
			},
			[]string{"new:  getTurnKey.request:query:verbose: only Cloudflare has this parameter"},
		},
		"an empty body gets a schema": {
			func(doc object) {
				at(doc, single, "delete", "responses", "4XX", "content", "application/json")["schema"] = object{"type": "object"}
			},
			[]string{
				"new:  deleteTurnKey.4XX:application/json: only Cloudflare has this media type (object)",
				"gone: deleteTurnKey.4XX:application/json: only Cloudflare has this media type (without a schema)",
			},
		},
		"a keyword appears that has no words here": {
			func(doc object) {
				at(doc, schema, "editable_fields")["additionalProperties"] = object{"type": "string"}
			},
			[]string{"new:  editTurnKey.request:body: additionalProperties differs: "},
		},
		"an operation is added": {
			func(doc object) { doc["paths"].(object)[single[1]+"/rotate"] = at(doc, single) },
			[]string{"new:  /accounts/{account_id}/calls/turn_keys/{key_id}/rotate: only Cloudflare has this path"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(&out, ours, accepted, changed(t, test.change))
			require.ErrorContains(t, err, "bring openapi.yaml or ../upstream.txt up to date")
			for _, line := range test.want {
				assert.Contains(t, "\n"+out.String(), "\n"+line)
			}
		})
	}
}

func TestAnAcceptedDifferenceThatIsGoneFails(t *testing.T) {
	text, err := os.ReadFile(accepted)
	require.NoError(t, err)
	longer := write(t, "upstream.txt", string(text)+"getTurnKey.200:/result/uid: only Cloudflare has pattern x\n")

	var out bytes.Buffer
	require.ErrorContains(t, run(&out, ours, longer, fixture), "new: 0, gone: 1;")
	assert.Equal(t, "gone: getTurnKey.200:/result/uid: only Cloudflare has pattern x\n", out.String())
}

func TestDocumentIsReadFromAnAddressAndAsYAML(t *testing.T) {
	data, err := os.ReadFile(fixture)
	require.NoError(t, err)
	data, err = yaml.JSONToYAML(data)
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/openapi.yaml" {
			_, _ = w.Write(data)
			return
		}
		http.NotFound(w, r)
	}))
	defer server.Close()

	var out bytes.Buffer
	require.NoError(t, run(&out, ours, accepted, server.URL+"/openapi.yaml"))
	require.EqualError(t, run(&out, ours, accepted, server.URL+"/gone"), server.URL+"/gone answered 404 Not Found")
}

func TestBadInputIsToldInOneLine(t *testing.T) {
	for name, test := range map[string]struct{ upstream, want string }{
		"missing":       {filepath.Join(t.TempDir(), "missing.json"), "missing.json: no such file or directory"},
		"no host":       {"http://127.0.0.1:1/openapi.json", "connection refused"},
		"empty":         {write(t, "a", ""), "a is not an OpenAPI document: no object with openapi, paths and components"},
		"a text":        {write(t, "a", "hello"), "a is not an OpenAPI document: no object with openapi"},
		"a list":        {write(t, "a", `[1, 2]`), "a is not an OpenAPI document: no object with openapi"},
		"cut off":       {write(t, "a", `{"openapi": "3.0.3", `), "a is not an OpenAPI document: neither JSON nor YAML"},
		"a page":        {write(t, "a", "<!DOCTYPE html>\n<a href=\"x\">: {</a>\n\t%"), "a is not an OpenAPI document: "},
		"Swagger 2":     {write(t, "a", `{"swagger": "2.0", "paths": {}}`), "a is not an OpenAPI document: no object with openapi"},
		"no operations": {write(t, "a", `{"openapi": "3.0.3", "info": {}, "paths": {}}`), "a has no DELETE /accounts/"},
		"one operation less": {
			changed(t, func(doc object) {
				delete(at(doc, []string{"paths", "/accounts/{account_id}/calls/turn_keys/{key_id}"}), "put")
			}),
			"openapi.json has no PUT /accounts/{account_id}/calls/turn_keys/{key_id}",
		},
		"a component less": {
			changed(t, func(doc object) { delete(at(doc, []string{"components", "schemas"}), "identifier") }),
			"is not an OpenAPI document: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(&out, ours, accepted, test.upstream)
			require.ErrorContains(t, err, test.want)
			assert.NotContains(t, err.Error(), "\n")
			assert.Empty(t, out.String())
		})
	}
	require.ErrorContains(t, run(&bytes.Buffer{}, ours, "missing.txt", fixture), "missing.txt: no such file")
}

// Cloudflare's document is larger than 10 MB, and its schemas refer to each other.
func TestLargeDocumentIsCutBeforeItIsParsed(t *testing.T) {
	large := changed(t, func(doc object) {
		paths, schemas := doc["paths"].(object), doc["components"].(object)["schemas"].(object)
		for i := range 25_000 {
			name, next := fmt.Sprintf("thing_%d", i), fmt.Sprintf("#/components/schemas/thing_%d", (i+1)%25_000)
			schemas[name] = object{
				"type": "object", "description": strings.Repeat("text ", 60),
				"properties": object{"id": object{"type": "string"}, "next": object{"$ref": next}},
			}
			paths["/things/"+name] = object{"get": object{"responses": object{"200": object{
				"description": "", "content": object{"application/json": object{"schema": object{"$ref": next}}},
			}}}}
		}
	})
	data, err := os.ReadFile(large)
	require.NoError(t, err)
	require.Greater(t, len(data), 12<<20)
	small, err := cut(data)
	require.NoError(t, err)
	assert.Less(t, len(small), 64<<10)

	start := time.Now()
	require.NoError(t, run(&bytes.Buffer{}, ours, accepted, large))
	t.Logf("%d MiB in %v", len(data)>>20, time.Since(start).Round(time.Millisecond))
}

// changed writes the fixture with a change.
func changed(t *testing.T, change func(doc object)) (path string) {
	t.Helper()
	data, err := os.ReadFile(fixture)
	require.NoError(t, err)
	var doc object
	require.NoError(t, json.Unmarshal(data, &doc))
	change(doc)
	data, err = json.Marshal(doc)
	require.NoError(t, err)
	return write(t, "openapi.json", string(data))
}

func write(t *testing.T, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// at returns the object below two lists of names.
func at(doc object, names []string, more ...string) object {
	for _, name := range slices.Concat(names, more) {
		doc = doc[name].(object)
	}
	return doc
}
