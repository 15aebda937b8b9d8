package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	spec "github.com/seed-e5e2407e/turnkeys"
)

// badBody is a body that the document does not permit.
type badBody struct {
	words, contentType, body string
}

// valuesByType are JSON values of each type, as text.
var valuesByType = map[string][]string{
	openapi3.TypeString: {`"text"`}, openapi3.TypeNumber: {"1.5"}, openapi3.TypeBoolean: {"true", "false"},
	openapi3.TypeArray: {"[]"}, openapi3.TypeObject: {"{}"}, openapi3.TypeNull: {"null"},
}

// inputSchema returns what the document says of the body of create and edit.
var inputSchema = sync.OnceValues(func() (*openapi3.Schema, error) {
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
})

// badBodies derives bodies from the schema: each type in place of each field's and of the whole, and what is no JSON.
func badBodies(schema *openapi3.Schema, name string) []badBody {
	var all []badBody
	for _, field := range slices.Sorted(maps.Keys(schema.Properties)) {
		for _, kind := range slices.Sorted(maps.Keys(valuesByType)) {
			property := schema.Properties[field].Value
			if property.Type.Is(kind) || kind == openapi3.TypeNull && property.Nullable {
				continue
			}
			for _, value := range valuesByType[kind] {
				body := fmt.Sprintf(`{%q:%s}`, field, value)
				all = append(all, badBody{"with " + body, "application/json", body})
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(valuesByType)) {
		if !schema.Type.Is(kind) {
			value := valuesByType[kind][0]
			all = append(all, badBody{"with " + value + " as its body", "application/json", value})
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
		badBody{"without a content type", "", good},
		badBody{"with a form", "application/x-www-form-urlencoded", "name=" + name},
	)
}

// probeBodies sends create and edit what the document does not permit.
func (r *run) probeBodies(ctx context.Context) {
	schema, err := inputSchema()
	if err != nil {
		r.failed = err
		return
	}
	k := r.newKey(ctx, r.main, "the key for bad bodies", r.name+" for bad bodies")
	for _, op := range []operation{createTurnKey, editTurnKey} {
		if op.onKey && !k.exists() {
			break
		}
		for _, bad := range badBodies(schema, r.name+" bad body") {
			c := r.main.call(op, k.uid, bad.words).toFail()
			c.body, c.contentType = bad.body, bad.contentType
			r.ask(ctx, c, k, badBodyFindings)
		}
	}
	r.checkList(ctx, r.main, "after bodies that the document does not permit")
	r.probeUnknownFields(ctx)
}

func badBodyFindings(a answer) []finding {
	switch {
	case a.status == 0:
		return lostFindings(a)
	case a.status >= 200 && a.status <= 299:
		return []finding{{at: "status", message: "want a 4XX: the document does not permit this body"}}
	case isRefusedToken(a.status), isMissing(a.status):
		return []finding{{at: "status", message: "want a 4XX about the body: nothing else is wrong with the request", late: true}}
	}
	return nil
}

// probeUnknownFields sends fields that the document does not have, and leaves open whether they are refused.
func (r *run) probeUnknownFields(ctx context.Context) {
	uid := randomHex(16)
	for _, unknown := range []struct{ words, body string }{
		{"with fields that the document does not have", `{"name":` + quote(r.name+" unknown field") + `,"unknown":"x","uid":"` + uid + `"}`},
		{"with NAME in place of name", `{"NAME":` + quote(r.name+" other case") + `}`},
	} {
		if !r.mayAsk(ctx) {
			return
		}
		a := r.send(ctx, r.main.call(createTurnKey, "", unknown.words).withBody(unknown.body))
		r.noteEffects(a, nil)
		if a.key != nil && a.key.uid == uid {
			r.addViolation(a, "/result/uid", "sequence", "is the one that the request asked for")
		}
		if a.status > 299 {
			r.addFindings(a, badBodyFindings(a))
			r.addNotice(a.call, "is refused with %d", a.status)
		} else {
			r.addNotice(a.call, "is not refused")
		}
	}
}
