package contract

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// The checks below use kin-openapi's router and schemas, but not its request and response filters: those pass
// undocumented statuses, fields and query parameters, empty and trailing bodies, and panic on a nil one.

// exchange is one request on its way through the checks.
type exchange struct {
	doc    *document
	route  *routers.Route // nil for an undocumented operation
	token  string
	method string
}

// tokenOf returns what must not be shown of a request, however its Authorization is malformed.
func tokenOf(r *http.Request) string {
	words := strings.Fields(r.Header.Get("Authorization"))
	if len(words) == 0 || len(words) == 1 && words[0] == "Bearer" {
		return ""
	}
	return words[len(words)-1]
}

// checkRequest finds the operation of a request, and what its request breaks.
func (d *document) checkRequest(r *http.Request, body []byte) (e *exchange, violations []Violation) {
	e = &exchange{doc: d, token: tokenOf(r)}
	f := &findings{side: Violation{In: Request}, token: e.token}
	e.method = f.clean(r.Method)
	f.side.Method = e.method
	defer func() { violations = f.recovered(recover()) }()

	route, pathParameters, err := d.route(r)
	if err != nil {
		f.add("operation", "operation", "no documented operation has this method and path: %v", err)
		return e, nil
	}
	e.route = route
	f.side.OperationID, f.side.Path = route.Operation.OperationID, route.Path
	e.checkParameters(f, r, pathParameters)
	e.checkBearer(f, r.Header.Values("Authorization"))

	var content openapi3.Content
	if route.Operation.RequestBody != nil {
		content = route.Operation.RequestBody.Value.Content
	}
	e.checkBody(f, content, r.Header, body)
	return e, nil
}

// checkResponse finds what a response breaks, and the documented response that it is, such as "201" or "4XX".
func (e *exchange) checkResponse(status int, header http.Header, body []byte, readErr error) (documented string, violations []Violation) {
	if e.route == nil {
		return "", nil
	}
	operation := e.route.Operation
	f := &findings{side: Violation{
		OperationID: operation.OperationID, Method: e.route.Method, Path: e.route.Path, Status: status, In: Response,
	}, token: e.token}
	defer func() { violations = f.recovered(recover()) }()

	checkHeaders(f, header)
	documented, response := documentedResponse(operation, status)
	if response == nil {
		f.add("status", "status", "status %d is not documented", status)
		return "", nil
	}
	if readErr != nil {
		f.add("body", "body", "the body could not be read to its end")
		return documented, nil
	}
	if len(response.Content) == 0 && status >= 400 && status < 500 {
		if len(body) > 0 {
			e.checkContent(f, openapi3.Content{"application/json": openapi3.NewMediaType().WithSchema(e.doc.failure)}, header, body)
		}
		return documented, nil
	}
	e.checkBody(f, response.Content, header, body)
	return documented, nil
}

func documentedResponse(operation *openapi3.Operation, status int) (string, *openapi3.Response) {
	for _, name := range []string{strconv.Itoa(status), fmt.Sprintf("%dXX", status/100)} {
		if ref := operation.Responses.Value(name); ref != nil {
			return name, ref.Value
		}
	}
	return "", nil
}

func (e *exchange) checkParameters(f *findings, r *http.Request, pathParameters map[string]string) {
	parameters := slices.Concat(e.route.PathItem.Parameters, e.route.Operation.Parameters)
	for _, parameter := range parameters {
		if parameter.Value.In != openapi3.ParameterInPath {
			continue // the document has no others
		}
		name := parameter.Value.Name
		e.checkSchema(f, "path:"+name, parameter.Value.Schema.Value, pathParameters[name])
	}
	for name := range r.URL.Query() {
		f.add("query:"+name, "query", "the query parameter is not documented")
	}
	if r.URL.RawQuery != "" && len(r.URL.Query()) == 0 {
		f.add("query:", "query", "a query is not documented")
	}
}

var bearer = regexp.MustCompile(`^Bearer [0-9A-Za-z._~+/-]+=*$`)

func (e *exchange) checkBearer(f *findings, headers []string) {
	switch {
	case len(headers) == 0:
		f.add("header:Authorization", "security", "the bearer token is missing")
	case len(headers) > 1:
		f.add("header:Authorization", "security", "the header appears %d times", len(headers))
	case !bearer.MatchString(headers[0]):
		f.add("header:Authorization", "security", "the header is not \"Bearer\", a space and a token")
	}
}

// checkBody holds a body against the content that is documented for it, if any.
func (e *exchange) checkBody(f *findings, content openapi3.Content, header http.Header, body []byte) {
	switch {
	case len(content) == 0 && len(body) > 0:
		f.add("body", "body", "a body where none is documented")
	case len(content) > 0 && len(body) == 0:
		f.add("body", "body", "no body where one is documented")
	case len(content) > 0:
		e.checkContent(f, content, header, body)
	}
}

func (e *exchange) checkContent(f *findings, content openapi3.Content, header http.Header, body []byte) {
	mediaType, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	documented, ok := content[mediaType]
	charset, given := parameters["charset"]
	switch {
	case err != nil || !ok:
		f.add("header:Content-Type", "contentType", "want application/json")
		return
	case len(header.Values("Content-Type")) > 1:
		f.add("header:Content-Type", "contentType", "the header appears %d times", len(header.Values("Content-Type")))
	case given && !strings.EqualFold(charset, "utf-8"):
		f.add("header:Content-Type", "contentType", "want the charset utf-8 or none")
	}
	value, err := decode(f, body)
	if err != nil {
		f.add("body", "json", "not one JSON document: %v", err)
		return
	}
	schema := documented.Schema.Value
	reportRenamed(f, "", schema, value)
	e.checkSchema(f, "", schema, value)
	checkSecrets(f, "", schema, value)
	checkSuccess(f, value)
}

// checkSchema reports what kin-openapi finds, at JSON pointers below at.
func (e *exchange) checkSchema(f *findings, at string, schema *openapi3.Schema, value any) {
	err := e.doc.ValidateSchemaJSON(schema, value, openapi3.MultiErrors(), openapi3.EnableFormatValidation())
	if err != nil {
		reportSchemaError(f, at, err)
	}
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

// checkSuccess holds an envelope's success against the status.
func checkSuccess(f *findings, value any) {
	envelope, _ := value.(map[string]any)
	success, ok := envelope["success"].(bool)
	if f.side.In == Response && ok && success != (f.side.Status < 300) {
		f.add("/success", "success", "contradicts the status")
	}
}

// checkHeaders reports what looks like a secret in any header but ETag, where servers put hashes.
func checkHeaders(f *findings, header http.Header) {
	for name, values := range header {
		if name != "Etag" && slices.ContainsFunc(values, secretPattern.MatchString) {
			f.add("header:"+name, "secret", "holds what looks like a key's secret")
		}
	}
}

// checkSecrets reports what looks like a secret wherever none is documented, in names and in values.
func checkSecrets(f *findings, at string, schema *openapi3.Schema, value any) {
	if schema == nil {
		schema = &openapi3.Schema{}
	}
	switch value := value.(type) {
	case map[string]any:
		for name, field := range value {
			if secretPattern.MatchString(name) {
				f.add(join(at, name), "secret", "a field's name looks like a key's secret")
			}
			var property *openapi3.Schema
			if ref := schema.Properties[name]; ref != nil {
				property = ref.Value
			}
			checkSecrets(f, join(at, name), property, field)
		}
	case []any:
		var items *openapi3.Schema
		if schema.Items != nil {
			items = schema.Items.Value
		}
		for i, item := range value {
			checkSecrets(f, join(at, strconv.Itoa(i)), items, item)
		}
	case string:
		if schema.Format != "password" && secretPattern.MatchString(value) {
			f.add(orBody(at), "secret", "holds what looks like a key's secret; only create's 201 may, in result.key")
		}
	}
}

// recovered returns the violations found, and a panic in the validator as one more.
func (f *findings) recovered(panicked any) []Violation {
	if panicked != nil {
		f.add("body", "panic", "the validator panicked: %T", panicked)
	}
	slices.SortStableFunc(f.list, func(a, b Violation) int { return strings.Compare(a.At, b.At) })
	return f.list
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
