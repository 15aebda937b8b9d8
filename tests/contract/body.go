package contract

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/record"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/strictjson"
)

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || mediaType == "text/json" || strings.HasSuffix(mediaType, "+json")
}

// checkBody checks a body. If it is that of a response, request is the header of the request.
func (m *message) checkBody(documented *documented, request http.Header) {
	hasJSON := slices.ContainsFunc(slices.Collect(maps.Keys(documented.content)), isJSON)
	switch {
	case errors.Is(m.Err, ErrTooLarge) || len(m.Body) > record.Limit:
		m.add("body", "size", "larger than 16 MiB: too large to check")
	case len(documented.content) == 0 && m.length() > 0:
		m.add("body", "body", "unexpected body: none is documented")
	case m.Err != nil && !m.partial() || m.Err == nil && m.length() > len(m.Body):
		m.add("body", "body", "the body is truncated")
	case len(m.Body) == 0 && (documented.mayBeEmpty || m.partial() || !hasJSON):
	case len(m.Body) == 0:
		m.add("body", "body", "the documented body is missing")
	default:
		m.checkContent(documented.content, request)
	}
}

func (m *message) checkContent(content openapi3.Content, request http.Header) {
	body, ok := m.decoded(request)
	mediaType, media := m.checkMediaType(content, body)
	if !ok || media == nil {
		return
	}
	m.value = string(body)
	if isJSON(mediaType) {
		var err error
		m.value, err = strictjson.Decode(body, func(at, rule, message string) { m.add(at, rule, "%s", message) })
		if err != nil && !m.partial() {
			m.add("body", "json", "%v", err)
		}
		if err != nil {
			return
		}
	}
	m.schemas = flatten(media.Schema)
	m.moveRenamed()
	m.checkValue(media.Schema, m.value)
}

// checkMediaType returns the media type of the body and what is documented for it, or nil.
func (m *message) checkMediaType(content openapi3.Content, body []byte) (string, *openapi3.MediaType) {
	const at, rule = "header:Content-Type", "contentType"
	values := slices.Compact(slices.Clone(m.Header.Values("Content-Type")))
	mediaType, parameters, err := mime.ParseMediaType(strings.Join(values, ", "))
	media := content.Get(mediaType)
	if len(values) != 1 || err != nil || media == nil {
		m.add(at, rule, "want %s", strings.Join(slices.Sorted(maps.Keys(content)), " or "))
		return "", nil
	}
	// JSON has no charset (RFC 8259), but some clients decode the body with it.
	charset := strings.ToLower(parameters["charset"])
	isASCII := !slices.ContainsFunc(body, func(b byte) bool { return b > 127 })
	if isJSON(mediaType) && charset != "" && charset != "utf-8" && (!isASCII || strings.HasPrefix(charset, "utf-")) {
		m.add(at, rule, "want the charset utf-8 or none")
	}
	return mediaType, media
}

// decoded returns the body without its Content-Encoding. net/http has already decoded the gzip that it requested itself.
func (m *message) decoded(request http.Header) ([]byte, bool) {
	const at, rule = "header:Content-Encoding", "contentEncoding"
	switch encoding := strings.ToLower(strings.Join(m.Header.Values("Content-Encoding"), ", ")); encoding {
	case "", "identity":
		return m.Body, true
	case "gzip":
		accepts := strings.ToLower(strings.Join(request.Values("Accept-Encoding"), ","))
		if !strings.Contains(accepts, "gzip") && !strings.Contains(accepts, "*") {
			m.add(at, rule, "gzip, which the request did not ask for")
		}
	default:
		m.add(at, rule, "want gzip or none: the body was not checked")
		return nil, false
	}
	var body []byte
	unzip, err := gzip.NewReader(bytes.NewReader(m.Body))
	if err == nil {
		body, err = io.ReadAll(io.LimitReader(unzip, record.Limit+1))
	}
	switch {
	case err != nil && !m.partial():
		m.add(at, rule, "the body is not gzip")
	case len(body) > record.Limit:
		m.add("body", "size", "larger than 16 MiB: too large to check")
	}
	return body, err == nil && len(body) <= record.Limit
}

// Errors must contain no values, but the details of kin-openapi's errors do.
var options = []openapi3.SchemaValidationOption{
	openapi3.MultiErrors(), openapi3.DisableSchemaErrorDetails(),
	openapi3.WithStringFormatValidator("date-time", openapi3.NewCallbackValidator(func(text string) error {
		return openapi3.SchemaStringFormats["date-time"].Validate(strings.ToUpper(text)) // RFC 3339 allows t and z
	})),
}

// checkValue reports how a value departs from a schema. A nil schema permits any value.
func (m *message) checkValue(schema *openapi3.SchemaRef, value any) {
	if schema == nil {
		return
	}
	side := openapi3.VisitAsResponse()
	if m.about.In == Request {
		side = openapi3.VisitAsRequest()
	}
	m.addError(schema.Value.VisitJSON(value, append(slices.Clone(options), side)...))
	visit("", flatten(schema), value, func(at string, s schemas, value any) {
		switch value := value.(type) {
		case map[string]any:
			for name := range value {
				if _, ok := s.field(name); !ok {
					m.add(strictjson.Join(at, name), "additionalProperties", "the field is not documented")
				}
			}
		case json.Number:
			isInteger := s.hasType(openapi3.TypeInteger) && !s.hasType(openapi3.TypeNumber)
			if isInteger && strings.ContainsAny(string(value), ".eE") {
				m.add(at, "type", "value must be an integer, without fraction and exponent")
			}
		}
	})
}

// addError adds what kin-openapi found.
func (m *message) addError(err error) {
	switch err := err.(type) { //nolint:errorlint // As would find what other errors wrap
	case openapi3.MultiError:
		for _, err := range err {
			m.addError(err)
		}
	case *openapi3.SchemaError:
		m.addSchemaError(err)
	case error:
		m.add("body", "schema", "%s", err)
	}
}

func (m *message) addSchemaError(err *openapi3.SchemaError) {
	at := ""
	for _, name := range err.JSONPointer() {
		at = strictjson.Join(at, name)
	}
	switch err.SchemaField {
	case "properties": // kin-openapi reports the object, and names the field in its reason
		name, _ := strconv.Unquote(strings.TrimSuffix(strings.TrimPrefix(err.Reason, "property "), " is unsupported"))
		m.add(strictjson.Join(at, name), "additionalProperties", "the field is not documented")
	case "allOf": // the errors of its branches, wrapped twice, have pointers from the root
		m.addError(errors.Unwrap(errors.Unwrap(err.Origin)))
	case "required":
		m.add(at, "required", "the field is missing")
	case "format":
		m.add(at, "format", "not a valid %s", err.Schema.Format)
	case "pattern":
		m.add(at, "pattern", "does not match %s", err.Schema.Pattern)
	default:
		m.add(at, err.SchemaField, "%s", strings.ToLower(err.Reason))
	}
}

// visit calls f for a value and all values in it, each with its JSON pointer and the schemas that document it.
func visit(at string, s schemas, value any, f func(at string, s schemas, value any)) {
	f(at, s, value)
	switch value := value.(type) {
	case map[string]any:
		for name, below := range value {
			documented, _ := s.field(name)
			visit(strictjson.Join(at, name), documented, below, f)
		}
	case []any:
		var items openapi3.SchemaRefs
		for _, schema := range s {
			items = append(items, schema.Items)
		}
		for i, item := range value {
			visit(strictjson.Join(at, strconv.Itoa(i)), flatten(items...), item, f)
		}
	}
}

// schemas are all schemas of a value: its own, and those that it is composed of.
type schemas []*openapi3.Schema

// flatten returns schemas and those that they are composed of, without nil ones.
func flatten(refs ...*openapi3.SchemaRef) (all schemas) {
	for ; len(refs) > 0; refs = refs[1:] {
		if ref := refs[0]; ref != nil && !slices.Contains(all, ref.Value) {
			all = append(all, ref.Value)
			refs = slices.Concat(refs, ref.Value.AllOf, ref.Value.OneOf, ref.Value.AnyOf)
		}
	}
	return all
}

func (s schemas) hasType(name string) bool {
	return slices.ContainsFunc(s, func(schema *openapi3.Schema) bool { return schema.Type.Is(name) })
}

func (s schemas) isSecret() bool {
	return slices.ContainsFunc(s, func(schema *openapi3.Schema) bool { return schema.Format == "password" })
}

func (s schemas) hasFields() bool {
	return slices.ContainsFunc(s, func(schema *openapi3.Schema) bool {
		return len(schema.Properties) > 0 || schema.AdditionalProperties.Schema != nil
	})
}

// field returns the schemas of a field of an object, and whether the object may have the field. An object without
// documented fields may have any field; another one, only if additionalProperties permits it.
func (s schemas) field(name string) (field schemas, ok bool) {
	var named, others openapi3.SchemaRefs
	ok = !s.hasFields()
	for _, schema := range s {
		more := schema.AdditionalProperties
		named, others = append(named, schema.Properties[name]), append(others, more.Schema)
		ok = ok || more.Has != nil && *more.Has
		for _, alternative := range slices.Concat(schema.OneOf, schema.AnyOf) {
			ok = ok || alternative.Value.Type.Permits(openapi3.TypeObject) && !flatten(alternative).hasFields()
		}
	}
	field = flatten(named...)
	if field == nil {
		field = flatten(others...)
	}
	return field, ok || field != nil
}
