package contract_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	spec "github.com/seed-e5e2407e/turnkeys"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

// The mutation test makes an exchange from each example of the document, and changes every value in it in every way
// that a schema can forbid. kin-openapi's own validator decides which changes are invalid. The checker must report each
// invalid change near its place, and nothing about the others. So a field that openapi.yaml gains is tested, too.

func TestEveryChangeThatBreaksASchemaIsReportedWhereItWasMade(t *testing.T) {
	all := subjects(t, spec.OpenAPI)
	killed, survivors := kill(t, all, spec.OpenAPI)
	assert.Empty(t, survivors)
	for _, documented := range contract.OpenAPI().Coverage(nil) {
		played := func(s subject) bool { return s.name == documented.OperationID+"."+documented.Response }
		assert.True(t, slices.ContainsFunc(all, played), "no exchange for %v", documented)
	}
	t.Logf("mutation: %d of %d mutants killed", killed, killed+len(survivors))
}

var limit = regexp.MustCompile(`\b(?:min|max)[A-Za-z]+"?: *(\d+)`)

// kill checks the mutants of exchanges. It returns the number of those killed, and the names of the survivors.
func kill(t *testing.T, subjects []subject, openapi []byte) (killed int, survivors []string) {
	t.Helper()
	document, err := contract.Load(openapi)
	require.NoError(t, err)
	limits := map[int]bool{}
	for _, match := range limit.FindAllSubmatch(openapi, -1) {
		n, _ := strconv.Atoi(string(match[1]))
		limits[n-1], limits[n], limits[n+1] = true, true, true
	}
	for _, s := range subjects {
		require.Empty(t, document.Check(s.Exchange, contract.Secrets{}), "%s, the example as it is", s.name)
		mutator{limits, func(what, at string, value any) {
			s := s
			*s.body() = []byte(encode(value))
			violations := document.Check(s.Exchange, contract.Secrets{})
			requireDiscreet(t, violations, string(s.Request.Body), string(s.Response.Body))
			name := strings.Join([]string{s.name, string(s.side), at, what}, " ")
			near := func(v contract.Violation) bool { return v.In == s.side && isNear(v.At, at) }
			switch {
			case what != "undocumented" && what != "duplicate" && s.isValid():
				assert.Empty(t, violations, name)
			case slices.ContainsFunc(violations, near):
				killed++
			default:
				survivors = append(survivors, name)
			}
		}}.mutate("", decoded(*s.body()))
	}
	return killed, survivors
}

// isNear reports whether a violation is at a JSON pointer, below, or at what contains the value there.
func isNear(at, pointer string) bool {
	parent := pointer[:max(strings.LastIndex(pointer, "/"), 0)]
	return at == pointer || strings.HasPrefix(at, pointer+"/") || at == cmp.Or(parent, "body")
}

// requireDiscreet checks that each violation is one line and contains no value of the exchange.
func requireDiscreet(t *testing.T, violations []contract.Violation, bodies ...string) {
	t.Helper()
	for _, v := range violations {
		require.False(t, len(v.String()) > 511 || strings.Contains(v.String(), "\n"), "%q is not one short line", v)
		for _, hidden := range append(bodies, testkit.Token, testkit.Secret, "video calls") {
			require.False(t, len(hidden) > 6 && strings.Contains(v.String()+encode(v), hidden), "%s contains %q", v, hidden)
		}
	}
}

// mutator calls try with each changed copy of a value, what was changed, and where.
type mutator struct {
	limits map[int]bool // the numbers in the document's minimum, maxItems and so on, and those next to them
	try    func(what, at string, value any)
}

func (m mutator) mutate(at string, value any) {
	for _, other := range []any{nil, true, false, 0.5, encode(value), []any{value}, map[string]any{}} {
		if encode(other) != encode(value) {
			m.try("type", at, other)
		}
	}
	switch value := value.(type) {
	case map[string]any:
		m.mutateObject(at, value)
	case []any:
		for i, item := range value {
			mutator{m.limits, func(what, at string, item any) {
				m.try(what, at, slices.Replace(slices.Clone(value), i, i+1, item))
			}}.mutate(at+"/"+strconv.Itoa(i), item)
		}
		for length := range m.limits {
			m.try("items", at, slices.Repeat(value[:min(1, len(value))], max(0, length)))
		}
	case string:
		middle := len(value) / 2
		for _, other := range []string{
			"", "!" + value, value + "!", " " + value, value + " ", value + "\n", value + "0", value + value, strings.ToUpper(value),
			value[:middle] + " " + value[middle:], "g" + value[min(1, len(value)):], value[min(1, len(value)):], value[:max(len(value)-1, 0)],
		} {
			m.try("text", at, other)
		}
		for length := range m.limits {
			m.try("length", at, strings.Repeat("x", max(0, length)))
		}
	case float64:
		for other := range m.limits {
			m.try("range", at, other)
		}
	}
}

func (m mutator) mutateObject(at string, object map[string]any) {
	with := func(name string, value any) map[string]any {
		changed := maps.Clone(object)
		changed[name] = value
		return changed
	}
	names := []string{"undocumented", ""}
	for name, value := range object {
		below := at + "/" + name
		mutator{m.limits, func(what, at string, value any) { m.try(what, at, with(name, value)) }}.mutate(below, value)
		without := maps.Clone(object)
		delete(without, name)
		m.try("required", below, without)
		text := encode(object)
		m.try("duplicate", below, json.RawMessage(text[:len(text)-1]+","+encode(map[string]any{name: value})[1:]))
		names = append(names, strings.ToUpper(name))
	}
	for _, name := range names {
		m.try("undocumented", at+"/"+name, with(name, true))
	}
}

// subject is a valid exchange made of examples of the document. One of its bodies is changed.
type subject struct {
	contract.Exchange

	name   string
	side   contract.Side
	schema *openapi3.Schema
}

func (s *subject) body() *[]byte {
	if s.side == contract.Request {
		return &s.Request.Body
	}
	return &s.Response.Body
}

func (s *subject) isValid() bool {
	return s.schema.VisitJSON(decoded(*s.body()), openapi3.EnableFormatValidation()) == nil
}

type example struct {
	schema *openapi3.Schema
	body   string
}

func examplesOf(content openapi3.Content) (all []example) {
	for _, media := range content {
		for _, ref := range media.Examples {
			all = append(all, example{media.Schema.Value, encode(ref.Value.Value)})
		}
	}
	return all
}

// subjects returns an exchange for each example of each response. It reads the document itself, not through the checker.
func subjects(t *testing.T, openapi []byte) (all []subject) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(openapi)
	require.NoError(t, err)
	for path, item := range doc.Paths.Map() {
		for _, parameter := range item.Parameters {
			path = strings.ReplaceAll(path, "{"+parameter.Value.Name+"}", parameter.Value.Example.(string))
		}
		for method, operation := range item.Operations() {
			request := example{}
			if operation.RequestBody != nil {
				request = examplesOf(operation.RequestBody.Value.Content)[0]
			}
			for name, response := range operation.Responses.Map() {
				status, err := strconv.Atoi(strings.Replace(name, "XX", "04", 1))
				require.NoError(t, err)
				examples := examplesOf(response.Value.Content)
				if len(examples) == 0 { // documented, in words, to have the body of other failures
					examples = examplesOf(item.Get.Responses.Value("4XX").Value.Content)
				}
				name = operation.OperationID + "." + name
				for _, e := range examples {
					x := *newExchange(method, baseURL+path, request.body, status, e.body)
					all = append(all, subject{x, name, contract.Response, e.schema})
					if request.body != "" {
						all = append(all, subject{x, name, contract.Request, request.schema})
					}
				}
			}
		}
	}
	requireEveryFieldShown(t, doc, all)
	return all
}

// requireEveryFieldShown fails if a field of the document is in no example, since it would not be mutated. An example
// has a field if it becomes invalid once no value of the field is valid.
func requireEveryFieldShown(t *testing.T, doc *openapi3.T, subjects []subject) {
	t.Helper()
	for name, schema := range doc.Components.Schemas {
		for field, property := range schema.Value.Properties {
			documented := *property.Value
			*property.Value = openapi3.Schema{Enum: []any{"no example has this value"}}
			isShown := slices.ContainsFunc(subjects, func(s subject) bool { return !s.isValid() })
			*property.Value = documented
			require.True(t, isShown, "no example of openapi.yaml shows %s.%s: add it to one", name, field)
		}
	}
}

// decoded and encode panic on what is not JSON: the tests made it.
func decoded(body []byte) (value any) {
	if err := json.Unmarshal(body, &value); err != nil {
		panic(err)
	}
	return value
}

func encode(value any) string {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(body)
}
