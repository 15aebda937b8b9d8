//go:build unix

package main

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary act as the program, since a signal needs a separate process.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

func TestServesUntilASignal(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		command := exec.CommandContext(t.Context(), os.Args[0], "-addr", "127.0.0.1:0")
		command.Env = []string{"BE_THE_PROGRAM=1"}
		stdout, err := command.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, command.Start())
		_, err = stdout.Read(make([]byte, 1)) // it serves
		require.NoError(t, err)
		require.NoError(t, command.Process.Signal(signal))
		assert.NoError(t, command.Wait(), signal)
	}
}
