package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// blocks returns the README's code blocks in one language.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	var found []string
	for _, match := range regexp.MustCompile("(?s)\n```"+language+"\n(.*?)```\n").FindAllStringSubmatch(string(readme), -1) {
		found = append(found, match[1])
	}
	require.NotEmpty(t, found)
	return found
}

func TestREADMEsGoIsCompiled(t *testing.T) {
	t.Parallel()
	var compiled strings.Builder // the examples and tests that its snippets are taken from
	for _, pattern := range []string{"../wrapper/*_test.go", "fake/*_test.go", "contract/*_test.go"} {
		names, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range names {
			content, err := os.ReadFile(name)
			require.NoError(t, err)
			compiled.WriteString(squeeze(string(content)))
		}
	}
	for _, block := range blocks(t, "go") {
		if !strings.HasPrefix(block, "package main") {
			assert.Contains(t, compiled.String(), squeeze(block), "no example or test has this snippet")
			continue
		}
		program := filepath.Join(t.TempDir(), "main.go")
		require.NoError(t, os.WriteFile(program, []byte(block), 0o600))
		runGo(t, "..", "vet", program)
	}
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestREADMEsCommandsExist(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	require.NoError(t, err)
	for _, block := range blocks(t, "console") {
		for line := range strings.Lines(block) {
			words := strings.Fields(line)
			switch {
			case len(words) < 3 || words[0] != "$":
			case words[1] == "make":
				assert.Contains(t, string(makefile), "\n"+words[2]+":")
			case words[1] == "go" && strings.HasPrefix(words[len(words)-1], "./"):
				assert.DirExists(t, filepath.Join("..", words[len(words)-1]))
			}
		}
	}
}

func TestREADMEsJavaScriptIsRun(t *testing.T) {
	program, err := os.ReadFile("interop/readme.mjs")
	require.NoError(t, err)
	for _, block := range blocks(t, "js") {
		assert.Contains(t, squeeze(string(program)), squeeze(block))
	}
}

func TestREADMEShowsTheKnownDrift(t *testing.T) {
	var rows strings.Builder
	for _, drift := range contract.KnownDrift() {
		fmt.Fprintf(&rows, "%s  %s (%s)\n", drift.Place, drift.Seen, drift.Source)
	}
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	assert.Contains(t, string(readme), "```\n"+rows.String()+"```")
}
