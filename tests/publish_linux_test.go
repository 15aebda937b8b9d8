package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Linux only, since the README's sed is GNU's.
func TestREADMEsWayToAnotherModulePathCompiles(t *testing.T) {
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	tracked, err := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files").Output()
	require.NoError(t, err)
	copied := t.TempDir()
	for name := range strings.FieldsSeq(string(tracked)) {
		if _, err := os.Stat(filepath.Join(root, name)); err == nil { // else it is deleted, and not committed yet
			copyFile(t, filepath.Join(root, name), filepath.Join(copied, name))
		}
	}

	commands := 0
	for _, block := range blocks(t, "console") {
		if !strings.HasPrefix(block, "$ go mod edit -module") {
			continue
		}
		for line := range strings.Lines(block) {
			if command := strings.TrimPrefix(line, "$ "); !strings.HasPrefix(command, "make") {
				run(t, copied, nil, "sh", "-c", command)
				commands++
			}
		}
	}
	require.Equal(t, 2, commands)
	run(t, copied, nil, "go", "vet", "./...")
	require.NotContains(t, files(t, copied)["wrapper/client.go"], "seed-e5e2407e")
}
