//go:build linux

package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

// stalling serves a fake that does not respond to the first edit, when there are keys, before resume is called.
func stalling(t *testing.T) (api *fake.API, command *exec.Cmd, reached chan struct{}, resume func()) {
	t.Helper()
	var once sync.Once
	released := make(chan struct{})
	api, reached, resume = fake.New(), make(chan struct{}), sync.OnceFunc(func() { close(released) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			once.Do(func() { close(reached) })
			select {
			case <-released:
			case <-r.Context().Done():
			}
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(resume)
	command = program(t, []string{"CLOUDFLARE_ACCOUNT_ID=" + fake.DefaultAccountID, "CLOUDFLARE_API_TOKEN=" + fake.DefaultToken},
		[]string{"-base-url", server.URL + fake.BasePath})
	return api, command, reached, resume
}

func TestASignalEndsARunAfterItHasDeletedItsKeys(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			api, command, reached, _ := stalling(t)
			var stdout, stderr bytes.Buffer
			command.Stdout, command.Stderr = &stdout, &stderr
			require.NoError(t, command.Start())
			<-reached
			require.NoError(t, command.Process.Signal(signal))
			require.Error(t, command.Wait())
			assert.Equal(t, 2, command.ProcessState.ExitCode())
			assert.Equal(t, "turnkeys-contract: interrupted\n", stderr.String())
			assert.Regexp(t, `\neditTurnKey    ---  stopped .*\nclean up .*\n\ndeleted 2 keys that the run created\n$`, stdout.String())
			assert.Empty(t, api.Keys(fake.DefaultAccountID))
		})
	}
}

func TestAHangupDoesNotEndARunUnderNohup(t *testing.T) {
	t.Parallel()
	api, command, reached, resume := stalling(t)
	command.Path, command.Args = "/bin/sh", []string{"sh", "-c", `trap "" HUP; exec "$0" "$@"`, command.Path, command.Args[1], command.Args[2]}
	require.NoError(t, command.Start())
	<-reached
	require.NoError(t, command.Process.Signal(syscall.SIGHUP))
	resume()
	require.NoError(t, command.Wait())
	assert.Empty(t, api.Keys(fake.DefaultAccountID))
}

func TestAnOutputThatIsClosedOrFullDoesNotKeepARunFromDeletingItsKeys(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string][]string{"text": nil, "JSON": {"-json"}, "JUnit": {"-junit", "/dev/full"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := fake.Start(t)
			command := program(t, environment(server), append(flags, "-base-url", server.BaseURL))
			var stderr bytes.Buffer
			command.Stderr = &stderr
			reader, writer, err := os.Pipe()
			require.NoError(t, err)
			require.NoError(t, reader.Close())
			if name != "JUnit" {
				command.Stdout = writer
			}
			require.Error(t, command.Run())
			assert.Equal(t, 2, command.ProcessState.ExitCode())
			assert.Regexp(t, `^turnkeys-contract: .*write.*\n`, stderr.String())
			assert.Empty(t, server.Keys(server.AccountID))
		})
	}
}

func TestKeysLeftBehindAreNamedOnStandardErrorWhereTheReportCannotBeWritten(t *testing.T) {
	t.Parallel()
	api := fake.New()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			http.Error(w, "", http.StatusTeapot)
			return
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	command := program(t, []string{"CLOUDFLARE_ACCOUNT_ID=" + fake.DefaultAccountID, "CLOUDFLARE_API_TOKEN=" + fake.DefaultToken},
		[]string{"-base-url", server.URL + fake.BasePath, "-settle", "0"})
	var stderr bytes.Buffer
	command.Stderr = &stderr
	file, err := os.Open(filepath.Join(t.TempDir(), ".")) // cannot be written to
	require.NoError(t, err)
	command.Stdout = file
	require.Error(t, command.Run())
	assert.Equal(t, 1, command.ProcessState.ExitCode())
	for _, key := range api.Keys(fake.DefaultAccountID) {
		assert.Contains(t, stderr.String(), "calls/turn_keys/"+key.UID+"\n")
	}
}
