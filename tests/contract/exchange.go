package contract

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/record"
)

// Exchange is one request and its response, complete.
type Exchange struct {
	Method            string
	URL               *url.URL
	Request, Response Message
	// Status is 0 if there was no response.
	Status int
}

// Message is a request or a response.
type Message struct {
	Header, Trailer http.Header
	// Body is as much of the body as was read.
	Body []byte
	// Err is nil if the body was read to its end. Any error but [ErrPartial] and [ErrTooLarge] means that it is truncated.
	Err error
}

var (
	// ErrPartial means that the reader stopped early; the message may be valid.
	ErrPartial = record.ErrStopped
	// ErrTooLarge means that the body has more than 16 MiB, and was not kept.
	ErrTooLarge = errors.New("the body is larger than 16 MiB")
)

// length returns the length of the body, or the announced one if that is larger.
func (m Message) length() int {
	announced, _ := strconv.Atoi(m.Header.Get("Content-Length"))
	return max(len(m.Body), announced)
}

// partial reports whether the body may be incomplete although the message is valid.
func (m Message) partial() bool { return errors.Is(m.Err, ErrPartial) }

// Secrets are values that may appear in only one place of an exchange.
type Secrets struct {
	// Keys are secrets of TURN keys: values of fields with format: password.
	Keys []string
	// Tokens are API tokens.
	Tokens []string
}

// With returns the secrets of s and more.
func (s Secrets) With(more Secrets) Secrets {
	union := func(a, b []string) []string { return slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b)))) }
	return Secrets{union(s.Keys, more.Keys), union(s.Tokens, more.Tokens)}
}

// Checked is the result of checking an exchange.
type Checked struct {
	// OperationID and Path, a template, are "" if no operation is documented for the request.
	OperationID string `json:"operationId,omitempty"`
	Method      string `json:"method"`
	Path        string `json:"path,omitempty"`
	// Status is the status of the response, or 0 if there was none.
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
	// Response is the name of the response in the document, such as "201" or "4XX".
	Response string `json:"response"`
	Seen     int    `json:"seen"`
}

// Coverage returns one entry for each documented response, sorted by name.
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
