// Command turnkeys-contract checks whether a TURN key API server conforms to openapi.yaml. Without flags, it checks a
// built-in fake. See -help.
//
// The exit status is 0 if the server conforms and every documented response was seen, 1 if not, or if a key that the run
// created may be left behind, and 2 if the run could not start or finish, or its report could not be written.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // writing to a closed pipe fails, but must not end a run before it has deleted its keys
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	status := 0
	fail := func(err error) int {
		_, _ = fmt.Fprintf(stderr, "turnkeys-contract: %v\n", err)
		status = 2
		return status
	}
	o, err := parse(args, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return fail(err)
	}
	description := ""
	if o.BaseURL == "" && !o.live {
		defer o.startFake().Close()
		description = "a built-in fake at "
	} else if err := o.findServer(); err != nil {
		return fail(err)
	}
	var junit *os.File
	if o.junit != "" { // before the run, which creates keys
		if junit, err = os.Create(o.junit); err != nil {
			return fail(fmt.Errorf("-junit: %w", err))
		}
	}

	out := newText(stdout)
	out.verbose = o.verbose
	if !o.json {
		out.printf("Contract run against %s%s\n\n", description, o.BaseURL)
		o.Observe = out.step
	}
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT}
	if !signal.Ignored(syscall.SIGHUP) { // as it is under nohup
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	report, err := conformance.Run(ctx, o.Target)
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	if o.json {
		out.err = writeJSON(stdout, report, err)
	} else {
		out.finish(report, err)
	}
	if os.Getenv("GITHUB_ACTIONS") == "true" {
		annotate(stderr, report)
	}

	if !report.OK() {
		status = 1
	}
	if err != nil {
		fail(err)
	}
	if out.err != nil {
		fail(fmt.Errorf("the report could not be written: %w", out.err))
		newText(stderr).left(report)
	}
	if junit != nil {
		if err := errors.Join(report.WriteJUnit(junit, err), junit.Close()); err != nil {
			fail(fmt.Errorf("-junit: %w", err))
		}
	}
	if len(report.Left) > 0 {
		return 1
	}
	return status
}

// writeJSON prints nothing but the report, with the outcome of the run.
func writeJSON(w io.Writer, report conformance.Report, err error) error {
	object := struct {
		Conforms bool   `json:"conforms"`
		Error    string `json:"error,omitempty"`
		conformance.Report
	}{Conforms: err == nil && report.OK(), Report: report}
	if err != nil {
		object.Error = err.Error()
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(object)
}
