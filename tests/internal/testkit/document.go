package testkit

import (
	"encoding/json"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// ExampleResult returns the result in the example of a successful response in openapi.yaml. It panics if there is none.
func ExampleResult(operationID string) json.RawMessage {
	var envelope struct{ Result json.RawMessage }
	if err := json.Unmarshal(contract.OpenAPI().Operation(operationID).Example(), &envelope); err != nil {
		panic("openapi.yaml: the example of " + operationID + ": " + err.Error())
	}
	return envelope.Result
}
