package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The fields that the document gains in this test, and a program that prints them as each operation returns them.
const (
	newFields = `
        shelf:
          description: Where the key lies
          type: string
        tier:
          description: What the key costs
          type: integer
        created:`

	newFieldsProgram = `package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const key = ` + "`" + `{"created":"2014-01-01T00:00:00Z","key":"s","modified":"2014-01-01T00:00:00Z","name":"","shelf":"top","tier":7,"uid":"u"}` + "`" + `

type server struct{}

func (server) RoundTrip(r *http.Request) (*http.Response, error) {
	result := key
	if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/turn_keys") {
		result = "[" + key + "]"
	}
	body := ` + "`" + `{"success":true,"errors":[],"messages":[],"result":` + "`" + ` + result + "}"
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func main() {
	client, err := turnkeys.New("a", "t", turnkeys.WithHTTPClient(&http.Client{Transport: server{}}))
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	created, createErr := client.Create(ctx, "")
	keys, listErr := client.List(ctx)
	got, getErr := client.Get(ctx, "u")
	edited, editErr := client.Edit(ctx, "u", "")
	deleted, deleteErr := client.Delete(ctx, "u")
	fmt.Println(errors.Join(createErr, listErr, getErr, editErr, deleteErr))
	for _, key := range append(keys, created.Key, got, edited, deleted) {
		fmt.Println(*key.Shelf, key.Tier)
	}
}
`
)

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
	changed := strings.Replace(string(document), "\n        created:", newFields, 1)
	changed = strings.Replace(changed, "required: [created, ", "required: [tier, created, ", 1)
	require.Contains(t, changed, "shelf:")
	require.Contains(t, changed, "[tier, ")
	write(t, filepath.Join(copied, "openapi.yaml"), changed)
	write(t, filepath.Join(copied, "program", "main.go"), newFieldsProgram)

	runGo(t, copied, []string{"GOPROXY=off"}, "generate", "./...")
	out := runGo(t, copied, []string{"GOPROXY=off"}, "run", "./program")
	assert.Equal(t, "<nil>\n"+strings.Repeat("top 7\n", 5), out)
}
