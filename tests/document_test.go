package tests

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	spec "github.com/seed-e5e2407e/turnkeys"
	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

func loadDocument(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(spec.OpenAPI)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()), "this checks the examples against their schemas, too")
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

func TestDocumentShowsEachFailureByName(t *testing.T) {
	for id, operation := range operations(loadDocument(t)) {
		content := operation.Responses.Value("4XX").Value.Content
		if id == "deleteTurnKey" {
			assert.Empty(t, content, "Cloudflare documents no body for delete's 4XX")
			continue
		}
		require.Contains(t, content, "application/json", id)
		assert.Subset(t, slices.Collect(maps.Keys(content["application/json"].Examples)),
			[]string{"fullShape", "malformedToken", "noSuchKey", "rateLimited", "rejectedToken"}, id)
	}
}

func TestDocumentShowsAValueOfEachProperty(t *testing.T) {
	for name, schema := range loadDocument(t).Components.Schemas {
		for _, object := range append(openapi3.SchemaRefs{schema}, schema.Value.AllOf...) {
			for property, schema := range object.Value.Properties {
				if schema.Value.Type.Is("string") || schema.Value.Type.Is("integer") {
					assert.NotNil(t, schema.Value.Example, "%s.%s", name, property)
				}
			}
		}
	}
}

// Some tools cannot read anchors, or variables in the URL of a server.
func TestDocumentNeedsNoFeatureThatSomeToolsLack(t *testing.T) {
	servers := loadDocument(t).Servers
	require.Len(t, servers, 1)
	assert.Equal(t, "https://api.cloudflare.com/client/v4", servers[0].URL)
	assert.NotRegexp(t, `(?m)(:|-) [&*]\w+`, string(spec.OpenAPI), "an anchor or an alias")
	assert.NotRegexp(t, `(?m)^\s*x-`, string(spec.OpenAPI), "what one tool needs belongs in generated/overlay.yaml")
}

func TestSchemasRejectAnEnvelopeWithTheWrongSuccess(t *testing.T) {
	assert.IsType(t, true, generated.TurnKeyEnvelope{}.Success, "an enum of one value is still a bool in Go")
	assert.IsType(t, false, generated.FailureEnvelope{}.Success)
	for operationID, operation := range operations(loadDocument(t)) {
		for status, response := range operation.Responses.Map() {
			media := response.Value.Content["application/json"]
			if media == nil {
				continue
			}
			for name, example := range media.Examples {
				envelope := maps.Clone(example.Value.Value.(map[string]any))
				envelope["success"] = status == "4XX"
				err := media.Schema.Value.VisitJSON(envelope)
				require.Error(t, err, "%s %s %s", operationID, status, name)
				assert.Contains(t, err.Error(), "/success", "%s %s %s", operationID, status, name)
			}
		}
	}
}

func TestDocumentedHeadersAcceptWhatCloudflareSends(t *testing.T) {
	doc := loadDocument(t)
	for operationID, operation := range operations(doc) {
		for status, response := range operation.Responses.Map() {
			want := []string{"CF-Ray"}
			if status == "4XX" {
				want = append(want, "Ratelimit", "Ratelimit-Policy", "Retry-After")
			}
			assert.ElementsMatch(t, want, slices.Collect(maps.Keys(response.Value.Headers)), "%s %s", operationID, status)
		}
	}
	for name, values := range map[string][]any{
		"CF-Ray":           {"230b030023ae2822-SJC", "230b030023ae2822"},
		"Ratelimit":        {`"default";r=50;t=30`, `"default";r=0;t=1, "burst";r=9;t=2`},
		"Ratelimit-Policy": {`"burst";q=100;w=60`, `"burst";q=100;w=60,"default";q=1200;w=300`},
		"Retry-After":      {0.0, 300.0},
	} {
		header := doc.Components.Headers[name].Value
		assert.False(t, header.Required, name)
		for _, value := range values {
			assert.NoError(t, header.Schema.Value.VisitJSON(value), "%s: %v", name, value)
		}
	}
	for _, value := range []any{-1.0, 0.5, "soon"} {
		assert.Error(t, doc.Components.Headers["Retry-After"].Value.Schema.Value.VisitJSON(value), value)
	}
}

func TestCreateLinksToTheOperationsOnTheNewKey(t *testing.T) {
	doc := loadDocument(t)
	created := operations(doc)["createTurnKey"].Responses.Value("201").Value
	linked := map[string]bool{}
	for name, link := range created.Links {
		linked[link.Value.OperationID] = true
		assert.Equal(t, map[string]any{
			"account_id": "$request.path.account_id", "key_id": "$response.body#/result/uid",
		}, link.Value.Parameters, name)
	}
	for _, o := range contract.OpenAPI().Operations() {
		assert.Equal(t, strings.Contains(o.Path, "{key_id}"), linked[o.ID], o.ID)
	}
}

func TestTheClientsTestsCallEveryOperation(t *testing.T) {
	var called, documented []string
	for _, o := range testkit.Operations {
		called = append(called, o.ID+" "+o.Method)
	}
	for _, o := range contract.OpenAPI().Operations() {
		documented = append(documented, o.ID+" "+o.Method)
	}
	assert.ElementsMatch(t, documented, called, "tests/internal/testkit/operations.go needs a row for each operation")
}

func operations(doc *openapi3.T) map[string]*openapi3.Operation {
	all := map[string]*openapi3.Operation{}
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			all[operation.OperationID] = operation
		}
	}
	return all
}
