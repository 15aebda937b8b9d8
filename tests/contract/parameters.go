package contract

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

func (m *message) checkParameters(u *url.URL, o *Operation, pathValues map[string]string) {
	for _, ref := range o.parameters {
		m.checkParameter(*ref.Value, u, pathValues)
	}
	query, documented := u.Query(), m.document.queryNames(o)
	for name := range query {
		object, _, _ := strings.Cut(name, "[") // filter[name]
		if !slices.ContainsFunc(documented, func(d string) bool { return d == name || d == object || d == "*" }) {
			m.add("query:"+name, "query", "the query parameter is not documented")
		}
	}
	if len(query) == 0 && (u.RawQuery != "" || u.ForceQuery && len(documented) == 0) {
		m.add("query:", "query", "a query is not documented")
	}
}

// queryNames returns the names of the documented query parameters, and * if the fields of an object may have any name.
func (d *Document) queryNames(o *Operation) (names []string) {
	for _, ref := range o.parameters {
		if p := ref.Value; p.In == openapi3.ParameterInQuery {
			names = append(names, p.Name)
			if p.Schema != nil && hasType(openapi3.SchemaRefs{p.Schema}, openapi3.TypeObject) && p.Style != openapi3.SerializationDeepObject {
				names = append(names, "*")
			}
		}
	}
	for _, scheme := range slices.Concat(d.alternatives(o)...) {
		if scheme.In == openapi3.ParameterInQuery {
			names = append(names, scheme.Name)
		}
	}
	return names
}

// checkParameter checks a parameter of a request, or a header of a response.
func (m *message) checkParameter(p openapi3.Parameter, u *url.URL, pathValues map[string]string) {
	at := p.In + ":" + p.Name
	values := slices.Compact(m.Header.Values(p.Name))
	if p.In == openapi3.ParameterInHeader && len(values) > 1 && p.Schema != nil && !hasType(openapi3.SchemaRefs{p.Schema}, openapi3.TypeArray) {
		m.add(at, "type", "the header appears %d times, with different values", len(values))
	}
	found := findings{about: m.about}
	found.reportError("", m.document.parameterError(p, m.Header, u, pathValues, m.about.In))
	for _, v := range found.list {
		m.add(at, v.Rule, "%s", v.Message)
	}
}

func (d *Document) parameterError(p openapi3.Parameter, header http.Header, u *url.URL, pathValues map[string]string, in Side) (err error) {
	defer recoverTo(&err)
	input := &openapi3filter.RequestValidationInput{Request: &http.Request{Header: header, URL: u}, PathParams: pathValues}
	input.Options = &openapi3filter.Options{MultiError: true, SkipSettingDefaults: true, SchemaValidationOptions: d.options(in)}
	return openapi3filter.ValidateParameter(context.Background(), input, &p)
}
