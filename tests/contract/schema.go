package contract

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// checkValue reports how a value departs from a schema. A nil schema permits any value.
func (d *Document) checkValue(f *findings, schema *openapi3.SchemaRef, value any) {
	if schema == nil {
		return
	}
	f.reportError("", d.validate(schema, value, f.about.In))
	visit("", openapi3.SchemaRefs{schema}, value, func(at string, schemas openapi3.SchemaRefs, value any) {
		switch value := value.(type) {
		case map[string]any:
			fields := fieldsOf(schemas)
			for name := range value {
				if !fields.documents(name) {
					f.add(join(at, name), "additionalProperties", "the field is not documented")
				}
			}
		case json.Number:
			isInteger := hasType(schemas, openapi3.TypeInteger) && !hasType(schemas, openapi3.TypeNumber)
			if isInteger && strings.ContainsAny(string(value), ".eE") {
				f.add(orBody(at), "type", "value must be an integer, without fraction and exponent")
			}
		}
	})
}

// options keeps values out of errors: the details of one are all that is below it, as JSON.
func (d *Document) options(in Side) []openapi3.SchemaValidationOption {
	options := append(d.spec.GetSchemaValidationOptions(),
		openapi3.MultiErrors(), openapi3.EnableFormatValidation(), openapi3.DisableSchemaErrorDetails())
	switch in {
	case Request:
		return append(options, openapi3.VisitAsRequest())
	case Response:
		return append(options, openapi3.VisitAsResponse())
	}
	return options
}

func (d *Document) validate(schema *openapi3.SchemaRef, value any, in Side) (err error) {
	defer recoverTo(&err)
	return schema.Value.VisitJSON(value, d.options(in)...)
}

var errPanic = errors.New("the validator panicked")

// recoverTo makes an error of a panic: kin-openapi panics on some values that no schema expects.
func recoverTo(err *error) {
	if recover() != nil {
		*err = errPanic
	}
}

// reportError reports what kin-openapi found, at JSON pointers below at.
func (f *findings) reportError(at string, err error) {
	switch err := err.(type) { //nolint:errorlint // As would find what other errors wrap
	case nil:
	case openapi3.MultiError:
		for _, err := range err {
			f.reportError(at, err)
		}
	case *openapi3filter.RequestError:
		f.reportError(at, err.Err)
	case *openapi3filter.ParseError:
		f.add(orBody(at), "type", "not of the documented type")
	case *openapi3.SchemaError:
		f.reportSchemaError(at, err)
	default:
		rule := "schema"
		switch err { //nolint:errorlint // nothing wraps them
		case openapi3filter.ErrInvalidRequired:
			rule = "required"
		case errPanic:
			rule = "panic"
		}
		f.add(orBody(at), rule, "%s", err)
	}
}

func (f *findings) reportSchemaError(root string, err *openapi3.SchemaError) {
	at := root
	for _, name := range err.JSONPointer() {
		at = join(at, name)
	}
	switch err.SchemaField {
	case "properties": // kin-openapi reports the object, and names the field in its reason
		name, _ := strconv.Unquote(strings.TrimSuffix(strings.TrimPrefix(err.Reason, "property "), " is unsupported"))
		f.add(join(at, name), "additionalProperties", "the field is not documented")
	case "allOf": // the errors of its branches, two wrappings down, have pointers from the root
		f.reportError(root, errors.Unwrap(errors.Unwrap(err.Origin)))
	case "required":
		message := "the field is missing"
		if name := f.names[err.Schema]; name != "" {
			message += ", and schema " + name + " requires it"
		}
		f.add(at, "required", "%s", message)
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
		fields := fieldsOf(schemas)
		for name, field := range value {
			visit(join(at, name), fields.schemas(name), field, f)
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

// hasType reports whether a schema, or one that it is composed of, has a type.
func hasType(schemas openapi3.SchemaRefs, name string) bool {
	return slices.ContainsFunc(flatten(schemas), func(s *openapi3.Schema) bool { return s.Type.Is(name) })
}

// fields are what schemas document of an object.
type fields struct {
	named  map[string]openapi3.SchemaRefs
	others openapi3.SchemaRefs // additionalProperties
	open   bool                // any other field may have any value
}

func fieldsOf(schemas openapi3.SchemaRefs) fields {
	f := fields{named: map[string]openapi3.SchemaRefs{}}
	for _, schema := range flatten(schemas) {
		for name, property := range schema.Properties {
			f.named[name] = append(f.named[name], property)
		}
		if more := schema.AdditionalProperties; more.Schema != nil {
			f.others = append(f.others, more.Schema)
		} else if more.Has != nil && *more.Has {
			f.open = true
		}
		for _, choice := range slices.Concat(schema.OneOf, schema.AnyOf) {
			f.open = f.open || isFree(choice)
		}
	}
	f.open = f.open || len(f.named) == 0 && len(f.others) == 0
	return f
}

// isFree reports whether a schema permits objects and documents no field of them.
func isFree(schema *openapi3.SchemaRef) bool {
	return schema.Value.Type.Permits(openapi3.TypeObject) && !slices.ContainsFunc(flatten(openapi3.SchemaRefs{schema}),
		func(s *openapi3.Schema) bool {
			return len(s.Properties) > 0 || s.AdditionalProperties != openapi3.AdditionalProperties{}
		})
}

func (f fields) documents(name string) bool { return f.open || f.schemas(name) != nil }

func (f fields) schemas(name string) openapi3.SchemaRefs {
	if named := f.named[name]; named != nil {
		return named
	}
	return f.others
}

func orBody(at string) string {
	if at == "" {
		return "body"
	}
	return at
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// join appends a name to a JSON pointer (RFC 6901).
func join(pointer, name string) string {
	return pointer + "/" + pointerEscaper.Replace(name)
}
