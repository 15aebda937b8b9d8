package testkit

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	endOfOutput = regexp.MustCompile("\n\\$ |```")
	varies      = regexp.MustCompile(`[0-9a-f]{32}|:\d+/| +[\d.]+ ms`)
)

// CheckREADME checks that README.md shows what a command prints, except for ids, ports and times. Only the tests of the
// programs can call it, since it reads the file relative to their folders.
func CheckREADME(t *testing.T, command, printed string) {
	t.Helper()
	readme, err := os.ReadFile("../../../README.md")
	require.NoError(t, err)
	_, shown, found := strings.Cut(string(readme), "\n$ "+command+"\n")
	require.True(t, found, "README.md does not show %s", command)
	shown = endOfOutput.Split(shown, 2)[0]
	assert.Equal(t, strings.TrimSpace(varies.ReplaceAllString(printed, "N")), strings.TrimSpace(varies.ReplaceAllString(shown, "N")))
}
