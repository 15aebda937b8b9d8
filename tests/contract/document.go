package contract

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	spec "github.com/seed-e5e2407e/turnkeys"
)

// document is an OpenAPI document, made as strict as this package promises. It does not change once it is loaded.
type document struct {
	*openapi3.T

	operations []operation
	words      map[string]bool  // the literal segments of the paths, but for their first
	failure    *openapi3.Schema // what a 4XX without documented content may hold nevertheless; nil: nothing
}

// embedded is openapi.yaml as it was when the program was built.
var embedded = sync.OnceValues(func() (*document, error) { return loadDocument(spec.OpenAPI) })

func loadDocument(openapi []byte) (*document, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openapi)
	if err == nil {
		// Its check of the examples goes on for minutes and prints every schema; checkExamples has a line for the first.
		err = doc.Validate(context.Background(), openapi3.DisableExamplesValidation())
	}
	if err != nil {
		return nil, fmt.Errorf("the document is not valid: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	required := map[*openapi3.Schema]map[string]string{}
	for name, ref := range doc.Components.Schemas {
		required[ref.Value] = requiredBy(name, ref.Value)
	}
	closeSchemas(doc)
	doc.SetStringFormatValidator("date-time", openapi3.NewCallbackValidator(checkDateTime))
	d := &document{T: doc, operations: operations(doc), words: map[string]bool{}}
	for _, o := range d.operations {
		for _, segment := range o.segments[min(1, len(o.segments)-1):] {
			d.words[segment] = !isParameter(segment)
		}
	}
	if ref := doc.Components.Schemas["FailureEnvelope"]; ref != nil {
		d.failure = ref.Value
	}
	return d, d.checkExamples(required)
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
