package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

type options struct {
	baseURL              string
	live, yes            bool
	thorough, disposable bool
	insecureHTTP         bool
	settle               time.Duration
	accept               []string
	strict, version      bool
	json, verbose        bool
	junit                string
}

const usage = `Usage: turnkeys-contract [flags]

Checks whether a TURN key API server conforms to openapi.yaml. Without -base-url, CLOUDFLARE_BASE_URL or -live, it checks
a built-in fake. For any other server, set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN. A run creates up to three keys,
deletes them, and changes no others; -thorough does more.

  turnkeys-contract
  turnkeys-contract -base-url http://127.0.0.1:8787/client/v4
  turnkeys-contract -live

`

const exitStatuses = `
Exit status:
  0  the server conforms
  1  the server does not conform, or a key that the run created may be left behind
  2  the run could not start or finish, or its report could not be written
`

func parse(args []string, stdout io.Writer) (options, error) {
	o := options{settle: conformance.DefaultSettle}
	flags := o.flagSet()
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		_, _ = io.WriteString(stdout, usage)
		flags.PrintDefaults()
		_, _ = io.WriteString(stdout, exitStatuses)
		return o, err
	case err != nil:
		return o, fmt.Errorf("%w; see -help", err)
	case o.version:
		_, _ = fmt.Fprintln(stdout, "turnkeys-contract", version())
		return o, flag.ErrHelp
	case flags.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q; see -help", flags.Arg(0))
	case o.thorough && o.live:
		return o, errors.New("-thorough cannot be combined with -live; if the server holds nothing of value, use -disposable instead")
	case o.disposable && !o.thorough:
		return o, errors.New("-disposable requires -thorough; for other runs, use -live")
	case o.yes && !o.live:
		return o, errors.New("-yes requires -live")
	}
	return o, nil
}

func (o *options) flagSet() *flag.FlagSet {
	flags := flag.NewFlagSet("turnkeys-contract", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is one line here, without the usage
	flags.StringVar(&o.baseURL, "base-url", "", "check the server at `URL` (default CLOUDFLARE_BASE_URL, if that is set)")
	flags.BoolVar(&o.live, "live", false, "allow addresses other than loopback; without an address, use Cloudflare")
	flags.BoolVar(&o.yes, "yes", false, "with -live, create keys without asking for confirmation (only asked on a terminal)")
	flags.BoolVar(&o.thorough, "thorough", false, "add probes that may change or delete any key, for a server that holds nothing of value; "+
		"they use a second account if CLOUDFLARE_OTHER_ACCOUNT_ID and CLOUDFLARE_OTHER_API_TOKEN are set")
	flags.BoolVar(&o.disposable, "disposable", false, "allow -thorough outside loopback, without confirmation; the server must hold nothing of value")
	flags.BoolVar(&o.insecureHTTP, "insecure-http", false, "allow http outside loopback, although the network can then read the token")
	flags.Func("settle", fmt.Sprintf("wait up to `duration` for changes to become visible; 0 turns it off (default %s)", o.settle), o.setSettle)
	flags.BoolVar(&o.verbose, "v", false, "for each violation, list every request that caused it")
	flags.BoolVar(&o.json, "json", false, "print one JSON object instead of text")
	flags.StringVar(&o.junit, "junit", "", "write a JUnit XML report to `file`, with a test case for each step and probe")
	flags.BoolVar(&o.version, "version", false, "print the version and exit")
	flags.BoolVar(&o.strict, "strict", false, "fail on known drift too")
	flags.Func("accept", "accept violations at `place`, such as createTurnKey.201:/result/key or *.4XX:/errors/*/code; may be repeated", func(place string) error {
		o.accept = append(o.accept, place)
		return checkPlaces(place)
	})
	flags.Func("accept-file", "accept violations at the places in `file`, one per line; # starts a comment", func(name string) error {
		places, err := readPlaces(name)
		o.accept = append(o.accept, places...)
		return err
	})
	return flags
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown version)"
	}
	return info.Main.Version
}

func (o *options) setSettle(value string) (err error) {
	o.settle, err = time.ParseDuration(value)
	if err != nil || o.settle < 0 {
		return errors.New("want a duration such as 5s, or 0")
	}
	return nil
}

func checkPlaces(places ...string) error {
	_, err := contract.New(nil, contract.WithAccepted(places...))
	return err
}

func readPlaces(name string) ([]string, error) {
	data, err := os.ReadFile(name) //nolint:gosec // the user names the file
	if err != nil {
		return nil, err
	}
	var places []string
	for line := range strings.Lines(string(data)) {
		place, _, _ := strings.Cut(line, "#")
		if place = strings.TrimSpace(place); place != "" {
			places = append(places, place)
		}
	}
	return places, checkPlaces(places...)
}
