package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const newInputProgram = `package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

func main() {
	api := fake.New()
	path := fake.BasePath + "/accounts/" + fake.DefaultAccountID + "/calls/turn_keys"
	ask := func(method, path, body string) {
		request := httptest.NewRequest(method, path, strings.NewReader(body))
		request.Header = http.Header{"Authorization": {"Bearer " + fake.DefaultToken}, "Content-Type": {"application/json"}}
		response := httptest.NewRecorder()
		api.ServeHTTP(response, request)
		fmt.Print(response.Code, " ")
	}
	ask("POST", path, ` + "`" + `{"name":"n","new_field":"top"}` + "`" + `)
	key := api.Keys(fake.DefaultAccountID)[0]
	fmt.Println(key.Name, *key.NewField)
	ask("PUT", path+"/"+key.UID, ` + "`" + `{"new_field":1}` + "`" + `)
	ask("PUT", path+"/"+key.UID, ` + "`" + `{"new_field":"low"}` + "`" + `)
	key = api.Keys(fake.DefaultAccountID)[0]
	fmt.Println(key.Name, *key.NewField)
}
`

// A copy of the module gets an optional field in the input and in the key. Only what is generated changes.
func TestInputFieldThatTheDocumentGainsIsStoredByTheFake(t *testing.T) {
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	copied := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "gen.go"} {
		copyFile(t, filepath.Join(root, name), filepath.Join(copied, name))
	}
	for _, folder := range []string{
		"generated", "tests/contract", "tests/fake",
		"tests/internal/credentials", "tests/internal/record", "tests/internal/strictjson",
	} {
		for name := range files(t, filepath.Join(root, folder)) {
			if !strings.HasSuffix(name, "_test.go") {
				copyFile(t, filepath.Join(root, folder, name), filepath.Join(copied, folder, name))
			}
		}
	}
	document, err := os.ReadFile(filepath.Join(root, "openapi.yaml"))
	require.NoError(t, err)
	changed := string(document)
	for _, schema := range []string{"\n    TurnKeyInput:\n", "\n    TurnKey:\n"} {
		before, after, found := strings.Cut(changed, schema)
		require.True(t, found, schema)
		field := "properties:\n        new_field:\n          description: Where the key lies\n          type: string\n"
		changed = before + schema + strings.Replace(after, "properties:\n", field, 1)
	}
	write(t, filepath.Join(copied, "openapi.yaml"), changed)
	write(t, filepath.Join(copied, "program", "main.go"), newInputProgram)

	runGo(t, copied, []string{"GOPROXY=off"}, "generate", "./...")
	out := runGo(t, copied, []string{"GOPROXY=off"}, "run", "./program")
	assert.Equal(t, "201 n top\n400 200  low\n", out)
}
