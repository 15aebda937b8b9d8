//go:build unix

package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

func TestAnInterruptedRunDeletesItsKey(t *testing.T) {
	t.Parallel()
	var once sync.Once
	api, reached, released := fake.New(), make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut { // by now there are keys
			once.Do(func() { close(reached) })
			select {
			case <-released:
			case <-r.Context().Done():
			}
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(released) })

	command := program(t, []string{"CLOUDFLARE_ACCOUNT_ID=" + fake.DefaultAccountID, "CLOUDFLARE_API_TOKEN=" + fake.DefaultToken},
		[]string{"-base-url", server.URL + fake.BasePath})
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	require.NoError(t, command.Start())
	<-reached
	require.NoError(t, command.Process.Signal(os.Interrupt))
	require.Error(t, command.Wait())
	assert.Equal(t, 2, command.ProcessState.ExitCode())
	assert.Equal(t, "turnkeys-contract: interrupted\n", stderr.String())
	assert.Regexp(t, `\neditTurnKey    ---  stopped .*\nclean up .*\n\ndeleted the run's 2 keys\n$`, stdout.String())
	assert.Empty(t, api.Keys(fake.DefaultAccountID))
}
