// Command turnkeys-contract checks whether a server of TURN keys behaves as openapi.yaml says. Without flags, the server
// is a fake of its own. See -help.
//
// The exit status is 0 if the server conforms and every documented response was seen, 1 if not, or if a key of the run
// may be left behind, and 2 if the run could not start or finish.
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
	if o.usesFake() && os.Getenv("CLOUDFLARE_BASE_URL") != "" {
		_, _ = fmt.Fprintln(stderr, "turnkeys-contract: CLOUDFLARE_BASE_URL is set, but not used: to check that server, give -base-url")
	}
	var junit *os.File
	if o.junit != "" { // before the run, which creates keys
		if junit, err = os.Create(o.junit); err != nil {
			return fail(fmt.Errorf("-junit: %w", err))
		}
	}

	if !o.json {
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
	if junit != nil {
		err = errors.Join(err, writeJUnit(junit, report, err))
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
