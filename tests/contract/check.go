package contract

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// The checks use kin-openapi's schemas, but neither its router nor its request and response filters: those pass
// undocumented statuses, fields and query parameters, empty and trailing bodies, and panic on a nil one.

// Check returns how an exchange departs from the document. known are the secrets that earlier exchanges showed, and the
// tokens in use: they must not appear where they do not belong, and no violation contains them. Check changes nothing
// and never panics: what it cannot check is a violation.
func (d *Document) Check(x Exchange, known Secrets) []Violation {
	checked, _ := d.Examine(x, known)
	return checked.Violations
}

// Examine is [Document.Check], and also returns the operation and the response that the exchange was checked against, and
// the known secrets with those of keys that the exchange shows.
func (d *Document) Examine(x Exchange, known Secrets) (Checked, Secrets) {
	if x.URL == nil {
		x.URL = &url.URL{}
	}
	checked := Checked{Status: x.Status}
	request := &message{Message: x.Request, document: d, findings: findings{about: Violation{Method: x.Method, In: Request}}}
	o, segments, err := d.find(x.Method, x.URL)
	if err != nil {
		request.add("operation", "operation", "no documented operation: %v", err)
	} else {
		checked.OperationID, checked.Path = o.ID, o.Path
		request.about.OperationID, request.about.Path = o.ID, o.Path
		request.checkRequest(x.URL, o, segments)
	}
	response := &message{Message: x.Response, document: d, findings: findings{about: request.about}}
	response.about.In, response.about.Status = Response, x.Status
	if err == nil && x.Status != 0 {
		checked.Documented = o.Response(x.Status)
		response.checkResponse(x, o.spec.Responses.Value(checked.Documented))
	}

	known = known.With(Secrets{Keys: append(request.secrets(), response.secrets()...)})
	hidden := known.With(Secrets{Tokens: []string{tokenOf(x.Request.Header)}})
	request.checkURLSecrets(x.URL, hidden)
	request.checkSecrets(hidden)
	response.checkSecrets(hidden)
	if err == nil && len(request.list) > 0 && x.Status/100 == 2 {
		response.add("status", "accepted", "the server accepted a request that violates the document")
	}
	checked.Method = clean(x.Method, hidden)
	checked.Violations = append(request.cleaned(hidden), response.cleaned(hidden)...)
	return checked, known
}

// message is a request or a response under check.
type message struct {
	Message
	findings

	document *Document
	value    any // the body, decoded; nil if it could not be
	schemas  schemas
}

func (m *message) checkRequest(u *url.URL, o *Operation, segments []string) {
	defer m.reportPanic()
	for _, ref := range o.parameters {
		switch p := ref.Value; p.In {
		case openapi3.ParameterInPath:
			m.checkParameter(p, []string{segments[slices.Index(o.segments, "{"+p.Name+"}")]})
		case openapi3.ParameterInQuery:
			m.checkParameter(p, u.Query()[p.Name])
		default:
			m.checkParameter(p, m.Header.Values(p.Name))
		}
	}
	m.checkQuery(u, o)
	m.checkSecurity(o)
	if m.Header.Get("Content-Encoding") != "" && m.length() > 0 {
		m.add("header:Content-Encoding", "contentEncoding", "an encoded body is not documented")
	} else {
		m.checkBody(o.contents()["request"], !o.TakesBody || !o.spec.RequestBody.Value.Required, nil)
	}
}

func (m *message) checkResponse(x Exchange, documented *openapi3.ResponseRef) {
	defer m.reportPanic()
	if documented == nil {
		m.add("status", "status", "status %d is not documented", x.Status)
		return
	}
	for name, ref := range documented.Value.Headers {
		m.checkParameter(asParameter(name, ref), m.Header.Values(name))
	}
	content, mayBeEmpty := documented.Value.Content, false
	if len(content) == 0 && x.Status/100 == 4 && m.document.failure != nil {
		content, mayBeEmpty = openapi3.NewContentWithJSONSchemaRef(m.document.failure), true
	}
	isEmpty := len(m.Body) == 0 && (x.Status == http.StatusNoContent || x.Status == http.StatusNotModified)
	if x.Method != http.MethodHead && !isEmpty { // Content-Length may be that of another response
		m.checkBody(content, mayBeEmpty, x.Request.Header)
	}
}

// reportPanic recovers: kin-openapi panics on some values that no schema expects.
func (m *message) reportPanic() {
	if recover() != nil {
		m.add("body", "panic", "cannot be checked: the validator panicked")
	}
}

func asParameter(name string, header *openapi3.HeaderRef) *openapi3.Parameter {
	p := header.Value.Parameter
	p.Name, p.In = name, openapi3.ParameterInHeader
	return &p
}

// checkParameter checks a parameter of a request, or a header of a response.
func (m *message) checkParameter(p *openapi3.Parameter, values []string) {
	at, isQuery, items := p.In+":"+p.Name, p.In == openapi3.ParameterInQuery, p.Schema.Value.Items
	found := findings{about: m.about}
	switch {
	case len(values) == 0 && p.Required:
		m.add(at, "required", "it is missing")
	case len(values) == 0:
	case isQuery && items != nil:
		list := []any{}
		for _, text := range values {
			list = append(list, parse(items, text))
		}
		m.document.checkValue(&found, p.Schema, list)
	case isQuery && len(values) > 1:
		m.add(at, "type", "the parameter appears %d times", len(values))
	default: // several headers mean the same as one
		m.document.checkValue(&found, p.Schema, parse(p.Schema, strings.Join(values, ", ")))
	}
	for _, v := range found.list {
		m.add(at, v.Rule, "%s", v.Message)
	}
}

// parse returns the value that the text of a parameter represents.
func parse(schema *openapi3.SchemaRef, text string) any {
	if !flatten(schema).hasType(openapi3.TypeString) && strings.TrimSpace(text) == text {
		if value, err := decode(&findings{}, []byte(text)); err == nil {
			return value
		}
	}
	return text
}

func (m *message) checkQuery(u *url.URL, o *Operation) {
	query, hasQuery := u.Query(), false
	for _, p := range o.parameters {
		hasQuery = hasQuery || p.Value.In == openapi3.ParameterInQuery
	}
	for name := range query {
		if o.parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			m.add("query:"+name, "query", "the query parameter is not documented")
		}
	}
	if len(query) == 0 && (u.RawQuery != "" || u.ForceQuery && !hasQuery) {
		m.add("query:", "query", "a query is not documented")
	}
}
