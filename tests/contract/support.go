package contract

import (
	"fmt"
	"maps"
	"mime"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// uncheckable returns an error for the first thing in an operation that this package cannot check.
func (d *Document) uncheckable(o *Operation) error {
	for _, ref := range o.parameters {
		p := ref.Value
		if problem := uncheckableParameter(p); problem != "" {
			return fmt.Errorf("%s parameter %s: %s cannot be checked", p.In, p.Name, problem)
		}
	}
	for name, response := range o.spec.Responses.Map() {
		for header, ref := range response.Value.Headers {
			if problem := uncheckableParameter(&ref.Value.Parameter); problem != "" {
				return fmt.Errorf("%s: header %s: %s cannot be checked", name, header, problem)
			}
		}
	}
	contents := o.contents()
	for _, side := range slices.Sorted(maps.Keys(contents)) {
		for _, mediaType := range slices.Sorted(maps.Keys(contents[side])) {
			if !checkable(mediaType, contents[side][mediaType]) {
				return fmt.Errorf("%s: this schema of %s cannot be checked", side, mediaType)
			}
		}
	}
	return nil
}

func uncheckableParameter(p *openapi3.Parameter) string {
	switch {
	case p.Schema == nil:
		return "content"
	case !isText(p.Schema.Value) && !isArray(p.Schema.Value):
		return "an object"
	case isArray(p.Schema.Value) && !isText(itemSchema(p.Schema.Value)):
		return "a list of lists or objects"
	case p.In == openapi3.ParameterInCookie && isArray(p.Schema.Value), p.Style == "label", p.Style == "matrix":
		return "its style"
	}
	return ""
}

// checkable reports whether bodies of a media type can be checked against their schema. What JSON a wildcard stands for
// can be.
func checkable(mediaType string, media *openapi3.MediaType) bool {
	base, _, _ := mime.ParseMediaType(mediaType)
	if media.Schema == nil || isJSON(base) || strings.Contains(base, "*") || isText(media.Schema.Value) {
		return true
	}
	if base != formType || len(media.Encoding) > 0 || isArray(media.Schema.Value) {
		return false
	}
	for _, schemas := range fieldsOf([]*openapi3.Schema{media.Schema.Value}).named {
		for _, schema := range schemas {
			if !isText(schema) && !(isArray(schema) && isText(itemSchema(schema))) {
				return false
			}
		}
	}
	return true
}

// isText reports whether a text can stand for every value: for a string, a number or a boolean, and not for a list or
// an object.
func isText(schema *openapi3.Schema) bool {
	schemas := schemaList(schema)
	return !isArray(schema) && !hasType(schemas, openapi3.TypeObject) && len(fieldsOf(schemas).named) == 0
}

func isArray(schema *openapi3.Schema) bool { return hasType(schemaList(schema), openapi3.TypeArray) }

func itemSchema(schema *openapi3.Schema) *openapi3.Schema { return all(itemsOf(schemaList(schema))) }

func fieldSchema(schema *openapi3.Schema, name string) *openapi3.Schema {
	return all(fieldsOf(schemaList(schema)).schemas(name))
}

func schemaList(schema *openapi3.Schema) []*openapi3.Schema {
	if schema == nil {
		return nil
	}
	return []*openapi3.Schema{schema}
}

// all returns a schema that requires all of several, or nil for none.
func all(schemas []*openapi3.Schema) *openapi3.Schema {
	if len(schemas) <= 1 {
		return slices.Concat(schemas, []*openapi3.Schema{nil})[0]
	}
	combined := &openapi3.Schema{}
	for _, schema := range schemas {
		combined.AllOf = append(combined.AllOf, schema.NewRef())
	}
	return combined
}
