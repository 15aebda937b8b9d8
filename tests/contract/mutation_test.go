package contract

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	spec "github.com/seed-e5e2407e/turnkeys"
)

// The mutants come from the document's schemas and examples: a field that is added to openapi.yaml is covered by that.
const leastMutants = 200

func TestExchangesMadeOfTheDocumentsExamplesViolateNothing(t *testing.T) {
	all, _ := subjects(t)
	seen := map[string]bool{}
	for _, s := range all {
		assert.Empty(t, s.play(t), "%s", s.name)
		response, _, _ := strings.Cut(s.name, " ")
		seen[response] = true
	}
	checker, err := New(nil)
	require.NoError(t, err)
	for _, covered := range checker.Coverage() {
		assert.True(t, seen[covered.OperationID+"."+covered.Response], "no exchange for %s.%s", covered.OperationID, covered.Response)
	}
}

func TestEveryChangeThatBreaksTheDocumentIsReportedWhereItWasMade(t *testing.T) {
	mutants := allMutants(t, false)
	require.GreaterOrEqual(t, len(mutants), leastMutants)
	survivors := survivors(t, mutants)
	for _, survivor := range survivors {
		t.Errorf("survived: %s", survivor)
	}
	// Printed rather than logged: one line without a position, for a Makefile to pick.
	fmt.Printf("mutation: %d of %d mutants killed (%s)\n", len(mutants)-len(survivors), len(mutants), tally(mutants))
}

func TestChangesThatKeepToTheDocumentViolateNothing(t *testing.T) {
	for _, m := range allMutants(t, true) {
		assert.Empty(t, m.play(t), "%s", m)
	}
}

func TestMutantsSurviveACheckerWithOneRuleLess(t *testing.T) {
	all := allMutants(t, false)
	for class, weaken := range map[string]func(turnKey *openapi3.Schema){
		"add":     func(turnKey *openapi3.Schema) { turnKey.AdditionalProperties.Has = nil },
		"remove":  func(turnKey *openapi3.Schema) { turnKey.Required = nil },
		"null":    func(turnKey *openapi3.Schema) { turnKey.Properties["name"].Value.Nullable = true },
		"pattern": func(turnKey *openapi3.Schema) { turnKey.Properties["uid"].Value.Pattern = "" },
		"date":    func(turnKey *openapi3.Schema) { turnKey.Properties["created"].Value.Format = "" },
	} {
		t.Run(class, func(t *testing.T) {
			weak, err := loadDocument(spec.OpenAPI)
			require.NoError(t, err)
			weaken(weak.Components.Schemas["TurnKey"].Value)
			strict := embedded // no test of this file is parallel
			embedded = func() (*document, error) { return weak, nil }
			t.Cleanup(func() { embedded = strict })

			mutants := slices.DeleteFunc(slices.Clone(all), func(m mutant) bool { return m.class != class })
			survivors := survivors(t, mutants)
			assert.NotEmpty(t, survivors)
			assert.Less(t, len(survivors), len(mutants), "the rule is broken for one schema only")
		})
	}
}

func allMutants(t *testing.T, valid bool) []mutant {
	t.Helper()
	all, samples := subjects(t)
	var mutants []mutant
	for _, s := range all {
		mutants = append(mutants, s.mutants(samples)...)
	}
	return slices.DeleteFunc(mutants, func(m mutant) bool { return m.valid != valid || m.class == "contradict" })
}

// survivors returns the mutants about which the checker says nothing, or nothing to the point.
func survivors(t *testing.T, mutants []mutant) (survivors []mutant) {
	t.Helper()
	_, samples := subjects(t)
	for _, m := range mutants {
		violations := m.play(t)
		for _, v := range violations {
			requireDiscreet(t, m, v, samples.texts)
		}
		if !m.killed(violations) {
			survivors = append(survivors, m)
		}
	}
	return survivors
}

// requireDiscreet holds a violation against the promise that it is one line, and quotes nothing of the exchange.
func requireDiscreet(t *testing.T, m mutant, v Violation, texts []string) {
	t.Helper()
	line := v.String()
	require.Less(t, len(line), 512, "%s", m)
	require.NotContains(t, line, "\n", "%s", m)
	for _, text := range []string{line, string(encode(v))} {
		require.NotRegexp(t, `[0-9a-fA-F]{64}`, text, "%s", m)
		require.NotContains(t, text, testToken, "%s", m)
		for _, quoted := range append([]string{string(m.request.body), string(m.response.body)}, texts...) {
			require.False(t, len(quoted) > 6 && strings.Contains(text, quoted), "%s quotes %q: %s", m, quoted, text)
		}
	}
}

// tally is how many mutants there are of each class.
func tally(mutants []mutant) string {
	classes := map[string]int{}
	for _, m := range mutants {
		classes[m.class]++
	}
	var counts []string
	for class, count := range sorted(classes) {
		counts = append(counts, fmt.Sprintf("%s %d", class, count))
	}
	return strings.Join(counts, ", ")
}
