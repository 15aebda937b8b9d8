package contract

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
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
		if d.isTurnKeys() {
			request.checkReplacers()
		}
	}
	if problem == "" && x.Status != 0 {
		documented = o.Response(x.Status)
		response.checkResponse(x, o.messages[documented])
	}

	known = known.With(Secrets{Keys: append(request.secrets(), response.secrets()...)})
	hidden := known.With(Secrets{Tokens: []string{tokenOf(x.Request.Header)}})
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

// message is a request or a response under check.
type message struct {
	Message

	about      Violation // what its violations have in common
	violations []Violation
	value      any // the body, decoded; nil if it could not be
	schemas    schemas
}

// maxViolations bounds what a hostile body can cost.
const maxViolations = 1000

// add adds a violation at a place in the message. A pointer to the whole body is "".
func (m *message) add(at, rule, format string, args ...any) {
	if len(m.violations) < maxViolations {
		v := m.about
		v.At, v.Rule, v.Message = cmp.Or(at, "body"), rule, fmt.Sprintf(format, args...)
		m.violations = append(m.violations, v)
	}
}

// cleaned returns the violations in order, each once, without secrets.
func (m *message) cleaned(secrets Secrets) (all []Violation) {
	for _, v := range m.violations {
		v.Method, v.At, v.Message = clean(v.Method, secrets), clean(v.At, secrets), clean(v.Message, secrets)
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	slices.SortStableFunc(all, func(a, b Violation) int { return strings.Compare(a.At, b.At) })
	return all
}

const maxText = 200

// clean keeps secrets and line ends out of a violation: names and pointers come from the other side.
func clean(text string, secrets Secrets) string {
	text = credentials.Redact(text, slices.Concat(secrets.Keys, secrets.Tokens)...)
	text = fmt.Sprintf("%+q", text)
	text = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(text[1 : len(text)-1])
	if len(text) > maxText {
		text = text[:maxText] + "..."
	}
	return text
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
	m.checkCredentials(o)
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
	if x.Method != http.MethodHead && !isEmpty { // Content-Length may be that of another response
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
	default: // several headers mean the same as one
		found.checkValue(p.Schema, parse(p.Schema, strings.Join(values, ", ")))
	}
	for _, v := range found.violations {
		m.add(at, v.Rule, "%s", v.Message)
	}
}

// parse returns the value that the text of a parameter represents.
func parse(schema *openapi3.SchemaRef, text string) any {
	if !flatten(schema).hasType(openapi3.TypeString) && strings.TrimSpace(text) == text {
		if value, err := (&message{}).decode([]byte(text)); err == nil {
			return value
		}
	}
	return text
}
