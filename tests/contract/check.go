package contract

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// The checks use kin-openapi's schemas, but neither its router nor its request and response filters: those pass
// undocumented statuses, fields and query parameters, empty and trailing bodies, and panic on a nil one.

// check checks both halves of an exchange that has ended.
func (c *Checker) check(t *traffic) Exchange {
	request := &half{findings: findings{about: Violation{Method: t.request.Method, In: Request}}, document: c.document}
	request.header, request.body = t.request.Header, t.sentBody()
	operation, segments, err := c.find(t.request)
	if err != nil {
		request.add("operation", "operation", "no documented operation: %v", err)
	} else {
		request.about.OperationID, request.about.Path = operation.OperationID, operation.path
		request.checkRequest(t.request, operation, segments)
	}

	response := &half{findings: findings{about: request.about}, document: c.document}
	response.about.In, response.about.Status = Response, t.status
	response.header, response.body = t.header, t.answeredBody()
	response.accepts = strings.Join(t.request.Header.Values("Accept-Encoding"), ",")
	documented := ""
	if err == nil && t.status != 0 {
		documented = response.checkResponse(t.status, operation)
	}

	secrets := c.learn(request, response)
	token := bearerToken(t.request.Header)
	request.checkURLSecrets(t.request.URL, secrets, token)
	for _, h := range []*half{request, response} {
		h.checkSecrets(secrets, token)
	}
	response.header = t.trailer
	response.checkHeaderSecrets(secrets, token)

	secrets = append(secrets, token)
	return Exchange{
		OperationID: request.about.OperationID, Method: clean(t.request.Method, secrets), Path: request.about.Path,
		Status: t.status, Documented: documented, Violations: c.conclude(request, response, secrets),
	}
}

// conclude cleans and marks what was found, and reports a server that accepts what it should refuse.
func (c *Checker) conclude(request, response *half, secrets []string) []Violation {
	all := c.markAll(request.cleaned(secrets))
	v := response.about
	if v.OperationID != "" && v.Status >= 200 && v.Status < 300 && slices.ContainsFunc(all, Violation.fails) {
		response.add("status", "accepted", "the server accepted a request that violates the document")
	}
	return append(all, c.markAll(response.cleaned(secrets))...)
}

func (c *Checker) markAll(violations []Violation) []Violation {
	for i := range violations {
		violations[i] = c.Mark(violations[i])
	}
	return violations
}

// half is a request or a response under check.
type half struct {
	findings

	document *document
	header   http.Header
	body     passed
	accepts  string // the request's Accept-Encoding

	schema *openapi3.Schema // the body's
	value  any              // the body, if it is JSON
}

func (h *half) checkRequest(r *http.Request, o operation, segments []string) {
	h.checkParameters(r.URL.Query(), o, segments)
	h.checkQuery(r.URL, o)
	h.checkCredentials()
	for _, name := range []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"} {
		if len(h.header.Values(name)) > 0 {
			h.add("header:"+name, "operation", "the header asks for another method than the request's")
		}
	}
	h.body.size = max(h.body.size, r.ContentLength) // nobody may have read it
	var content openapi3.Content
	if o.RequestBody != nil {
		content = o.RequestBody.Value.Content
	}
	if h.header.Get("Content-Encoding") != "" && h.body.size > 0 {
		h.add("header:Content-Encoding", "contentEncoding", "an encoded body is not documented")
		return
	}
	h.checkBody(content, o.RequestBody != nil && !o.RequestBody.Value.Required)
}

func (h *half) checkParameters(query url.Values, o operation, segments []string) {
	for _, ref := range o.parameters {
		parameter := ref.Value
		values := query[parameter.Name]
		if parameter.In == openapi3.ParameterInPath {
			value, _ := url.PathUnescape(segments[slices.Index(o.segments, "{"+parameter.Name+"}")])
			values = []string{value}
		}
		at := parameter.In + ":" + parameter.Name
		if len(values) == 0 && parameter.Required {
			h.add(at, "required", "the parameter is missing")
		}
		for _, value := range values {
			h.document.checkText(&h.findings, at, parameter.Schema.Value, value)
		}
	}
}

func (h *half) checkQuery(u *url.URL, o operation) {
	for name := range u.Query() {
		if o.parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			h.add("query:"+name, "query", "the query parameter is not documented")
		}
	}
	if u.RawQuery != "" && len(u.Query()) == 0 {
		h.add("query:", "query", "a query is not documented")
	}
}

func (h *half) checkCredentials() {
	headers := h.header.Values("Authorization")
	switch {
	case len(headers) == 0:
		h.add("header:Authorization", "security", "the bearer token is missing")
	case len(headers) > 1:
		h.add("header:Authorization", "security", "the header appears %d times", len(headers))
	case !credentials.Bearer.MatchString(headers[0]):
		h.add("header:Authorization", "security", `the header is not "Bearer", a space and a token`)
	case slices.Contains([]string{"null", "undefined", "nil", "none"}, strings.ToLower(headers[0][len("Bearer "):])):
		h.add("header:Authorization", "security", "the token is the text of a variable that was not set")
	}
	for _, name := range []string{"X-Auth-Key", "X-Auth-Email", "X-Auth-User-Service-Key"} {
		if len(h.header.Values(name)) > 0 {
			h.add("header:"+name, "security", "the bearer token is the only documented credential")
		}
	}
}

// checkResponse returns the name of the documented response, or "".
func (h *half) checkResponse(status int, o operation) string {
	name, response := o.response(status)
	if response == nil {
		h.add("status", "status", "status %d is not documented", status)
		return ""
	}
	h.checkHeaders(response.Headers)
	content, mayBeEmpty := response.Content, false
	if len(content) == 0 && status >= 400 && status < 500 && h.document.failure != nil {
		content, mayBeEmpty = openapi3.NewContentWithJSONSchema(h.document.failure), true
	}
	h.checkBody(content, mayBeEmpty)
	return name
}

// checkBody checks a body against the content that is documented for it, if any.
func (h *half) checkBody(content openapi3.Content, mayBeEmpty bool) {
	switch {
	case h.body.size > maxChecked:
		h.add("body", "size", "larger than 16 MiB: too large to check")
	case len(content) == 0 && h.body.size > 0:
		h.add("body", "body", "a body where none is documented")
	case !h.body.complete() && !h.body.left():
		h.add("body", "body", "the body could not be read to its end")
	case len(content) == 0 || h.body.size == 0 && mayBeEmpty:
	case h.body.size == 0 && h.body.complete():
		h.add("body", "body", "no body where one is documented")
	default:
		h.checkContent(content)
	}
}

func (h *half) checkContent(content openapi3.Content) {
	schema, ok := h.checkMediaType(content)
	if !ok {
		return
	}
	body, ok := h.decoded()
	if !ok {
		return
	}
	value, err := decode(&h.findings, body)
	if err != nil {
		if !h.body.left() {
			h.add("body", "json", "not one JSON document: %v", err)
		}
		return
	}
	h.schema, h.value = schema, value
	h.moveRenamed("", schema, value)
	h.document.checkSchema(&h.findings, "", schema, value)
}
