package contract

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// checkValue reports how a value departs from a schema, at JSON pointers below at. A nil schema permits any value.
func (d *Document) checkValue(f *findings, at string, schema *openapi3.Schema, value any) {
	if schema == nil {
		return
	}
	if err := d.validate(schema, value, f.about.In); err != nil {
		reportSchemaError(f, at, err)
	}
	visit(at, []*openapi3.Schema{schema}, value, func(at string, schemas []*openapi3.Schema, value any) {
		switch value := value.(type) {
		case map[string]any:
			fields := fieldsOf(schemas)
			for name := range value {
				if !fields.documents(name) {
					f.add(join(at, name), "additionalProperties", "the field is not documented")
				}
			}
		case json.Number:
			if strings.ContainsAny(string(value), ".eE") && hasType(schemas, openapi3.TypeInteger) && !hasType(schemas, openapi3.TypeNumber) {
				f.add(orBody(at), "type", "value must be an integer, without fraction or exponent")
			}
		}
	})
}

var errPanic = errors.New("the validator panicked")

// validate asks kin-openapi, which panics on some values that no schema expects.
func (d *Document) validate(schema *openapi3.Schema, value any, in Side) (err error) {
	defer func() {
		if recover() != nil {
			err = errPanic
		}
	}()
	// The details of an error would be every value below it, as JSON.
	options := []openapi3.SchemaValidationOption{
		openapi3.MultiErrors(), openapi3.EnableFormatValidation(), openapi3.DisableSchemaErrorDetails(),
	}
	switch in {
	case Request:
		options = append(options, openapi3.VisitAsRequest())
	case Response:
		options = append(options, openapi3.VisitAsResponse())
	}
	return d.spec.ValidateSchemaJSON(schema, value, options...)
}

func reportSchemaError(f *findings, at string, err error) {
	if many, ok := err.(openapi3.MultiError); ok { //nolint:errorlint // As would find what other errors wrap
		for _, err := range many {
			reportSchemaError(f, at, err)
		}
		return
	}
	schemaErr, ok := err.(*openapi3.SchemaError) //nolint:errorlint // nothing wraps it
	if !ok {
		f.add(orBody(at), "schema", "cannot be checked: %v", err)
		return
	}
	root := at
	for _, name := range schemaErr.JSONPointer() {
		at = join(at, name)
	}
	switch schemaErr.SchemaField {
	case "properties": // kin-openapi reports the object, and names the field in its reason
		quoted := strings.TrimSuffix(strings.TrimPrefix(schemaErr.Reason, "property "), " is unsupported")
		name, _ := strconv.Unquote(quoted)
		f.add(join(at, name), "additionalProperties", "the field is not documented")
	case "allOf": // the errors of its branches, two wrappings down, have pointers from the root
		reportSchemaError(f, root, errors.Unwrap(errors.Unwrap(schemaErr.Origin)))
	case "required":
		f.add(at, "required", "the field is missing%s", f.requiredBy(schemaErr.Schema))
	case "format":
		f.add(orBody(at), "format", "not a valid %s", schemaErr.Schema.Format)
	case "pattern":
		f.add(orBody(at), "pattern", "does not match %s", schemaErr.Schema.Pattern)
	default:
		f.add(orBody(at), schemaErr.SchemaField, "%s", strings.ToLower(schemaErr.Reason))
	}
}

// visit calls f for a value and all values in it, each with its JSON pointer and the schemas that document it.
func visit(at string, schemas []*openapi3.Schema, value any, f func(at string, schemas []*openapi3.Schema, value any)) {
	f(at, schemas, value)
	switch value := value.(type) {
	case map[string]any:
		fields := fieldsOf(schemas)
		for name, field := range value {
			visit(join(at, name), fields.schemas(name), field, f)
		}
	case []any:
		items := itemsOf(schemas)
		for i, item := range value {
			visit(join(at, strconv.Itoa(i)), items, item, f)
		}
	}
}

// flatten returns schemas with all that they are composed of.
func flatten(schemas []*openapi3.Schema) (all []*openapi3.Schema) {
	var add func(schema *openapi3.Schema)
	add = func(schema *openapi3.Schema) {
		if slices.Contains(all, schema) {
			return
		}
		all = append(all, schema)
		for _, ref := range slices.Concat(schema.AllOf, schema.OneOf, schema.AnyOf) {
			add(ref.Value)
		}
	}
	for _, schema := range schemas {
		add(schema)
	}
	return all
}

// fields are what schemas document of an object.
type fields struct {
	named  map[string][]*openapi3.Schema
	others []*openapi3.Schema // additionalProperties
	open   bool               // any other field may have any value
}

func fieldsOf(schemas []*openapi3.Schema) fields {
	f := fields{named: map[string][]*openapi3.Schema{}}
	for _, schema := range flatten(schemas) {
		for name, property := range schema.Properties {
			f.named[name] = append(f.named[name], property.Value)
		}
		if schema.AdditionalProperties.Schema != nil {
			f.others = append(f.others, schema.AdditionalProperties.Schema.Value)
		}
		if has := schema.AdditionalProperties.Has; has != nil && *has {
			f.open = true
		}
		for _, choice := range slices.Concat(schema.OneOf, schema.AnyOf) {
			f.open = f.open || choice.Value.Type.Permits(openapi3.TypeObject) && fieldsOf([]*openapi3.Schema{choice.Value}).open
		}
	}
	// An object without any documented field is a free one.
	f.open = f.open || len(f.named) == 0 && len(f.others) == 0
	return f
}

func (f fields) documents(name string) bool { return f.open || f.schemas(name) != nil }

func (f fields) schemas(name string) []*openapi3.Schema {
	if named := f.named[name]; named != nil {
		return named
	}
	return f.others
}

func itemsOf(schemas []*openapi3.Schema) (items []*openapi3.Schema) {
	for _, schema := range flatten(schemas) {
		if schema.Items != nil {
			items = append(items, schema.Items.Value)
		}
	}
	return items
}

// hasType reports whether a schema, or something that it is composed of, has a type.
func hasType(schemas []*openapi3.Schema, name string) bool {
	return slices.ContainsFunc(flatten(schemas), func(schema *openapi3.Schema) bool { return schema.Type.Is(name) })
}

var dateTime = regexp.MustCompile(`^(\d{4}-\d\d-\d\dT\d\d:\d\d:)(\d\d)((?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))$`)

// checkDateTime takes two checks: a pattern, kin-openapi's own too, passes 30 February, and package time passes
// T8:15:30Z, a comma before the fraction, and a zone of 24 hours.
func checkDateTime(text string) error {
	parts := dateTime.FindStringSubmatch(strings.ToUpper(text)) // t and z are allowed
	if parts == nil {
		return errors.New("not RFC 3339")
	}
	if parts[2] != "60" {
		_, err := time.Parse(time.RFC3339, strings.ToUpper(text))
		return err
	}
	second, err := time.Parse(time.RFC3339, parts[1]+"59"+parts[3])
	if second = second.UTC(); err == nil && (second.Hour() != 23 || second.Minute() != 59) {
		return errors.New("a leap second comes at the end of a day")
	}
	return err
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
