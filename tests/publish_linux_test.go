package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Linux only, since CONTRIBUTING's sed is GNU's.
func TestContributingsWayToAnotherModulePathCompiles(t *testing.T) {
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

	contributing, err := os.ReadFile(filepath.Join(root, ".github", "CONTRIBUTING.md"))
	require.NoError(t, err)
	_, commands, found := strings.Cut(string(contributing), "```console\n$ go mod edit -module ")
	require.True(t, found)
	commands, rest, found := strings.Cut("go mod edit -module "+commands, "\n$ make generate check\n```\n")
	require.True(t, found, "what follows: %s", rest)
	run(t, copied, nil, "sh", "-e", "-c", strings.ReplaceAll(commands, "\n$ ", "\n"))
	run(t, copied, nil, "go", "vet", "./...")
	require.NotContains(t, files(t, copied)["wrapper/client.go"], "seed-e5e2407e")
}
