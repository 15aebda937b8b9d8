//go:build unix

// Command peak runs a program and writes the most memory that it held, in bytes. A process's peak counts what its parent
// held when it started it (on Linux, and with the way Go starts processes), so the parent is this small program.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

func main() {
	command := exec.Command(os.Args[1], os.Args[2:]...)
	if output, err := command.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n%s", os.Args[1], err, output)
		os.Exit(1)
	}
	peak := int64(command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	if runtime.GOOS != "darwin" {
		peak <<= 10 // in KiB everywhere else
	}
	fmt.Println(peak)
}
