package contract

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// The checks use kin-openapi's schemas, but neither its router nor its request and response filters: those pass
// undocumented statuses, fields and query parameters, empty and trailing bodies, and panic on a nil one.

// Check returns how an exchange departs from the document. known are the secrets that earlier exchanges showed, and the
// tokens in use: they must not appear where they do not belong, and no violation contains them. Check never panics, and
// changes nothing: what it cannot check is a violation.
func (d *Document) Check(x Exchange, known Secrets) []Violation {
	checked, _ := d.Examine(x, known)
	return checked.Violations
}

// Examine is [Document.Check] with the operation and the response that it was checked against. It also returns the known
// secrets together with those of keys that the exchange shows.
func (d *Document) Examine(x Exchange, known Secrets) (Checked, Secrets) {
	if x.URL == nil {
		x.URL = &url.URL{}
	}
	checked := Checked{Method: x.Method, Status: x.Status}
	request := &message{Message: x.Request, document: d, findings: findings{about: Violation{Method: x.Method, In: Request}}}
	operation, pathValues, err := d.find(x.Method, x.URL)
	if err != nil {
		request.add("operation", "operation", "no documented operation: %v", err)
	} else {
		checked.OperationID, checked.Path, checked.Documented = operation.ID, operation.Path, operation.Response(x.Status)
		request.about.OperationID, request.about.Path = operation.ID, operation.Path
		request.checkRequest(x, operation, pathValues)
	}
	response := &message{Message: x.Response, document: d, findings: findings{about: request.about}}
	response.about.In, response.about.Status = Response, x.Status
	if operation != nil && x.Status != 0 {
		response.checkResponse(x, operation)
	}

	known = known.With(Secrets{Keys: append(request.secrets(), response.secrets()...)})
	shown := known.With(Secrets{Tokens: []string{tokenOf(x.Request.Header)}})
	request.checkURLSecrets(x.URL, shown)
	request.checkSecrets(shown)
	response.checkSecrets(shown)
	if operation != nil && len(request.list) > 0 && x.Status/100 == 2 {
		response.add("status", "accepted", "the server accepted a request that violates the document")
	}
	checked.Method = clean(x.Method, shown.all())
	checked.Violations = append(request.cleaned(shown.all()), response.cleaned(shown.all())...)
	return checked, known
}

// message is a request or a response under check.
type message struct {
	Message
	findings

	document *Document
	schema   *openapi3.Schema // of the body
	value    any              // the body, decoded; nil if it could not be
}

func (m *message) checkRequest(x Exchange, o *Operation, pathValues map[string]string) {
	m.checkParameters(x.URL, o, pathValues)
	m.checkSecurity(x.URL, o)
	for _, name := range []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"} {
		if len(m.Header.Values(name)) > 0 && !o.hasHeader(name) {
			m.add("header:"+name, "operation", "the header overrides the request method")
		}
	}
	var content openapi3.Content
	if o.TakesBody {
		content = o.spec.RequestBody.Value.Content
	}
	if m.Header.Get("Content-Encoding") != "" && m.length() > 0 {
		m.add("header:Content-Encoding", "contentEncoding", "an encoded body is not documented")
		return
	}
	m.checkBody(content, o.TakesBody && !o.spec.RequestBody.Value.Required, nil)
}

func (m *message) checkResponse(x Exchange, o *Operation) {
	name := o.Response(x.Status)
	if name == "" {
		m.add("status", "status", "status %d is not documented", x.Status)
		return
	}
	response := o.spec.Responses.Value(name).Value
	for name, ref := range response.Headers {
		m.checkValues("header:"+name, ref.Value.Parameter, m.Header.Values(name))
	}
	if x.Method == http.MethodHead || x.Status == http.StatusNoContent || x.Status == http.StatusNotModified {
		m.Header = m.Header.Clone()
		m.Header.Del("Content-Length") // of the body that a GET would get
		m.checkBody(nil, true, nil)
		return
	}
	content, mayBeEmpty := response.Content, false
	if len(content) == 0 && x.Status/100 == 4 && m.document.failure != nil {
		content, mayBeEmpty = openapi3.NewContentWithJSONSchema(m.document.failure), true
	}
	m.checkBody(content, mayBeEmpty, x.Request.Header)
}

// checkBody checks a body against the content that is documented for it, if any. request is the header of the request
// that a response belongs to.
func (m *message) checkBody(content openapi3.Content, mayBeEmpty bool, request http.Header) {
	switch {
	case m.Err == ErrTooLarge || len(m.Body) > maxBody: //nolint:errorlint // nothing wraps it
		m.add("body", "size", "larger than 16 MiB: too large to check")
	case len(content) == 0 && m.length() > 0:
		m.add("body", "body", "unexpected body: none is documented")
	case m.Err != nil && !m.partial() || m.Err == nil && m.length() > int64(len(m.Body)):
		m.add("body", "body", "the body is truncated")
	case len(content) == 0, len(m.Body) == 0 && (mayBeEmpty || m.partial() || mayBeText(content)):
	case len(m.Body) == 0:
		m.add("body", "body", "the documented body is missing")
	default:
		m.checkContent(content, request)
	}
}

// hasHeader reports whether a request header is documented.
func (o *Operation) hasHeader(name string) bool {
	for _, p := range o.parameters {
		if p.Value.In == openapi3.ParameterInHeader && strings.EqualFold(p.Value.Name, name) {
			return true
		}
	}
	return false
}
