package tests

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The code is generated in a copy of the module without any generated Go, so that a file that the generator no longer
// writes is noticed too.
func TestGeneratedIsWhatTheDocumentGenerates(t *testing.T) {
	t.Parallel()
	copied := copyModule(t)
	runGo(t, copied, "generate", "./...")

	committed, generated := files(t, "../generated"), files(t, filepath.Join(copied, "generated"))
	for name, content := range generated {
		assert.Equal(t, content, committed[name], "generated/%s: run make generate", name)
	}
	for name := range committed {
		assert.Contains(t, generated, name, "generated/%s is not generated: delete it", name)
	}
}

// copyModule copies what is needed to generate code, but no generated Go.
func copyModule(t *testing.T) string {
	t.Helper()
	copied := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "gen.go", "openapi.yaml"} {
		content, err := os.ReadFile(filepath.Join("..", name))
		require.NoError(t, err)
		write(t, filepath.Join(copied, name), string(content))
	}
	for name, content := range files(t, "../generated") {
		if !strings.HasSuffix(name, ".go") {
			write(t, filepath.Join(copied, "generated", name), content)
		}
	}
	return copied
}

func runGo(t *testing.T, dir string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = dir
	out, err := command.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		found[filepath.ToSlash(name)] = string(content)
		return err
	})
	require.NoError(t, err)
	return found
}

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}
