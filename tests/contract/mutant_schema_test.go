package contract_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// schemas are what a value has to satisfy, all of them: a schema and the branches of its allOf.
type schemas []*openapi3.Schema

func flatten(refs ...*openapi3.SchemaRef) (all schemas) {
	for _, ref := range refs {
		if ref != nil && !slices.Contains(all, ref.Value) {
			all = append(append(all, ref.Value), flatten(ref.Value.AllOf...)...)
		}
	}
	return all
}

func (s schemas) properties() map[string]schemas {
	refs := map[string]openapi3.SchemaRefs{}
	for _, schema := range s {
		for name, property := range schema.Properties {
			refs[name] = append(refs[name], property)
		}
	}
	properties := map[string]schemas{}
	for name := range refs {
		properties[name] = flatten(refs[name]...)
	}
	return properties
}

func (s schemas) items() schemas {
	var refs openapi3.SchemaRefs
	for _, schema := range s {
		refs = append(refs, schema.Items)
	}
	return flatten(refs...)
}

func (s schemas) requires(name string) bool {
	return slices.ContainsFunc(s, func(schema *openapi3.Schema) bool { return slices.Contains(schema.Required, name) })
}

// fit reports whether a value is valid here, as far as a mutation can change that. It is not kin-openapi that says so.
func (s schemas) fit(value any) bool {
	return !slices.ContainsFunc(s, func(schema *openapi3.Schema) bool { return !fits(schema, value) })
}

func fits(schema *openapi3.Schema, value any) bool {
	switch value := value.(type) {
	case nil:
		return schema.Nullable || schema.Type == nil
	case bool:
		return typed(schema, "boolean") && listed(schema, value)
	case float64:
		whole := value == float64(int64(value))
		return (typed(schema, "number") || whole && typed(schema, "integer")) && listed(schema, value) &&
			(schema.Min == nil || value >= *schema.Min) && (schema.Max == nil || value <= *schema.Max)
	case []any:
		items := flatten(schema.Items)
		return typed(schema, "array") && uint64(len(value)) >= schema.MinItems &&
			(schema.MaxItems == nil || uint64(len(value)) <= *schema.MaxItems) &&
			!slices.ContainsFunc(value, func(item any) bool { return !items.fit(item) })
	case map[string]any:
		return typed(schema, "object") && !slices.ContainsFunc(schema.Required, func(name string) bool { return !has(value, name) })
	}
	text, _ := value.(string)
	length := uint64(utf8.RuneCountInString(text))
	_, err := time.Parse(time.RFC3339Nano, text)
	return typed(schema, "string") && listed(schema, text) && (schema.Format != "date-time" || err == nil) &&
		(schema.Pattern == "" || regexp.MustCompile(schema.Pattern).MatchString(text)) &&
		length >= schema.MinLength && (schema.MaxLength == nil || length <= *schema.MaxLength)
}

func has(object map[string]any, name string) bool {
	_, ok := object[name]
	return ok
}

func typed(schema *openapi3.Schema, name string) bool {
	return schema.Type == nil || schema.Type.Is(name)
}

func listed(schema *openapi3.Schema, value any) bool {
	return len(schema.Enum) == 0 || slices.Contains(schema.Enum, value)
}

// examplesOf returns the examples of a content.
func examplesOf(content openapi3.Content) (all []*example) {
	for _, media := range content {
		for _, ref := range sorted(media.Examples) {
			all = append(all, &example{flatten(media.Schema), decoded(ref.Value.Value)})
		}
	}
	return all
}

// note adds the schemas of a value and of all that it contains to those that are shown.
func (s schemas) note(shown map[*openapi3.Schema]bool, value any) {
	for _, schema := range s {
		shown[schema] = true
	}
	switch value := value.(type) {
	case map[string]any:
		for name, field := range value {
			s.properties()[name].note(shown, field)
		}
	case []any:
		for _, item := range value {
			s.items().note(shown, item)
		}
	}
}

// requireEveryFieldShown fails if no example has one of the document's fields: it would not be mutated.
func requireEveryFieldShown(t *testing.T, doc *openapi3.T, subjects []subject) {
	t.Helper()
	shown := map[*openapi3.Schema]bool{}
	for _, subject := range subjects {
		for _, body := range subject.bodies {
			body.schemas.note(shown, body.value)
		}
	}
	for name, schema := range sorted(doc.Components.Schemas) {
		for field, property := range sorted(schema.Value.Properties) {
			require.True(t, shown[property.Value], "no example of openapi.yaml shows %s.%s: add it to one", name, field)
		}
	}
}

// decoded returns an example as encoding/json reads it.
func decoded(value any) (decoded any) {
	if json.Unmarshal([]byte(encode(value)), &decoded) != nil {
		panic("an example that is no JSON")
	}
	return decoded
}

// encode panics on what is not JSON: the tests made it.
func encode(value any) string {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(body)
}

// sorted makes a walk the same each time.
func sorted[K cmp.Ordered, V any](m map[K]V) func(yield func(K, V) bool) {
	return func(yield func(K, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
