package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newFields are what openapi.yaml gains in this test.
const newFields = `
        new_field:
          description: Where the key lies
          type: string
        new_number:
          description: What the key costs
          type: integer
        created:`

// A copy of the module gets two fields in the document, one of them required. Only what is generated changes.
func TestFieldThatTheDocumentGainsReachesEveryResult(t *testing.T) {
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	copied := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "gen.go"} {
		copyFile(t, filepath.Join(root, name), filepath.Join(copied, name))
	}
	for _, folder := range []string{"generated", "wrapper"} {
		for name := range files(t, filepath.Join(root, folder)) {
			if !strings.HasSuffix(name, "_test.go") {
				copyFile(t, filepath.Join(root, folder, name), filepath.Join(copied, folder, name))
			}
		}
	}
	document, err := os.ReadFile(filepath.Join(root, "openapi.yaml"))
	require.NoError(t, err)
	changed := strings.NewReplacer("\n        created:", newFields, "required: [created, ", "required: [new_number, created, ").Replace(string(document))
	require.Contains(t, changed, "new_field:")
	require.Contains(t, changed, "[new_number, ")
	write(t, filepath.Join(copied, "openapi.yaml"), changed)
	copyFile(t, "testdata/new_fields/main.go", filepath.Join(copied, "program", "main.go"))

	runGo(t, copied, []string{"GOPROXY=off"}, "generate", "./...")
	out := runGo(t, copied, []string{"GOPROXY=off"}, "run", "./program")
	assert.Equal(t, "<nil>\n"+strings.Repeat("top 7\n", 5), out)
}
