package contract

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// checkValue reports how a value departs from a schema. A nil schema permits any value.
func (d *Document) checkValue(f *findings, schema *openapi3.SchemaRef, value any) {
	if schema == nil {
		return
	}
	f.reportError(schema.Value.VisitJSON(value, d.options(f.about.In)...))
	visit("", openapi3.SchemaRefs{schema}, value, func(at string, schemas openapi3.SchemaRefs, value any) {
		switch value := value.(type) {
		case map[string]any:
			for name := range value {
				if _, ok := field(schemas, name); !ok {
					f.add(join(at, name), "additionalProperties", "the field is not documented")
				}
			}
		case json.Number:
			isInteger := hasType(openapi3.TypeInteger, schemas...) && !hasType(openapi3.TypeNumber, schemas...)
			if isInteger && strings.ContainsAny(string(value), ".eE") {
				f.add(orBody(at), "type", "value must be an integer, without fraction and exponent")
			}
		}
	})
}

// options keeps values out of errors: the details of one are all that is below it, as JSON.
func (d *Document) options(in Side) []openapi3.SchemaValidationOption {
	side := openapi3.VisitAsResponse()
	if in == Request {
		side = openapi3.VisitAsRequest()
	}
	return append(d.spec.GetSchemaValidationOptions(), side,
		openapi3.MultiErrors(), openapi3.EnableFormatValidation(), openapi3.DisableSchemaErrorDetails())
}

// reportError reports what kin-openapi found.
func (f *findings) reportError(err error) {
	switch err := err.(type) { //nolint:errorlint // As would find what other errors wrap
	case nil:
	case openapi3.MultiError:
		for _, err := range err {
			f.reportError(err)
		}
	case *openapi3.SchemaError:
		f.reportSchemaError(err)
	default:
		f.add("body", "schema", "%s", err)
	}
}

func (f *findings) reportSchemaError(err *openapi3.SchemaError) {
	at := ""
	for _, name := range err.JSONPointer() {
		at = join(at, name)
	}
	switch err.SchemaField {
	case "properties": // kin-openapi reports the object, and names the field in its reason
		name, _ := strconv.Unquote(strings.TrimSuffix(strings.TrimPrefix(err.Reason, "property "), " is unsupported"))
		f.add(join(at, name), "additionalProperties", "the field is not documented")
	case "allOf": // the errors of its branches, two wrappings down, have pointers from the root
		f.reportError(errors.Unwrap(errors.Unwrap(err.Origin)))
	case "required":
		f.add(at, "required", "the field is missing")
	case "format":
		f.add(orBody(at), "format", "not a valid %s", err.Schema.Format)
	case "pattern":
		f.add(orBody(at), "pattern", "does not match %s", err.Schema.Pattern)
	default:
		f.add(orBody(at), err.SchemaField, "%s", strings.ToLower(err.Reason))
	}
}

// visit calls f for a value and all values in it, each with its JSON pointer and the schemas that document it.
func visit(at string, schemas openapi3.SchemaRefs, value any, f func(at string, schemas openapi3.SchemaRefs, value any)) {
	f(at, schemas, value)
	switch value := value.(type) {
	case map[string]any:
		for name, below := range value {
			documented, _ := field(schemas, name)
			visit(join(at, name), documented, below, f)
		}
	case []any:
		var items openapi3.SchemaRefs
		for _, schema := range flatten(schemas) {
			if schema.Items != nil {
				items = append(items, schema.Items)
			}
		}
		for i, item := range value {
			visit(join(at, strconv.Itoa(i)), items, item, f)
		}
	}
}

// flatten returns schemas with all that they are composed of.
func flatten(refs openapi3.SchemaRefs) (all []*openapi3.Schema) {
	for len(refs) > 0 {
		schema := refs[0].Value
		refs = refs[1:]
		if !slices.Contains(all, schema) {
			all = append(all, schema)
			refs = slices.Concat(refs, schema.AllOf, schema.OneOf, schema.AnyOf)
		}
	}
	return all
}

// hasType reports whether one of the schemas, or of those that they are composed of, has a type.
func hasType(name string, schemas ...*openapi3.SchemaRef) bool {
	return slices.ContainsFunc(flatten(schemas), func(s *openapi3.Schema) bool { return s.Type.Is(name) })
}

// field returns the schemas of a field of an object, and whether the schemas of the object permit the field. An object
// without any documented field is a free one; others are closed unless additionalProperties are documented.
func field(schemas openapi3.SchemaRefs, name string) (named openapi3.SchemaRefs, ok bool) {
	var others openapi3.SchemaRefs
	open, documented := false, false
	for _, schema := range flatten(schemas) {
		if property := schema.Properties[name]; property != nil {
			named = append(named, property)
		}
		more := schema.AdditionalProperties
		if more.Schema != nil {
			others = append(others, more.Schema)
		}
		documented = documented || documentsFields(schema)
		open = open || more.Has != nil && *more.Has || slices.ContainsFunc(slices.Concat(schema.OneOf, schema.AnyOf), isFree)
	}
	if named == nil {
		named = others
	}
	return named, named != nil || open || !documented
}

func documentsFields(schema *openapi3.Schema) bool {
	return len(schema.Properties) > 0 || schema.AdditionalProperties.Schema != nil
}

// isFree reports whether one of several alternatives permits objects with any field.
func isFree(ref *openapi3.SchemaRef) bool {
	return ref.Value.Type.Permits(openapi3.TypeObject) && !slices.ContainsFunc(flatten(openapi3.SchemaRefs{ref}), documentsFields)
}

func orBody(at string) string {
	if at == "" {
		return "body"
	}
	return at
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// join appends a name to a JSON pointer (RFC 6901).
func join(pointer, name string) string { return pointer + "/" + pointerEscaper.Replace(name) }
