package tests_test

import (
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// The fixtures in testdata/documented contain what Cloudflare's page shows for each response, field by field.
func TestDocumentedResponsesPassTheCheckerAndTheWrapper(t *testing.T) {
	fixtures, err := os.ReadDir("testdata/documented")
	require.NoError(t, err)
	unused, err := contract.New(nil)
	require.NoError(t, err)
	seen := unused.Coverage()
	for _, fixture := range fixtures {
		t.Run(fixture.Name(), func(t *testing.T) {
			operationID, documented, _ := strings.Cut(strings.TrimSuffix(fixture.Name(), ".json"), ".")
			status, err := strconv.Atoi(strings.Replace(documented, "4XX", "401", 1))
			require.NoError(t, err)
			body, err := os.ReadFile("testdata/documented/" + fixture.Name())
			require.NoError(t, err)
			checker, err := contract.New(responding(status, string(body), http.Header{"Content-Type": {"application/json"}}))
			require.NoError(t, err)
			is := func(op testkit.Operation) bool { return op.ID == operationID }
			op := testkit.Operations[slices.IndexFunc(testkit.Operations, is)]

			_, err = op.Call(t.Context(), newClient(t, checker))
			if documented == "4XX" {
				require.ErrorIs(t, err, turnkeys.ErrUnauthorized)
			} else {
				require.NoError(t, err)
			}
			for _, v := range checker.Violations() {
				assert.Equal(t, "required", v.Rule, "%s: only a field that is newer than the page may be missing", v)
			}
			for i, covered := range checker.Coverage() {
				seen[i].Seen += covered.Seen
			}
		})
	}
	for _, missing := range seen.Missing() { // an operation that is newer than the page has no fixtures
		onThePage := []string{"createTurnKey", "listTurnKeys", "getTurnKey", "editTurnKey", "deleteTurnKey"}
		assert.NotContains(t, onThePage, missing.OperationID, "%s has no fixture", missing.Response)
	}
}
