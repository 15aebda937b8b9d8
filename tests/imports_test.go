package tests

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClientLinksNothingOfTheTestKit(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "../wrapper", "../generated").CombinedOutput()
	require.NoError(t, err, "%s", out)
	packages := strings.Fields(string(out))
	require.Contains(t, packages, "github.com/seed-e5e2407e/turnkeys/wrapper")
	for _, name := range packages {
		for _, unwanted := range []string{"kin-openapi", "testify", "turnkeys/tests", "net/http/httptest"} {
			assert.NotContains(t, name, unwanted)
		}
	}
}
