package tests

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	spec "github.com/seed-e5e2407e/turnkeys"
)

func loadDocument(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(spec.OpenAPI)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()), "which holds the examples against their schemas too")
	return doc
}

func TestDocumentDescribesEverything(t *testing.T) {
	doc := loadDocument(t)
	for path, item := range doc.Paths.Map() {
		for _, parameter := range item.Parameters {
			assert.NotEmpty(t, parameter.Value.Description, "%s %s", path, parameter.Value.Name)
		}
		for _, operation := range item.Operations() {
			assert.NotEmpty(t, operation.Description, operation.OperationID)
			assert.NotEmpty(t, operation.Summary, operation.OperationID)
			for status, response := range operation.Responses.Map() {
				assert.NotEmpty(t, *response.Value.Description, "%s %s", operation.OperationID, status)
			}
		}
	}
	for name, schema := range doc.Components.Schemas {
		assert.NotEmpty(t, schema.Value.Description, name)
		objects := append(openapi3.SchemaRefs{schema}, schema.Value.AllOf...)
		for _, object := range objects {
			for property, schema := range object.Value.Properties {
				assert.NotEmpty(t, schema.Value.Description, "%s.%s", name, property)
			}
		}
	}
}

func TestDocumentHasAnExampleOfEveryBody(t *testing.T) {
	bodies := 0
	hold := func(what string, content openapi3.Content) {
		for mediaType, media := range content {
			bodies++
			assert.NotEmpty(t, media.Examples, "%s %s", what, mediaType)
		}
	}
	for _, item := range loadDocument(t).Paths.Map() {
		for _, operation := range item.Operations() {
			if operation.RequestBody != nil {
				hold(operation.OperationID, operation.RequestBody.Value.Content)
			}
			for status, response := range operation.Responses.Map() {
				hold(operation.OperationID+" "+status, response.Value.Content)
			}
		}
	}
	assert.Equal(t, 2+9, bodies, "two requests, and every response but delete's 4XX")
}
