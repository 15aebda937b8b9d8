package contract

import (
	"fmt"
	"slices"
	"time"
)

// Checked is an exchange and what is wrong with it.
type Checked struct {
	// OperationID and Path, a template, are "" if no operation is documented for the request.
	OperationID string `json:"operationId,omitempty"`
	Method      string `json:"method"`
	Path        string `json:"path,omitempty"`
	// Status is the response's, or 0 if there was none.
	Status int `json:"status,omitempty"`
	// Documented is the name of the response in the document, such as "201" or "4XX", or "" if it has none.
	Documented string `json:"documented,omitempty"`
	// Elapsed is the time until the end of the response body. A [Checker] sets it.
	Elapsed    time.Duration `json:"elapsedNanoseconds"`
	Violations []Violation   `json:"violations,omitempty"`
}

// Coverage counts how often each documented response was seen.
type Coverage []Covered

// Covered is a documented response and how often it was seen.
type Covered struct {
	OperationID string `json:"operationId"`
	// Response is its name in the document, such as "201" or "4XX".
	Response string `json:"response"`
	Seen     int    `json:"seen"`
}

// Coverage returns one entry for each documented response, in the order of their names.
func (d *Document) Coverage(exchanges []Checked) Coverage {
	seen := make(map[Covered]int)
	for _, e := range exchanges {
		seen[Covered{OperationID: e.OperationID, Response: e.Documented}]++
	}
	var coverage Coverage
	for _, o := range d.Operations() {
		for _, name := range o.Responses() {
			covered := Covered{OperationID: o.ID, Response: name}
			covered.Seen = seen[covered]
			coverage = append(coverage, covered)
		}
	}
	return coverage
}

// Missing returns the documented responses that were not seen.
func (c Coverage) Missing() Coverage {
	return slices.DeleteFunc(slices.Clone(c), func(covered Covered) bool { return covered.Seen > 0 })
}

// String returns a summary, such as "10 of 10 documented responses".
func (c Coverage) String() string {
	return fmt.Sprintf("%d of %d documented responses", len(c)-len(c.Missing()), len(c))
}
