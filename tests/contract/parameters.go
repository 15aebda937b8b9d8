package contract

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

func (m *message) checkParameters(u *url.URL, o *Operation, pathValues map[string]string) {
	query := u.Query()
	for _, ref := range o.parameters {
		p := ref.Value
		var values []string
		switch p.In {
		case openapi3.ParameterInPath:
			values = []string{pathValues[p.Name]}
		case openapi3.ParameterInQuery:
			values = query[p.Name]
		case openapi3.ParameterInHeader:
			if slices.Contains([]string{"Accept", "Content-Type", "Authorization"}, http.CanonicalHeaderKey(p.Name)) {
				continue // OpenAPI: ignored
			}
			values = m.Header.Values(p.Name)
		case openapi3.ParameterInCookie:
			for _, cookie := range (&http.Request{Header: m.Header}).CookiesNamed(p.Name) {
				values = append(values, cookie.Value)
			}
		}
		m.checkValues(p.In+":"+p.Name, *p, values)
	}
	documented := m.document.queryNames(o)
	for name := range query {
		if !slices.Contains(documented, name) {
			m.add("query:"+name, "query", "the query parameter is not documented")
		}
	}
	if len(query) == 0 && (u.RawQuery != "" || u.ForceQuery && len(documented) == 0) {
		m.add("query:", "query", "a query is not documented")
	}
}

// queryNames returns the names of the documented query parameters, an API key included.
func (d *Document) queryNames(o *Operation) (names []string) {
	for _, ref := range o.parameters {
		if ref.Value.In == openapi3.ParameterInQuery {
			names = append(names, ref.Value.Name)
		}
	}
	for _, scheme := range d.schemes(o) {
		if scheme.In == openapi3.ParameterInQuery {
			names = append(names, scheme.Name)
		}
	}
	return names
}

// checkValues checks the values of a parameter or of a response header.
func (m *message) checkValues(at string, p openapi3.Parameter, values []string) {
	schema := p.Schema.Value
	switch {
	case len(values) == 0:
		if p.Required && p.In != openapi3.ParameterInHeader {
			m.add(at, "required", "the parameter is missing")
		} else if p.Required {
			m.add(at, "required", "the header is missing")
		}
	case p.AllowEmptyValue && slices.Equal(values, []string{""}):
	case isArray(schema):
		var texts []string
		for _, value := range values {
			texts = append(texts, split(p, value)...)
		}
		m.document.checkValue(&m.findings, at, schema, m.document.readTexts(schema, texts))
	default:
		for _, value := range values {
			m.document.checkValue(&m.findings, at, schema, m.document.readText(schema, value))
		}
	}
}

// split returns the items in one value of a list.
func split(p openapi3.Parameter, value string) []string {
	switch {
	case p.In == "" || p.In == openapi3.ParameterInHeader: // the header of a response has no In
		items := strings.Split(value, ",")
		for i := range items {
			items[i] = strings.TrimSpace(items[i])
		}
		return items
	case p.In == openapi3.ParameterInQuery && (p.Explode == nil || *p.Explode):
		return []string{value}
	}
	delimiter := map[string]string{"spaceDelimited": " ", "pipeDelimited": "|"}[p.Style]
	return strings.Split(value, cmp.Or(delimiter, ","))
}

var numberPattern = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// readText returns what a text stands for where a schema is documented: itself, a number or a boolean.
func (d *Document) readText(schema *openapi3.Schema, text string) any {
	readings := []any{text}
	if numberPattern.MatchString(text) {
		readings = append(readings, json.Number(text))
	}
	if text == "true" || text == "false" {
		readings = append(readings, text == "true")
	}
	for _, reading := range readings {
		f := &findings{}
		if d.checkValue(f, "", schema, reading); len(f.list) == 0 {
			return reading
		}
	}
	if schema.Type.Is(openapi3.TypeString) {
		return text
	}
	return readings[len(readings)-1]
}

// readTexts returns a list.
func (d *Document) readTexts(schema *openapi3.Schema, texts []string) any {
	list := []any{}
	for _, text := range texts {
		list = append(list, d.readText(itemSchema(schema), text))
	}
	return list
}

// readForm returns the object that a form stands for.
func (d *Document) readForm(schema *openapi3.Schema, values url.Values) any {
	object := map[string]any{}
	for name, texts := range values {
		property := fieldSchema(schema, name)
		if isArray(property) || len(texts) > 1 {
			object[name] = d.readTexts(property, texts)
		} else {
			object[name] = d.readText(property, texts[0])
		}
	}
	return object
}
