package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

func TestColourAndProgressAreForTerminalsOnly(t *testing.T) {
	assert.False(t, newText(&bytes.Buffer{}).terminal)
	file, err := os.Create(t.TempDir() + "/out")
	require.NoError(t, err)
	assert.False(t, newText(file).terminal)
	assert.False(t, newText(file).colour)
	require.NoError(t, file.Close())

	var out bytes.Buffer
	terminal := text{w: &out, terminal: true}
	terminal.step(conformance.Step{Name: "names", Probe: true, Requests: 12})
	assert.Equal(t, "\r\x1b[Knames  12 requests", out.String())
	out.Reset()
	(&text{w: &out}).step(conformance.Step{Name: "names", Probe: true, Requests: 12})
	assert.Empty(t, out.String())
}

func TestColourChangesNothingButColour(t *testing.T) {
	report := conformance.Report{
		Coverage: contract.Coverage{{OperationID: "getTurnKey", Response: "200", Seen: 1}, {OperationID: "getTurnKey", Response: "4XX"}},
		Violations: []conformance.Violation{
			{Violation: contract.Violation{OperationID: "getTurnKey", In: contract.Request, At: "query:page", Accepted: true}},
			{Violation: contract.Violation{OperationID: "getTurnKey", Status: 200, In: contract.Response, At: "/result/uid", Rule: "required"}, Times: 2},
		},
		Unused: []string{"getTurnKey.200:body"},
		Left:   []conformance.LeftKey{{UID: "3f8a2c6d1b9e40577ac5d2e8f0314b96", Command: "curl -X DELETE"}, {Name: "lost", Command: "curl"}},
	}
	step := conformance.Step{Name: "getTurnKey for the first key", OperationID: "getTurnKey", Status: 200, Violations: 1, Requests: 2, Done: true}
	var plain, coloured bytes.Buffer
	for _, out := range []*text{{w: &plain}, {w: &coloured, colour: true}} {
		out.step(step)
		out.finish(report, nil)
	}
	assert.Contains(t, plain.String(), "getTurnKey     200  1 violation        0.0 ms  for the first key (2 requests)\n")
	assert.Contains(t, plain.String(), "getTurnKey     4XX  not seen\n")
	assert.Contains(t, plain.String(), "\nleft behind\n3f8a2c6d1b9e40577ac5d2e8f0314b96; delete it with:\n    curl -X DELETE\n"+
		"a key named \"lost\" may have been created, or may still appear; list the keys, and delete it if it is there:\n    curl\n")
	assert.Contains(t, coloured.String(), "\x1b[31m")
	assert.Equal(t, plain.String(), strings.NewReplacer("\x1b[31m", "", "\x1b[32m", "", "\x1b[33m", "", "\x1b[0m", "").Replace(coloured.String()))
}

func TestAKeyThatCannotBeDeletedIsLeftBehindWithTheCommandToDeleteIt(t *testing.T) {
	api := fake.New()
	target := conformance.Target{
		BaseURL: "http://localhost" + fake.BasePath, AccountID: fake.DefaultAccountID, Token: fake.DefaultToken,
		Transport: testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
			recorder := httptest.NewRecorder()
			if r.Method == http.MethodDelete && r.Header.Get("Authorization") == "Bearer "+fake.DefaultToken {
				recorder.WriteHeader(http.StatusTeapot)
			} else {
				api.ServeHTTP(recorder, r)
			}
			return recorder.Result(), nil
		}),
	}
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		report, err := conformance.Run(t.Context(), target)
		require.NoError(t, err)
		assert.False(t, report.OK())
		newText(&out).finish(report, err)
	})
	assert.NotContains(t, out.String(), "that the run created")
	left := api.Keys(fake.DefaultAccountID)
	assert.NotEmpty(t, left)
	for _, key := range left {
		assert.Contains(t, out.String(), key.UID+"; delete it with:\n    curl -X DELETE -H \"Authorization: Bearer $CLOUDFLARE_API_TOKEN\" "+
			target.BaseURL+"/accounts/"+fake.DefaultAccountID+"/calls/turn_keys/"+key.UID+"\n")
	}
}
