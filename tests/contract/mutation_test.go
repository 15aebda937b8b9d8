package contract_test

import (
	"cmp"
	"maps"
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

// The mutation test takes an exchange from each example of the document, changes every value of it in every way that its
// schema speaks of, and wants the checker to report each change that breaks the schema, near the place of the change,
// and nothing about the others. A field that is added to openapi.yaml is covered by that.

func TestEveryChangeThatBreaksASchemaIsReportedWhereItWasMade(t *testing.T) {
	all := subjects(t, spec.OpenAPI)
	killed, survivors := kill(t, all, spec.OpenAPI)
	assert.Empty(t, survivors)
	for _, documented := range newChecker(t, nil).Coverage() {
		played := func(s subject) bool { return s.name == documented.OperationID+"."+documented.Response }
		assert.True(t, slices.ContainsFunc(all, played), "no exchange for %v", documented)
	}
	t.Logf("mutation: %d of %d mutants killed", killed, killed+len(survivors))
}

// kill plays the mutants of exchanges to a checker of a document. It returns the number of those killed, and the names
// of the survivors.
func kill(t *testing.T, subjects []subject, openapi []byte) (killed int, survivors []string) {
	t.Helper()
	for _, subject := range subjects {
		s := newStage(t, contract.WithDocument(openapi))
		require.Empty(t, s.play(subject.exchange()), "%s, the example as it is", subject.name)
		for side, body := range sorted(subject.bodies) {
			for _, m := range mutations(body) {
				x := subject.exchange()
				x.setBody(side, encode(m.value))
				violations := s.play(x)
				requireDiscreet(t, violations, x)
				name := strings.Join([]string{subject.name, string(side), m.at, m.what}, " ")
				near := func(v contract.Violation) bool { return v.In == side && isNear(v.At, m.at) }
				switch {
				case m.allowed:
					assert.Empty(t, violations, name)
				case slices.ContainsFunc(violations, near):
					killed++
				default:
					survivors = append(survivors, name)
				}
			}
		}
	}
	return killed, survivors
}

// isNear reports whether a violation may be about the value at a JSON pointer: it is there, below, or at what holds the
// value.
func isNear(at, pointer string) bool {
	parent := pointer[:max(strings.LastIndex(pointer, "/"), 0)]
	return at == pointer || strings.HasPrefix(at, pointer+"/") || at == cmp.Or(parent, "body")
}

// requireDiscreet checks that each violation is one line and holds no value of the exchange.
func requireDiscreet(t *testing.T, violations []contract.Violation, x *exchange) {
	t.Helper()
	for _, v := range violations {
		require.Less(t, len(v.String()), 512)
		require.NotContains(t, v.String(), "\n")
		for _, hidden := range []string{testkit.Token, testkit.Secret, "video calls", x.body, x.answer} {
			require.False(t, len(hidden) > 6 && strings.Contains(v.String()+encode(v), hidden), "%s holds %q", v, hidden)
		}
	}
}

// subject is a valid exchange, made of the document's examples.
type subject struct {
	name, method, url string
	status            int
	bodies            map[contract.Side]*example
}

type example struct {
	schemas schemas
	value   any
}

func (s subject) exchange() *exchange {
	x := newExchange(s.method, s.url, "", s.status, "")
	for side, body := range s.bodies {
		x.setBody(side, encode(body.value))
	}
	return x
}

func (x *exchange) setBody(side contract.Side, body string) {
	if side == contract.Response {
		x.fail(body)
		return
	}
	x.header.Set("Content-Type", "application/json")
	x.body = body
}

// subjects returns an exchange for each example of each documented response. It reads the document itself, and not as
// the checker does.
func subjects(t *testing.T, openapi []byte) (all []subject) {
	t.Helper()
	newChecker(t, nil, contract.WithDocument(openapi)) // says in one line what is wrong with the examples
	doc, err := openapi3.NewLoader().LoadFromData(openapi)
	require.NoError(t, err)
	for path, item := range sorted(doc.Paths.Map()) {
		for method, operation := range sorted(item.Operations()) {
			s := subject{method: method, url: baseURL + path}
			for _, parameter := range slices.Concat(item.Parameters, operation.Parameters) {
				value, _ := parameter.Value.Example.(string)
				s.url = strings.ReplaceAll(s.url, "{"+parameter.Value.Name+"}", value)
			}
			for name, response := range sorted(operation.Responses.Map()) {
				s.name = operation.OperationID + "." + name
				s.status, err = strconv.Atoi(strings.Replace(name, "XX", "04", 1))
				require.NoError(t, err)
				for _, answer := range answers(item, response.Value) {
					s.bodies = map[contract.Side]*example{contract.Response: answer}
					if operation.RequestBody != nil {
						s.bodies[contract.Request] = examplesOf(operation.RequestBody.Value.Content)[0]
					}
					maps.DeleteFunc(s.bodies, func(_ contract.Side, body *example) bool { return body == nil })
					all = append(all, s)
				}
			}
		}
	}
	requireEveryFieldShown(t, doc, all)
	return all
}

// answers returns the examples of a response. A 4XX without content is documented, in words, to hold nothing or what
// other failures hold.
func answers(item *openapi3.PathItem, response *openapi3.Response) []*example {
	if len(response.Content) > 0 {
		return examplesOf(response.Content)
	}
	failure := item.Get.Responses.Value("4XX").Value
	return append(examplesOf(failure.Content), nil)
}
