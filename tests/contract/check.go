package contract

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/strictjson"
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

// Examine does what [Document.Check] does, and also returns the operation and the response that the exchange was checked
// against, and the known secrets with those of keys that the exchange shows.
func (d *Document) Examine(x Exchange, known Secrets) (Checked, Secrets) {
	x.URL = cmp.Or(x.URL, &url.URL{})
	o, segments, problem := d.find(x.Method, x.URL)
	request := &message{Message: x.Request, about: Violation{OperationID: o.ID, Method: x.Method, Path: o.Path, In: Request}}
	response := &message{Message: x.Response, about: request.about}
	response.about.In, response.about.Status = Response, x.Status
	documented := ""
	if problem != "" {
		request.add("operation", "operation", "no documented operation: %s", problem)
	} else {
		request.checkRequest(x.URL, o, segments)
	}
	for name := range x.Request.Header {
		if rule := replacers[http.CanonicalHeaderKey(name)]; rule != "" && problem == "" && d.isTurnKeys() {
			request.add("header:"+name, rule, "the header replaces the bearer token or the method")
		}
	}
	if problem == "" && x.Status != 0 {
		documented = o.Response(x.Status)
		response.checkResponse(x, o.messages[documented])
	}

	known = known.With(Secrets{Keys: append(request.secrets(), response.secrets()...)})
	token := strings.TrimSpace(x.Request.Header.Get("Authorization"))
	hidden := known.With(Secrets{Tokens: []string{token[strings.LastIndexAny(token, " \t")+1:]}}) // however malformed it is
	request.checkURLSecrets(x.URL, hidden)
	request.checkSecrets(hidden)
	response.checkSecrets(hidden)
	if problem == "" && len(request.violations) > 0 && x.Status/100 == 2 {
		response.add("status", "accepted", "the server accepted a request that violates the document")
	}
	return Checked{
		OperationID: o.ID, Method: clean(x.Method, hidden), Path: o.Path, Status: x.Status, Documented: documented,
		Violations: append(request.cleaned(hidden), response.cleaned(hidden)...),
	}, known
}

// These limits bound the cost of a hostile exchange.
const (
	maxViolations = 1000
	maxText       = 200
)

// message is a request or a response under check.
type message struct {
	Message

	about      Violation // what its violations have in common
	violations []Violation
	value      any // the body, decoded; nil if it could not be
	schemas    schemas
}

func (m *message) checkRequest(u *url.URL, o *Operation, segments []string) {
	defer m.reportPanic()
	query, takesQuery := u.Query(), false
	isMalformed := u.RawQuery != "" && len(query) == 0
	for _, ref := range o.messages["request"].parameters {
		switch p := ref.Value; p.In {
		case openapi3.ParameterInPath:
			m.checkParameter(p, segments[slices.Index(o.segments, "{"+p.Name+"}"):][:1])
		case openapi3.ParameterInQuery:
			m.checkParameter(p, query[p.Name])
			delete(query, p.Name)
			takesQuery = true
		default:
			m.checkParameter(p, m.Header.Values(p.Name))
		}
	}
	for name := range query {
		m.add("query:"+name, "query", "the query parameter is not documented")
	}
	if isMalformed || u.ForceQuery && !takesQuery {
		m.add("query:", "query", "a query is not documented")
	}
	if problem := credentials.BearerProblem(m.Header.Values("Authorization")); problem != "" && o.needsToken {
		m.add("header:Authorization", "security", "%s", problem)
	}
	if m.Header.Get("Content-Encoding") != "" && m.length() > 0 {
		m.add("header:Content-Encoding", "contentEncoding", "an encoded body is not documented")
	} else {
		m.checkBody(o.messages["request"], nil)
	}
}

func (m *message) checkResponse(x Exchange, documented *documented) {
	defer m.reportPanic()
	if documented == nil {
		m.add("status", "status", "status %d is not documented", x.Status)
		return
	}
	for _, p := range documented.parameters {
		m.checkParameter(p.Value, m.Header.Values(p.Value.Name))
	}
	isEmpty := len(m.Body) == 0 && (x.Status == http.StatusNoContent || x.Status == http.StatusNotModified)
	if x.Method != http.MethodHead && !isEmpty { // else Content-Length may be that of another response
		m.checkBody(documented, x.Request.Header)
	}
}

// reportPanic recovers: kin-openapi panics on some values that no schema expects.
func (m *message) reportPanic() {
	if recover() != nil {
		m.add("body", "panic", "cannot be checked: the validator panicked")
	}
}

// checkParameter checks a parameter of a request, or a header of a response.
func (m *message) checkParameter(p *openapi3.Parameter, values []string) {
	at, isQuery, items := p.In+":"+p.Name, p.In == openapi3.ParameterInQuery, p.Schema.Value.Items
	found := &message{about: m.about}
	switch {
	case len(values) == 0 && p.Required:
		m.add(at, "required", "it is missing")
	case len(values) == 0:
	case isQuery && items != nil:
		list := []any{}
		for _, text := range values {
			list = append(list, parse(items, text))
		}
		found.checkValue(p.Schema, list)
	case isQuery && len(values) > 1:
		m.add(at, "type", "the parameter appears %d times", len(values))
	default: // repeated headers mean the same as one that joins them
		found.checkValue(p.Schema, parse(p.Schema, strings.Join(values, ", ")))
	}
	for _, v := range found.violations {
		m.add(at, v.Rule, "%s", v.Message)
	}
}

// parse returns the value that the text of a parameter represents.
func parse(schema *openapi3.SchemaRef, text string) any {
	if !flatten(schema).hasType(openapi3.TypeString) && strings.TrimSpace(text) == text {
		if value, err := strictjson.Decode([]byte(text), func(_, _, _ string) {}); err == nil {
			return value
		}
	}
	return text
}

// replacers are undocumented headers that Cloudflare or other servers obey, each with the rule that it breaks.
var replacers = map[string]string{
	"X-Auth-Key": "security", "X-Auth-Email": "security", "X-Auth-User-Service-Key": "security",
	"X-Http-Method-Override": "operation", "X-Http-Method": "operation", "X-Method-Override": "operation",
}

// secrets returns the secrets in the body, the values of fields with format: password. They must not appear anywhere
// else, in this exchange or any later one. A token must not appear outside the Authorization header.
func (m *message) secrets() (secrets []string) {
	visit("", m.schemas, m.value, func(_ string, s schemas, value any) {
		if text, ok := value.(string); ok && s.isSecret() {
			secrets = append(secrets, text)
		}
	})
	return secrets
}

// moveRenamed moves a secret from an undocumented field to the documented one, so that the wrong name is reported once
// and the rest is checked as usual.
func (m *message) moveRenamed() {
	visit("", m.schemas, m.value, func(at string, s schemas, value any) {
		object, _ := value.(map[string]any)
		for _, schema := range s {
			for name, property := range schema.Properties {
				if _, there := object[name]; there || !flatten(property).isSecret() {
					continue
				}
				if other := undocumentedSecret(object, s, property.Value); other != "" {
					m.add(strictjson.Join(at, name), "renamed", "the secret came as %q", other)
					object[name] = object[other]
					delete(object, other)
				}
			}
		}
	})
}

// undocumentedSecret returns the name of the first undocumented field that has a secret's schema, or "".
func undocumentedSecret(object map[string]any, s schemas, secret *openapi3.Schema) string {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		text, _ := object[name].(string)
		documented, _ := s.field(name)
		if documented == nil && len(text) >= credentials.ShortestSecret && secret.VisitJSON(text) == nil {
			return name
		}
	}
	return ""
}

// checkSecrets reports secrets and tokens in headers, trailers and the body.
func (m *message) checkSecrets(known Secrets) {
	for _, header := range []map[string][]string{m.Header, m.Trailer} {
		for name, values := range header {
			m.checkSecret("header:"+name, strings.Join(values, "\n"), known)
		}
	}
	if m.value == nil {
		m.checkSecret("body", string(m.Body), known)
	}
	visit("", m.schemas, m.value, func(at string, s schemas, value any) {
		switch value := value.(type) {
		case map[string]any:
			for name := range value {
				m.checkSecret(strictjson.Join(at, name), name, known)
			}
		case string:
			known := known
			if s.isSecret() {
				known.Keys = nil
			}
			m.checkSecret(at, value, known)
		}
	})
}

func (m *message) checkURLSecrets(u *url.URL, known Secrets) {
	m.checkSecret("path", u.Path, known)
	query := u.Query()
	if len(query) == 0 {
		m.checkSecret("query:", u.RawQuery, known)
	}
	for name, values := range query {
		m.checkSecret("query:"+name, name+"\n"+strings.Join(values, "\n"), known)
	}
}

func (m *message) checkSecret(at, text string, known Secrets) {
	contains := func(secret string) bool {
		return len(secret) >= credentials.ShortestSecret && strings.Contains(text, secret)
	}
	if slices.ContainsFunc(known.Keys, contains) {
		m.add(at, "secret", "contains a key's secret, which may appear only in the response that created the key")
	}
	if at != "header:Authorization" && slices.ContainsFunc(known.Tokens, contains) {
		m.add(at, "token", "contains the API token, which belongs only in Authorization")
	}
}
