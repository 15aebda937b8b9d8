package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
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
	strict               bool
	json                 bool
	junit                string
}

const usage = `Usage: turnkeys-contract [flags]

Checks whether a server of TURN keys behaves as openapi.yaml says. Without -base-url and -live, the server is a fake of
its own. Any other needs the account in CLOUDFLARE_ACCOUNT_ID and the token in CLOUDFLARE_API_TOKEN. The run creates up
to three keys, deletes them again and touches no others; with -thorough it does more.

  turnkeys-contract
  turnkeys-contract -base-url http://127.0.0.1:8787/client/v4
  turnkeys-contract -live

`

const exitStatuses = `
Exit status:
  0  the server conforms
  1  it does not, or a key of the run may be left behind
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
	case flags.NArg() > 0:
		return o, fmt.Errorf("want flags only, got %q; see -help", flags.Arg(0))
	case o.thorough && o.live:
		return o, errors.New("-thorough does not go with -live: use -disposable instead of -live, if the server holds nothing of value")
	case o.disposable && !o.thorough:
		return o, errors.New("-disposable is only for -thorough: without -thorough, use -live")
	case o.yes && !o.live:
		return o, errors.New("-yes is only for -live")
	}
	return o, nil
}

func (o *options) flagSet() *flag.FlagSet {
	flags := flag.NewFlagSet("turnkeys-contract", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is one line here, without the usage
	flags.StringVar(&o.baseURL, "base-url", "", "check the server at `URL`")
	flags.BoolVar(&o.live, "live", false, "allow a run beyond loopback; without -base-url, against CLOUDFLARE_BASE_URL, or Cloudflare if that is not set")
	flags.BoolVar(&o.yes, "yes", false, "with -live, do not ask before keys are created; the program asks only on a terminal")
	flags.BoolVar(&o.thorough, "thorough", false, "add probes that may change or delete any key, for a server that holds nothing of value; "+
		"a second account for them is in CLOUDFLARE_OTHER_ACCOUNT_ID and CLOUDFLARE_OTHER_API_TOKEN")
	flags.BoolVar(&o.disposable, "disposable", false, "the server holds nothing of value: allow -thorough beyond loopback, without asking")
	flags.BoolVar(&o.insecureHTTP, "insecure-http", false, "allow http, which shows the token to the network, beyond loopback")
	flags.Func("settle", fmt.Sprintf("wait up to `duration` for changes to become visible; 0 turns it off (default %s)", o.settle), o.setSettle)
	flags.BoolVar(&o.json, "json", false, "print one JSON object instead of text")
	flags.StringVar(&o.junit, "junit", "", "write a test case for each step and probe to `file`, as JUnit's XML")
	flags.BoolVar(&o.strict, "strict", false, "fail on known drift too")
	flags.Func("accept", "expect violations at `place`, such as createTurnKey.201:/result/key or *.4XX:/errors/*/code; may be repeated", func(place string) error {
		o.accept = append(o.accept, place)
		return checkPlaces(place)
	})
	flags.Func("accept-file", "expect violations at the places in `file`, one a line; # starts a comment", func(name string) error {
		places, err := readPlaces(name)
		o.accept = append(o.accept, places...)
		return err
	})
	return flags
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
