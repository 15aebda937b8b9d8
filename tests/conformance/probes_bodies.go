package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	spec "github.com/seed-e5e2407e/turnkeys"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// invalidBody is a body that the document does not permit.
type invalidBody struct {
	words, contentType, body string
}

// valuesByType are JSON values of each type, as text.
var valuesByType = map[string][]string{
	openapi3.TypeString: {`"text"`}, openapi3.TypeNumber: {"1.5"}, openapi3.TypeBoolean: {"true", "false"},
	openapi3.TypeArray: {"[]"}, openapi3.TypeObject: {"{}"}, openapi3.TypeNull: {"null"},
}

// inputSchema returns the schema of the request body of create and edit.
func inputSchema() (*openapi3.Schema, error) {
	doc, err := openapi3.NewLoader().LoadFromData(spec.OpenAPI)
	if err != nil {
		return nil, err
	}
	return doc.Paths.Find(createTurnKey.Path).Post.RequestBody.Value.Content.Get("application/json").Schema.Value, nil
}

// invalidBodies derives bodies from the schema: each type in place of each field's and of the whole, and what is no JSON.
func invalidBodies(schema *openapi3.Schema, name string) (all []invalidBody) {
	add := func(words, contentType, body string) { all = append(all, invalidBody{words, contentType, body}) }
	for _, field := range slices.Sorted(maps.Keys(schema.Properties)) {
		property := schema.Properties[field].Value
		for _, kind := range slices.Sorted(maps.Keys(valuesByType)) {
			for _, value := range valuesByType[kind] {
				body := fmt.Sprintf(`{%q:%s}`, field, value)
				if !property.Type.Is(kind) && !(kind == openapi3.TypeNull && property.Nullable) {
					add("with "+body, "application/json", body)
				}
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(valuesByType)) {
		if value := valuesByType[kind][0]; !schema.Type.Is(kind) {
			add("with "+value+" as the body", "application/json", value)
		}
	}
	valid := `{"name":` + quote(name) + `}`
	add("with an object in an array", "application/json", "["+valid+"]")
	add("with an empty body", "application/json", "")
	add("with invalid JSON", "application/json", `{name:'`+name+`'}`)
	add("with a truncated body", "application/json", valid[:len(valid)-1])
	add("with two JSON documents", "application/json", valid+valid)
	add("with invalid UTF-8", "application/json", `{"name":"`+name+"\xff\"}")
	add("with JSON as text/plain", "text/plain", valid)
	add("without a content type", "", valid)
	add("with a form", "application/x-www-form-urlencoded", "name="+name)
	return all
}

// probeBodies sends create and edit what the document does not permit.
func (r *run) probeBodies(ctx context.Context) {
	schema, err := inputSchema()
	if err != nil {
		r.failed = err
		return
	}
	k := r.keyToTry(ctx)
	for _, o := range []*contract.Operation{createTurnKey, editTurnKey} {
		if isOnKey(o) && !k.exists() {
			break
		}
		for _, invalid := range invalidBodies(schema, r.name+" invalid body") {
			c := r.main.call(o, target(o, k), invalid.words).withBody(invalid.contentType, invalid.body)
			r.try(ctx, c.expecting(badInput))
		}
	}
	r.checkList(ctx, r.main, "after invalid bodies")
	r.probeUnknownFields(ctx)
}

// probeUnknownFields sends fields that the document does not have. It leaves open whether they are rejected.
func (r *run) probeUnknownFields(ctx context.Context) {
	uid := randomHex(16)
	for _, unknown := range []struct{ words, body string }{
		{"with undocumented fields", `{"name":` + quote(r.name+" unknown field") + `,"unknown":"x","uid":"` + uid + `"}`},
		{"with NAME instead of name", `{"NAME":` + quote(r.name+" other case") + `}`},
	} {
		k := r.main.newKey("the key created " + unknown.words)
		a := r.createFrom(ctx, r.main.call(createTurnKey, k, unknown.words).withBody("application/json", unknown.body).expecting(success.unlimited()))
		if !a.ok() {
			continue
		}
		r.notice(a.call, "accepted")
		if a.result != nil && a.result.uid == uid {
			r.addFindings(a, []finding{{at: "/result/uid", check: "bad_input_accepted", message: "is the uid sent in the request; the server should choose its own"}})
		}
	}
}
