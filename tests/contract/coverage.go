package contract

import (
	"fmt"
	"slices"
	"strings"
)

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
func (c *Checker) Coverage() Coverage {
	seen := make(map[Covered]int)
	for _, e := range c.Exchanges() {
		seen[Covered{OperationID: e.OperationID, Response: e.Documented}]++
	}
	var coverage Coverage
	for _, operation := range c.document.operations {
		for name := range operation.Responses.Map() {
			covered := Covered{OperationID: operation.OperationID, Response: name}
			covered.Seen = seen[covered]
			coverage = append(coverage, covered)
		}
	}
	slices.SortFunc(coverage, func(a, b Covered) int {
		return strings.Compare(a.OperationID+a.Response, b.OperationID+b.Response)
	})
	return coverage
}

// Missing returns the documented responses that were not seen.
func (c Coverage) Missing() Coverage {
	return slices.DeleteFunc(slices.Clone(c), func(covered Covered) bool { return covered.Seen > 0 })
}

// String says how many of how many documented responses were seen.
func (c Coverage) String() string {
	return fmt.Sprintf("%d of %d documented responses", len(c)-len(c.Missing()), len(c))
}
