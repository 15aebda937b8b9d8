package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

func TestColourIsForTerminalsOnly(t *testing.T) {
	assert.False(t, wantsColour(&bytes.Buffer{}))
	file, err := os.Create(t.TempDir() + "/out")
	require.NoError(t, err)
	assert.False(t, wantsColour(file))
	require.NoError(t, file.Close())
}

func TestColourChangesNothingButColour(t *testing.T) {
	report := contract.Report{
		Coverage: contract.Coverage{{OperationID: "getTurnKey", Response: "200", Seen: 1}, {OperationID: "getTurnKey", Response: "4XX"}},
		Unused:   contract.Acceptances{"getTurnKey.200:body"},
		Left:     []string{"3f8a2c6d1b9e40577ac5d2e8f0314b96"},
	}
	exchange := contract.Exchange{OperationID: "getTurnKey", Status: 200, Violations: []contract.Violation{
		{In: contract.Response, At: "/result/uid", Rule: "required"}, {In: contract.Request, At: "query:page", Accepted: true},
	}}
	var plain, coloured bytes.Buffer
	for _, out := range []*text{{w: &plain}, {w: &coloured, colour: true}} {
		out.exchange(exchange)
		out.finish(report, nil)
	}
	assert.Contains(t, plain.String(), "getTurnKey     200  request 1 accepted    response 1 violation        0.0 ms\n")
	assert.Contains(t, plain.String(), "getTurnKey     4XX  not seen\n")
	assert.Contains(t, plain.String(), "could not delete the run's key 3f8a2c6d1b9e40577ac5d2e8f0314b96: delete it by hand\n")
	assert.Contains(t, coloured.String(), "\x1b[31m")
	assert.Equal(t, plain.String(), strings.NewReplacer("\x1b[31m", "", "\x1b[32m", "", "\x1b[33m", "", "\x1b[0m", "").Replace(coloured.String()))
}
