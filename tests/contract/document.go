package contract

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	spec "github.com/seed-e5e2407e/turnkeys"
)

// document is openapi.yaml, made as strict as this package promises.
type document struct {
	*openapi3.T

	router  routers.Router
	failure *openapi3.Schema // what a 4XX without documented content may hold nevertheless
}

// embedded panics on a document that cannot be loaded: only a build from a broken tree has one.
var embedded = sync.OnceValue(func() *document {
	d, err := loadDocument(spec.OpenAPI)
	if err != nil {
		panic(fmt.Sprintf("contract: openapi.yaml: %v", err))
	}
	return d
})

func loadDocument(data []byte) (*document, error) {
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	closeSchemas(doc)
	doc.SetStringFormatValidator("date-time", openapi3.NewCallbackValidator(checkDateTime))

	doc.Servers = nil // a route is then looked up by its path alone
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, err
	}
	return &document{T: doc, router: router, failure: doc.Components.Schemas["FailureEnvelope"].Value}, nil
}

var dateTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// checkDateTime takes two checks: a pattern, kin-openapi's own too, passes 30 February, and package time passes
// T8:15:30Z, a comma before the fraction, and a zone of 24 hours.
func checkDateTime(s string) error {
	if !dateTime.MatchString(s) {
		return errors.New("not RFC 3339")
	}
	_, err := time.Parse(time.RFC3339, s)
	return err
}

// route finds the operation of a request, below whatever base path the server has.
func (d *document) route(r *http.Request) (*routers.Route, map[string]string, error) {
	path := r.URL.EscapedPath()
	if i := strings.Index(path, "/accounts/"); i > 0 {
		path = path[i:]
	}
	u, err := url.Parse(path)
	if err != nil {
		return nil, nil, err
	}
	return d.router.FindRoute(&http.Request{Method: r.Method, URL: u})
}

// closeSchemas makes every object refuse the fields that it does not document. An allOf has to be merged for that:
// each of its branches would refuse the others' fields.
func closeSchemas(doc *openapi3.T) {
	c := closer{}
	for _, schema := range doc.Components.Schemas {
		c.close(schema)
	}
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			if operation.RequestBody != nil {
				c.closeContent(operation.RequestBody.Value.Content)
			}
			for _, response := range operation.Responses.Map() {
				c.closeContent(response.Value.Content)
			}
		}
	}
}

// closer remembers the schemas it has been through: references share them.
type closer map[*openapi3.Schema]bool

func (c closer) closeContent(content openapi3.Content) {
	for _, mediaType := range content {
		c.close(mediaType.Schema)
	}
}

func (c closer) close(ref *openapi3.SchemaRef) {
	if ref == nil || c[ref.Value] {
		return
	}
	schema := ref.Value
	c[schema] = true
	for _, branch := range schema.AllOf {
		c.close(branch)
	}
	mergeObjects(schema)
	for _, property := range schema.Properties {
		c.close(property)
	}
	c.close(schema.Items)
	if schema.Type.Is(openapi3.TypeObject) && schema.AdditionalProperties.Has == nil && schema.AdditionalProperties.Schema == nil {
		closed := false
		schema.AdditionalProperties.Has = &closed
	}
}

// mergeObjects turns an allOf of objects into one object. A property that several branches describe has to satisfy
// each of them.
func mergeObjects(schema *openapi3.Schema) {
	for _, branch := range schema.AllOf {
		if !branch.Value.Type.Is(openapi3.TypeObject) {
			return
		}
	}
	if len(schema.AllOf) == 0 {
		return
	}
	merged := openapi3.Schemas{}
	for _, branch := range schema.AllOf {
		for name, property := range branch.Value.Properties {
			if other, ok := merged[name]; ok {
				property = openapi3.NewSchemaRef("", &openapi3.Schema{AllOf: openapi3.SchemaRefs{other, property}})
			}
			merged[name] = property
		}
		schema.Required = append(schema.Required, branch.Value.Required...)
	}
	schema.Type, schema.Properties, schema.AllOf = &openapi3.Types{openapi3.TypeObject}, merged, nil
}
