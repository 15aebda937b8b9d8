package contract

import (
	"encoding/json"
	"regexp"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// schemas are what a value has to satisfy, all of them: a schema and the branches of its allOf.
type schemas []*openapi3.Schema

func flatten(ref *openapi3.SchemaRef) schemas {
	if ref == nil {
		return nil
	}
	all := schemas{ref.Value}
	for _, branch := range ref.Value.AllOf {
		all = append(all, flatten(branch)...)
	}
	return all
}

// and adds what is not there yet: two branches may refer to the same schema.
func (s schemas) and(others schemas) schemas {
	for _, other := range others {
		if !slices.Contains(s, other) {
			s = append(s, other)
		}
	}
	return s
}

func (s schemas) properties() map[string]schemas {
	fields := map[string]schemas{}
	for _, schema := range s {
		for name, property := range schema.Properties {
			fields[name] = fields[name].and(flatten(property))
		}
	}
	return fields
}

func (s schemas) items() (items schemas) {
	for _, schema := range s {
		items = items.and(flatten(schema.Items))
	}
	return items
}

func (s schemas) requires(name string) bool {
	return slices.ContainsFunc(s, func(schema *openapi3.Schema) bool { return slices.Contains(schema.Required, name) })
}

func (s schemas) secret() bool {
	return slices.ContainsFunc(s, func(schema *openapi3.Schema) bool { return schema.Format == "password" })
}

// allows says whether a value of a JSON type may stand here. A schema that names no type allows each.
func (s schemas) allows(jsonType string) bool {
	return !slices.ContainsFunc(s, func(schema *openapi3.Schema) bool {
		if schema.Type == nil {
			return false
		}
		return !schema.Type.Includes(jsonType) && (jsonType != "null" || !schema.Nullable)
	})
}

// fits says whether a string may stand here.
func (s schemas) fits(text string) bool {
	length := uint64(utf8.RuneCountInString(text))
	return !slices.ContainsFunc(s, func(schema *openapi3.Schema) bool {
		_, err := time.Parse(time.RFC3339Nano, text)
		return schema.Format == "date-time" && err != nil ||
			schema.Pattern != "" && !regexp.MustCompile(schema.Pattern).MatchString(text) ||
			len(schema.Enum) > 0 && !slices.Contains(schema.Enum, any(text)) ||
			length < schema.MinLength || schema.MaxLength != nil && length > *schema.MaxLength
	})
}

// What the mutants below can break. A schema with more in it would be covered in part only.
var (
	knownKeywords = []string{
		"type", "nullable", "properties", "required", "items", "allOf", "pattern", "format", "enum", "minLength", "maxLength",
		"minimum", "maximum", "minItems", "maxItems", "maxProperties", "default", "description", "title", "example",
		"x-go-type",
	}
	knownFormats = []string{"", "date-time", "password"}
)

func requireKnown(t *testing.T, schema *openapi3.Schema) {
	t.Helper()
	var keywords map[string]any
	require.NoError(t, json.Unmarshal(encode(schema), &keywords))
	for keyword := range keywords {
		assert.Contains(t, knownKeywords, keyword, "%s: no mutant breaks this: write one", schema.Description)
	}
	assert.Contains(t, knownFormats, schema.Format, "%s: no mutant breaks this: write one", schema.Description)
	brokenEnum := schema.Type.Is("string") || schema.Type.Is("boolean")
	assert.True(t, len(schema.Enum) == 0 || brokenEnum, "%s: mutants break enums of strings and booleans only", schema.Description)
}
