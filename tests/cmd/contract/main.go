// Command contract runs the five operations against a server, and holds every request and every response against
// openapi.yaml. Unless told otherwise the server is a fake of its own.
//
// The exit status is 0 if the server conforms and every documented response was seen, 1 if not, and 2 if the run could
// not be made.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
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

type options struct {
	baseURL         string
	live, yes, json bool
	accept          contract.Acceptances
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	fail := func(err error) int {
		_, _ = fmt.Fprintf(stderr, "contract: %v\n", err)
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

	var out output = &text{w: stdout, colour: wantsColour(stdout)}
	if o.json {
		out = &jsonObject{w: stdout}
	}
	out.start(description)
	target.Accept, target.Observe = o.accept, out.exchange
	report, err := contract.Run(ctx, target)
	out.finish(report, err)
	switch {
	case errors.Is(err, context.Canceled):
		return fail(errors.New("interrupted"))
	case err != nil:
		return fail(fmt.Errorf("the run could not be finished: %w", err))
	case !report.OK():
		return violates
	}
	return conforms
}

func parse(args []string, stdout io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("contract", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is one line here, without the usage
	flags.StringVar(&o.baseURL, "base-url", "", "run against the server at `URL`, with the account in CLOUDFLARE_ACCOUNT_ID and the token in CLOUDFLARE_API_TOKEN")
	flags.BoolVar(&o.live, "live", false, "run against Cloudflare, or CLOUDFLARE_BASE_URL if that is set; needed for any address that is not loopback")
	flags.BoolVar(&o.yes, "yes", false, "with -live, do not ask before a key is created")
	flags.BoolVar(&o.json, "json", false, "print one JSON object instead of text")
	flags.Func("accept", "expect a violation at `place`, such as createTurnKey.201:/result/key; may be repeated", func(place string) error {
		o.accept = append(o.accept, place)
		return contract.Acceptances{place}.Check()
	})
	flags.Func("accept-file", "expect violations at the places in `file`, one a line; # starts a comment", func(name string) error {
		places, err := readPlaces(name)
		o.accept = append(o.accept, places...)
		return err
	})
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return o, err
	case err != nil:
		return o, fmt.Errorf("%w; see -help", err)
	case flags.NArg() > 0:
		return o, fmt.Errorf("want flags only, got %q; see -help", flags.Arg(0))
	}
	return o, nil
}

func readPlaces(name string) (contract.Acceptances, error) {
	data, err := os.ReadFile(name) //nolint:gosec // the user names the file
	if err != nil {
		return nil, err
	}
	var places contract.Acceptances
	for line := range strings.Lines(string(data)) {
		place, _, _ := strings.Cut(line, "#")
		if place = strings.TrimSpace(place); place != "" {
			places = append(places, place)
		}
	}
	return places, places.Check()
}
