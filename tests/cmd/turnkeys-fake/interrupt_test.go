//go:build unix

package main

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestServesUntilItIsInterrupted(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		command, _ := start(t)
		require.NoError(t, command.Process.Signal(signal))
		require.NoError(t, command.Wait(), "the exit status is 0")
	}
}
