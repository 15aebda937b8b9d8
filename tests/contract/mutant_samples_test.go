package contract

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// samples holds a value for each schema, all of them from the document's examples.
type samples struct {
	values  map[*openapi3.Schema]any
	secrets map[string]string // by the name of their field
	texts   []string          // all but the shortest
}

type named struct {
	name string
	*form
}

func collectSamples(t *testing.T, doc *openapi3.T) *samples {
	t.Helper()
	s := &samples{values: map[*openapi3.Schema]any{}, secrets: map[string]string{}}
	for _, item := range sorted(doc.Paths.Map()) {
		for _, operation := range sorted(item.Operations()) {
			for _, parameter := range slices.Concat(item.Parameters, operation.Parameters) {
				s.collect(t, flatten(parameter.Value.Schema), parameter.Value.Example)
			}
			if operation.RequestBody != nil {
				s.collectContent(t, operation.RequestBody.Value.Content)
			}
			for _, response := range sorted(operation.Responses.Map()) {
				if len(response.Value.Content) > 0 {
					s.collectContent(t, response.Value.Content)
				}
			}
		}
	}
	require.NotEmpty(t, s.secrets)
	return s
}

func (s *samples) collectContent(t *testing.T, content openapi3.Content) {
	t.Helper()
	for _, example := range examples(t, content) {
		s.collect(t, example.schemas, example.value)
	}
}

func (s *samples) collect(t *testing.T, all schemas, value any) {
	t.Helper()
	for _, schema := range all {
		requireKnown(t, schema)
		if s.values[schema] == nil {
			s.values[schema] = value
		}
	}
	switch value := value.(type) {
	case map[string]any:
		for name, property := range sorted(all.properties()) {
			if text, ok := value[name].(string); ok && property.secret() {
				s.secrets[name] = text
			}
			if field, ok := value[name]; ok {
				s.collect(t, property, field)
			}
		}
	case []any:
		for _, item := range value {
			s.collect(t, all.items(), item)
		}
	case string:
		if len(value) > 6 {
			s.texts = append(s.texts, value)
		}
	}
}

// forms returns the examples of a content, completed.
func (s *samples) forms(t *testing.T, content openapi3.Content) []named {
	t.Helper()
	all := examples(t, content)
	for _, example := range all {
		example.value = s.complete(t, example.schemas, example.value)
	}
	return all
}

// complete puts in what an example leaves out although the schemas allow it: optional fields, and an item in an empty
// array. So they are walked, too.
func (s *samples) complete(t *testing.T, all schemas, value any) any {
	t.Helper()
	switch value := value.(type) {
	case map[string]any:
		full := maps.Clone(value)
		for name, property := range all.properties() {
			if _, ok := full[name]; !ok {
				full[name] = s.sample(t, property, name)
			}
			full[name] = s.complete(t, property, full[name])
		}
		return full
	case []any:
		items := all.items()
		if len(value) == 0 && items != nil {
			value = []any{s.sample(t, items, "an item")}
		}
		full := make([]any, len(value))
		for i, item := range value {
			full[i] = s.complete(t, items, item)
		}
		return full
	}
	return value
}

func (s *samples) sample(t *testing.T, all schemas, name string) any {
	t.Helper()
	for _, schema := range all {
		if value := s.values[schema]; value != nil {
			return value
		}
	}
	require.Failf(t, "a field that no example shows", "%s (%s): add it to an example in openapi.yaml", name, all[0].Description)
	return nil
}

func examples(t *testing.T, content openapi3.Content) []named {
	t.Helper()
	media := content[mediaJSON]
	require.NotNil(t, media)
	require.Len(t, content, 1, "the test knows JSON only")
	require.NotEmpty(t, media.Examples, "no example to start from")
	var all []named
	for name, example := range sorted(media.Examples) {
		var value any
		require.NoError(t, json.Unmarshal(encode(example.Value.Value), &value))
		all = append(all, named{name, &form{flatten(media.Schema), value}})
	}
	return all
}
