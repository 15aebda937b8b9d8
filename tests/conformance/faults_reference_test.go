package conformance_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

func TestTheReferenceServerKeepsToTheDocument(t *testing.T) {
	transcribe(t, controls[0], nil, func(s *transcript) {
		checker, err := contract.New(s.transport)
		require.NoError(t, err)
		s.transport = checker
		first, second := s.create("first"), s.create("second")
		assert.Equal(t, []int{201, 201}, []int{first.status, second.status})
		assert.Equal(t, []string{"first", "second"}, []string{first.key().Name, second.key().Name})
		assert.NotEqual(t, first.key().UID, second.key().UID)
		assert.NotEqual(t, first.key().Key, second.key().Key)

		url := keysURL + "/" + first.key().UID
		edited := s.do("PUT", url, named("edited"))
		assert.Equal(t, 200, edited.status)
		assert.Equal(t, "edited", edited.key().Name)
		assert.Equal(t, first.key().Created, edited.key().Created)
		assert.Greater(t, edited.key().Modified, first.key().Modified)
		assert.JSONEq(t, string(edited.Result), string(s.do("GET", url, "").Result))
		assert.Equal(t, edited, s.do("DELETE", url, ""))
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			assert.Equal(t, 404, s.do(method, url, `{}`[:2*strings.Count(method, "U")]).status, method)
		}
		var listed []struct{ Name string }
		require.NoError(t, json.Unmarshal(s.do("GET", keysURL, "").Result, &listed))
		assert.Equal(t, []struct{ Name string }{{"somebody's of a0c1"}, {"video calls of a0c1"}, {"second"}}, listed)
		for _, method := range []string{"GET", "POST"} {
			assert.Equal(t, 403, s.do(method, keysURL, `{}`[:2*strings.Count(method, "O")], "Authorization", "Bearer "+secondToken).status)
		}
		for range maxKeys - 3 {
			require.Equal(t, 201, s.create("one of many").status)
		}
		assert.Equal(t, 400, s.create("one too many").status)
		assert.Empty(t, checker.Violations())
	})
}

func TestEveryPlantedDifferenceShows(t *testing.T) {
	reference := transcribe(t, controls[0], nil, everythingOnce).lines
	require.Equal(t, reference, transcribe(t, controls[0], nil, everythingOnce).lines, "the same each time")
	for _, s := range slices.Concat(faults, controls[1:], liveControls) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			assert.True(t, transcribe(t, s, reference, everythingOnce).differs())
		})
	}
}

func TestScenariosHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range slices.Concat(faults, controls, liveControls) {
		assert.False(t, seen[s.name], s.name)
		seen[s.name] = true
	}
}
