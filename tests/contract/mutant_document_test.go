package contract

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	spec "github.com/seed-e5e2407e/turnkeys"
)

const (
	testBase  = "http://server.test/client/v4"
	testToken = "a-token-that-nobody-may-see"
	mediaJSON = "application/json"
)

// subject is a valid exchange, with what the document says about it.
type subject struct {
	trial
	item         *openapi3.PathItem
	operation    *openapi3.Operation
	template     string
	first        bool // of its operation: the requests of the others are the same
	mayBeEmpty   bool // the response
	sent, answer *form
}

// form is a JSON body and the schemas that it has to satisfy.
type form struct {
	schemas schemas
	value   any
}

// subjects returns an exchange for each example of each documented response. It reads the document itself: the
// checker's own copy, closed and merged, is what is to be tested.
func subjects(t *testing.T) ([]subject, *samples) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(spec.OpenAPI)
	require.NoError(t, err)
	samples := collectSamples(t, doc)
	var all []subject
	for template, item := range sorted(doc.Paths.Map()) {
		for method, operation := range sorted(item.Operations()) {
			s := subject{item: item, operation: operation, template: template}
			s.method = method
			s.setRequest(t, samples)
			of := s.answered(t, doc, samples)
			of[0].first = true
			all = append(all, of...)
		}
	}
	return all, samples
}

func (s *subject) setRequest(t *testing.T, samples *samples) {
	t.Helper()
	for _, parameter := range s.parameters() {
		require.Equal(t, openapi3.ParameterInPath, parameter.Value.In, "the checker knows no others: teach it and this test")
	}
	s.url = s.address(nil)
	s.request.setHeader("Authorization", "Bearer "+testToken)
	if s.operation.RequestBody != nil {
		s.sent = samples.forms(t, s.operation.RequestBody.Value.Content)[0].form
		s.request.setForm(s.sent)
	}
}

// answered returns the subject once for each answer that is documented.
func (s subject) answered(t *testing.T, doc *openapi3.T, samples *samples) (all []subject) {
	t.Helper()
	for name, response := range sorted(s.operation.Responses.Map()) {
		for _, example := range answers(t, doc, samples, response.Value) {
			s.name = fmt.Sprintf("%s.%s (%s)", s.operation.OperationID, name, example.name)
			s.status = statusOf(t, name)
			s.mayBeEmpty = len(response.Value.Content) == 0
			s.answer, s.response = example.form, message{}
			s.response.setForm(s.answer)
			all = append(all, s)
		}
	}
	return all
}

// answers returns what a response may hold. A 4XX without content is documented, in words, to hold nothing or what the
// other operations' failures hold.
func answers(t *testing.T, doc *openapi3.T, samples *samples, response *openapi3.Response) []named {
	t.Helper()
	if len(response.Content) > 0 {
		return samples.forms(t, response.Content)
	}
	return append([]named{{name: "empty"}}, samples.forms(t, doc.Components.Responses["KeyFailure"].Value.Content)...)
}

func statusOf(t *testing.T, name string) int {
	t.Helper()
	status, err := strconv.Atoi(strings.Replace(name, "XX", "04", 1))
	require.NoError(t, err)
	return status
}

// address has the parameters' examples in its path, or values of ours.
func (s subject) address(ours map[string]string) string {
	path := s.template
	for _, ref := range s.parameters() {
		value, ok := ours[ref.Value.Name]
		if !ok {
			value = ref.Value.Example.(string)
		}
		path = strings.ReplaceAll(path, "{"+ref.Value.Name+"}", url.PathEscape(value))
	}
	return testBase + path
}

func (s subject) parameters() openapi3.Parameters {
	return slices.Concat(s.item.Parameters, s.operation.Parameters)
}

// documents says whether the operation has a response for a status.
func (s subject) documents(status int) bool {
	text := strconv.Itoa(status)
	responses := s.operation.Responses.Map()
	return responses[text] != nil || responses[text[:1]+"XX"] != nil || responses["default"] != nil
}

// encode panics on what is not JSON: this package made it.
func encode(value any) []byte {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return body
}

// sorted makes a walk, and so the list of mutants, the same each time.
func sorted[K cmp.Ordered, V any](m map[K]V) func(yield func(K, V) bool) {
	return func(yield func(K, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
