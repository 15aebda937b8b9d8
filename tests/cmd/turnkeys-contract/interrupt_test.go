//go:build linux

package main

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

// TestMain lets the test's binary be the program, for what only a process of its own can show.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

func TestWhateverEndsARunItsKeysAreDeleted(t *testing.T) {
	const interrupted = "turnkeys-contract: interrupted\n"
	for name, tc := range map[string]struct {
		signal os.Signal // while the server waits with the first edit, when there are keys
		nohup  bool
		closed bool // nobody reads the output
		args   []string
		status int
		stderr string
	}{
		"SIGINT":              {signal: os.Interrupt, status: 2, stderr: interrupted},
		"SIGTERM":             {signal: syscall.SIGTERM, status: 2, stderr: interrupted},
		"SIGQUIT":             {signal: syscall.SIGQUIT, status: 2, stderr: interrupted},
		"SIGHUP":              {signal: syscall.SIGHUP, status: 2, stderr: interrupted},
		"SIGHUP under nohup":  {signal: syscall.SIGHUP, nohup: true},
		"a closed output":     {closed: true, status: 2, stderr: "turnkeys-contract: the report could not be written: write .*\n"},
		"a full JUnit report": {args: []string{"-junit", "/dev/full"}, status: 2, stderr: "turnkeys-contract: -junit: write .*\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, reached, resumed := fake.New(), make(chan struct{}), make(chan struct{})
			reach, resume := sync.OnceFunc(func() { close(reached) }), sync.OnceFunc(func() { close(resumed) })
			defer resume()
			baseURL := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPut && tc.signal != nil {
					reach()
					<-resumed
				}
				api.ServeHTTP(w, r)
			})
			args := append([]string{os.Args[0], "-base-url", baseURL}, tc.args...)
			if tc.nohup {
				args = append([]string{"nohup"}, args...)
			}
			command := exec.CommandContext(t.Context(), args[0], args[1:]...)
			command.Env = append([]string{"BE_THE_PROGRAM=1"}, credentials...)
			var stdout, stderr bytes.Buffer
			command.Stdout, command.Stderr = &stdout, &stderr
			if tc.closed {
				reader, writer, err := os.Pipe()
				require.NoError(t, err)
				require.NoError(t, reader.Close())
				command.Stdout = writer
			}
			require.NoError(t, command.Start())
			if tc.signal != nil {
				<-reached
				require.NoError(t, command.Process.Signal(tc.signal))
			}
			if tc.nohup {
				resume()
			}
			_ = command.Wait()
			assert.Equal(t, tc.status, command.ProcessState.ExitCode())
			assert.Regexp(t, "^"+tc.stderr+"$", stderr.String())
			assert.Empty(t, api.Keys(fake.DefaultAccountID))
			if tc.stderr == interrupted {
				assert.Regexp(t, `\neditTurnKey    ---  stopped .*\nclean up .*\n\ndeleted 2 keys that the run created\n$`, stdout.String())
			}
		})
	}
}
