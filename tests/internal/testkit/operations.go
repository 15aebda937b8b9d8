package testkit

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	spec "github.com/seed-e5e2407e/turnkeys"
)

// Operation is one of those in openapi.yaml.
type Operation struct {
	ID, Method string
	// Path is a template, such as /accounts/{account_id}/calls/turn_keys.
	Path      string
	TakesBody bool

	result json.RawMessage
}

// Operations returns all, in the order of their ids. It panics if openapi.yaml is no OpenAPI document.
var Operations = sync.OnceValue(func() (all []Operation) {
	doc, err := openapi3.NewLoader().LoadFromData(spec.OpenAPI)
	if err == nil {
		err = doc.Validate(context.Background(), openapi3.DisableExamplesValidation())
	}
	if err != nil {
		panic("openapi.yaml: " + err.Error())
	}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			all = append(all, Operation{o.OperationID, method, path, o.RequestBody != nil, exampleResult(o)})
		}
	}
	slices.SortFunc(all, func(a, b Operation) int { return strings.Compare(a.ID, b.ID) })
	return all
})

// ExampleResult returns the result in the document's example of an operation that worked. It panics if there is none.
func ExampleResult(operationID string) json.RawMessage {
	for _, o := range Operations() {
		if o.ID == operationID && o.result != nil {
			return o.result
		}
	}
	panic("openapi.yaml has no example of a successful " + operationID)
}

func exampleResult(o *openapi3.Operation) json.RawMessage {
	for status, response := range o.Responses.Map() {
		media := response.Value.Content["application/json"]
		if !strings.HasPrefix(status, "2") || media == nil || len(media.Examples) == 0 {
			continue
		}
		first := slices.Min(slices.Collect(maps.Keys(media.Examples)))
		envelope, _ := media.Examples[first].Value.Value.(map[string]any)
		result, _ := json.Marshal(envelope["result"]) // it was YAML or JSON
		return result
	}
	return nil
}
