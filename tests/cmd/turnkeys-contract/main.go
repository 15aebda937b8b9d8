// Command turnkeys-contract finds out whether a server of TURN keys behaves as openapi.yaml says. Unless told otherwise
// the server is a fake of its own.
//
// The exit status is 0 if the server conforms and every documented response was seen, 1 if not, or if a key of the run
// may be left behind, and 2 if the run could not be made.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
)

// Exit statuses.
const (
	conforms  = 0
	violates  = 1
	cannotRun = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	fail := func(err error) int {
		_, _ = fmt.Fprintf(stderr, "turnkeys-contract: %v\n", err)
		return cannotRun
	}
	o, err := parse(args, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return conforms
	}
	if err != nil {
		return fail(err)
	}
	target, description, stop, err := o.target()
	if err != nil {
		return fail(err)
	}
	defer stop()

	if o.json {
		target.Observe = nil
	} else {
		out := newText(stdout)
		out.start(description)
		target.Observe = out.step
	}
	report, err := conformance.Run(ctx, target)
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	if o.json {
		writeJSON(stdout, report, err)
	} else {
		newText(stdout).finish(report, err)
	}
	if o.junit != "" {
		err = errors.Join(err, writeJUnit(o.junit, report, err))
	}
	switch {
	case err != nil && len(report.Left) > 0:
		fail(err)
		return violates
	case err != nil:
		return fail(err)
	case !report.OK():
		return violates
	}
	return conforms
}
