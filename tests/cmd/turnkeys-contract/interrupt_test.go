//go:build linux

package main

import (
	"bytes"
	"cmp"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

// TestMain lets the test binary act as the program, for what only a separate process can show.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

func TestWhateverEndsARunItsKeysAreDeleted(t *testing.T) {
	const interrupted = "turnkeys-contract: interrupted\n"
	for name, tc := range map[string]struct {
		through string        // a program that runs it, env if empty
		signal  os.Signal     // once there are two keys, after five requests
		edit    time.Duration // how long the next edit takes
		closed  bool          // nobody reads the output
		flags   []string
		status  int
		stderr  string
	}{
		"SIGINT":              {signal: os.Interrupt, edit: time.Hour, status: 2, stderr: interrupted},
		"SIGTERM":             {signal: syscall.SIGTERM, edit: time.Hour, status: 2, stderr: interrupted},
		"SIGQUIT":             {signal: syscall.SIGQUIT, edit: time.Hour, status: 2, stderr: interrupted},
		"SIGHUP":              {signal: syscall.SIGHUP, edit: time.Hour, status: 2, stderr: interrupted},
		"SIGHUP under nohup":  {through: "nohup", signal: syscall.SIGHUP, edit: time.Second / 5},
		"a closed output":     {closed: true, status: 2, stderr: "turnkeys-contract: the report could not be written: write .*\n"},
		"a full JUnit report": {flags: []string{"-junit", "/dev/full"}, status: 2, stderr: "turnkeys-contract: -junit: write .*\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := fake.Start(t)
			args := append([]string{os.Args[0], "-base-url", server.BaseURL}, tc.flags...)
			command := exec.CommandContext(t.Context(), cmp.Or(tc.through, "env"), args...)
			command.Env = append([]string{"BE_THE_PROGRAM=1"}, credentials...)
			var stdout, stderr bytes.Buffer
			command.Stdout, command.Stderr = &stdout, &stderr
			if tc.closed {
				reader, writer, err := os.Pipe()
				require.NoError(t, err)
				require.NoError(t, reader.Close())
				command.Stdout = writer
			}
			if tc.signal != nil {
				server.Delay("editTurnKey", tc.edit, 1)
			}
			require.NoError(t, command.Start())
			if tc.signal != nil {
				require.Eventually(t, func() bool { return len(server.Requests()) > 4 }, 10*time.Second, time.Millisecond)
				require.NoError(t, command.Process.Signal(tc.signal))
			}
			_ = command.Wait()
			assert.Equal(t, tc.status, command.ProcessState.ExitCode())
			assert.Regexp(t, "^"+tc.stderr+"$", stderr.String())
			assert.Empty(t, server.Keys(server.AccountID))
			assert.NotContains(t, stdout.String(), "\x1b", "a pipe is no terminal")
			assert.Regexp(t, `^$|\n\ndeleted [23] keys that the run created\n$`, stdout.String())
			assert.Equal(t, tc.closed, stdout.Len() == 0)
		})
	}
}
