package tests

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The document gains an optional field in the input and the results, and a required one in the results. Only generated
// code changes.
func TestFieldThatTheDocumentGainsIsStoredByTheFakeAndReachesEveryResult(t *testing.T) {
	t.Parallel()
	copied := copyModule(t)
	const optional = "\n        new_field: {description: Where the key lies, type: string}"
	const required = "\n        new_number: {description: What the key costs, type: integer, example: 7}"
	document, err := os.ReadFile("../openapi.yaml")
	require.NoError(t, err)
	before, after, found := strings.Cut(string(document), "\n    TurnKey:\n")
	require.True(t, found)
	before = strings.Replace(before, "\n        name:", optional+"\n        name:", 1)
	after = strings.Replace(after, "\n      required: [", "\n      required: [new_number, ", 1)
	after = strings.Replace(after, "\n        created:", optional+required+"\n        created:", 1)
	after = regexp.MustCompile(`(\n +)modified: '`).ReplaceAllString(after, "${1}new_number: 7${1}modified: '") // in the examples
	write(t, filepath.Join(copied, "openapi.yaml"), before+"\n    TurnKey:\n"+after)
	runGo(t, copied, "generate", "./...")

	replaced := map[string]string{}
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	for name := range files(t, copied) {
		replaced[filepath.Join(root, name)] = filepath.Join(copied, name)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	require.NoError(t, err)
	write(t, filepath.Join(copied, "overlay.json"), string(overlay))
	out := runGo(t, ".", "run", "-overlay", filepath.Join(copied, "overlay.json"), "./testdata/new_fields")
	assert.Equal(t, strings.Repeat("n top 7 <nil>\n", 3)+"turnkeys: editTurnKey: 400 Bad Request\n"+strings.Repeat("\"\" low 7 <nil>\n", 2), out)
}
