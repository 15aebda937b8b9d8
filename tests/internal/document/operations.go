// Package document reads openapi.yaml for those who need what it says of an operation.
package document

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
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
	// Success is the status of an answer to a call that worked.
	Success int

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
			operation := Operation{ID: o.OperationID, Method: method, Path: path, TakesBody: o.RequestBody != nil}
			for status, response := range o.Responses.Map() {
				if code, err := strconv.Atoi(status); err == nil && code <= 299 {
					operation.Success, operation.result = code, exampleResult(response.Value)
				}
			}
			all = append(all, operation)
		}
	}
	slices.SortFunc(all, func(a, b Operation) int { return strings.Compare(a.ID, b.ID) })
	return all
})

// Find returns the one with this id. It panics if the document has none.
func Find(id string) Operation {
	i := slices.IndexFunc(Operations(), func(o Operation) bool { return o.ID == id })
	if i < 0 {
		panic("openapi.yaml has no operation " + id)
	}
	return Operations()[i]
}

// ExampleResult returns the result in the document's example of an operation that worked. It panics if there is none.
func ExampleResult(operationID string) json.RawMessage {
	result := Find(operationID).result
	if result == nil {
		panic("openapi.yaml has no example of a successful " + operationID)
	}
	return result
}

func exampleResult(response *openapi3.Response) json.RawMessage {
	media := response.Content["application/json"]
	if media == nil || len(media.Examples) == 0 {
		return nil
	}
	first := slices.Min(slices.Collect(maps.Keys(media.Examples)))
	envelope, _ := media.Examples[first].Value.Value.(map[string]any)
	result, _ := json.Marshal(envelope["result"]) // it was YAML or JSON
	return result
}
