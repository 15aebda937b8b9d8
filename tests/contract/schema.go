package contract

import (
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// checkSchema reports what kin-openapi finds, at JSON pointers below at.
func (d *document) checkSchema(f *findings, at string, schema *openapi3.Schema, value any) {
	err := d.ValidateSchemaJSON(schema, value, openapi3.MultiErrors(), openapi3.EnableFormatValidation())
	if err != nil {
		reportSchemaError(f, at, err)
	}
}

// checkText checks a text that may stand for a number, as in a header.
func (d *document) checkText(f *findings, at string, schema *openapi3.Schema, text string) {
	asText, asNumber := &findings{about: f.about}, &findings{about: f.about}
	d.checkSchema(asText, at, schema, text)
	if len(asText.list) == 0 {
		return
	}
	if _, err := strconv.ParseFloat(text, 64); err != nil || schema.Type.Is(openapi3.TypeString) {
		f.list = append(f.list, asText.list...)
		return
	}
	d.checkSchema(asNumber, at, schema, json.Number(text))
	f.list = append(f.list, asNumber.list...)
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
		f.add(orBody(at), "schema", "does not fit the schema")
		return
	}
	root := at
	for _, name := range schemaErr.JSONPointer() {
		at = join(at, name)
	}
	switch schemaErr.SchemaField {
	case "properties": // kin-openapi reports the object, not the field
		object, _ := schemaErr.Value.(map[string]any)
		for name := range object {
			if schemaErr.Schema.Properties[name] == nil {
				f.add(join(at, name), "additionalProperties", "the field is not documented")
			}
		}
	case "allOf": // its branches' errors, two wrappings down, bear pointers from the root
		reportSchemaError(f, root, errors.Unwrap(errors.Unwrap(schemaErr.Origin)))
	case "required":
		f.add(at, "required", "the field is missing")
	case "format":
		f.add(orBody(at), "format", "not a valid %s", schemaErr.Schema.Format)
	case "pattern":
		f.add(orBody(at), "pattern", "does not match %s", schemaErr.Schema.Pattern)
	default:
		f.add(orBody(at), schemaErr.SchemaField, "%s", strings.ToLower(schemaErr.Reason))
	}
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

// child returns the schema of a field or an item, or nil.
func child(schema *openapi3.Schema, name string) *openapi3.Schema {
	if schema == nil {
		return nil
	}
	if property := schema.Properties[name]; property != nil {
		return property.Value
	}
	if schema.Items != nil {
		return schema.Items.Value
	}
	for _, branch := range schema.AllOf {
		if found := child(branch.Value, name); found != nil {
			return found
		}
	}
	return nil
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
