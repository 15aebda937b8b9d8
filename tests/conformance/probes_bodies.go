package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	spec "github.com/seed-e5e2407e/turnkeys"
)

// badBody is a body that the document does not permit.
type badBody struct {
	words, contentType, body string
}

// valuesByType are JSON values of each type, as text.
var valuesByType = map[string]string{
	openapi3.TypeString: `"text"`, openapi3.TypeNumber: "1.5", openapi3.TypeBoolean: "true",
	openapi3.TypeArray: "[]", openapi3.TypeObject: "{}", openapi3.TypeNull: "null",
}

// inputSchema returns what the document says of the body of create and edit.
func inputSchema() (*openapi3.Schema, error) {
	doc, err := openapi3.NewLoader().LoadFromData(spec.OpenAPI)
	if err != nil {
		return nil, err
	}
	for _, item := range doc.Paths.Map() {
		if item.Post != nil && item.Post.OperationID == createTurnKey.id {
			return item.Post.RequestBody.Value.Content.Get("application/json").Schema.Value, nil
		}
	}
	return nil, fmt.Errorf("the document has no %s", createTurnKey.id)
}

// badBodies derives bodies from the schema: each type in place of each field's and of the whole, and what is no JSON.
func badBodies(schema *openapi3.Schema, name string) []badBody {
	var all []badBody
	for _, field := range slices.Sorted(maps.Keys(schema.Properties)) {
		for _, kind := range slices.Sorted(maps.Keys(valuesByType)) {
			if property := schema.Properties[field].Value; !property.Type.Is(kind) && !(kind == openapi3.TypeNull && property.Nullable) {
				body := fmt.Sprintf(`{%q:%s}`, field, valuesByType[kind])
				all = append(all, badBody{"with " + body, "application/json", body})
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(valuesByType)) {
		if !schema.Type.Is(kind) {
			all = append(all, badBody{"with " + valuesByType[kind] + " as its body", "application/json", valuesByType[kind]})
		}
	}
	good := `{"name":` + quote(name) + `}`
	return append(all,
		badBody{"with an object in an array", "application/json", "[" + good + "]"},
		badBody{"with an empty body", "application/json", ""},
		badBody{"with invalid JSON", "application/json", `{name:'` + name + `'}`},
		badBody{"with a body that is cut off", "application/json", good[:len(good)-1]},
		badBody{"with two JSON documents", "application/json", good + good},
		badBody{"with invalid UTF-8", "application/json", `{"name":"` + name + "\xff\"}"},
		badBody{"with JSON as text/plain", "text/plain", good},
		badBody{"with JSON in the charset utf-16", "application/json; charset=utf-16", good},
	)
}

// probeBodies sends create and edit what the document does not permit.
func (r *run) probeBodies(ctx context.Context) {
	schema, err := inputSchema()
	if err != nil {
		r.failed = err
		return
	}
	k := r.newKey(ctx, "the key for bad bodies", r.name+" for bad bodies")
	for _, op := range []operation{createTurnKey, editTurnKey} {
		if op.onKey && !k.exists() {
			break
		}
		for _, bad := range badBodies(schema, r.name+" bad body") {
			c := r.call(op, k.uid, bad.words).toFail()
			c.body, c.contentType = bad.body, bad.contentType
			r.ask(ctx, c, k, badBodyFindings)
		}
		r.prove(ctx, "after bodies that the document does not permit")
	}
	r.probeUnknownFields(ctx)
	r.deleteKeys(ctx, append([]*key{k}, r.account.live()...)...)
}

func badBodyFindings(a answer) []finding {
	switch {
	case a.status == 0:
		return lostFindings(a)
	case a.status >= 200 && a.status <= 299:
		return []finding{{at: "status", message: "want a 4XX: the document does not permit this body"}}
	case isRefusedToken(a.status), isMissing(a.status):
		return []finding{{at: "status", message: "want a 4XX that is about the body: it is what is wrong"}}
	}
	return nil
}

// probeUnknownFields sends fields that the document does not have, and leaves open whether they are refused.
func (r *run) probeUnknownFields(ctx context.Context) {
	for _, unknown := range []struct{ words, body string }{
		{"with a field that the document does not have", `{"name":` + quote(r.name+" unknown field") + `,"unknown":"x"}`},
		{"with NAME in place of name", `{"NAME":` + quote(r.name+" other case") + `}`},
	} {
		if !r.mayAsk(ctx) {
			return
		}
		a := r.send(ctx, r.call(createTurnKey, "", unknown.words).withBody(unknown.body))
		r.takeUp(a, nil)
		if a.status > 299 {
			r.violateAll(a, badBodyFindings(a))
			r.notice(a.call, "is refused with %d", a.status)
		} else {
			r.notice(a.call, "is not refused")
		}
	}
}
