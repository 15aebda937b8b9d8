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

func parse(args []string, stdout io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("turnkeys-contract", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is one line here, without the usage
	flags.StringVar(&o.baseURL, "base-url", "", "run against the server at `URL`, with the account in CLOUDFLARE_ACCOUNT_ID and the token in CLOUDFLARE_API_TOKEN")
	flags.BoolVar(&o.live, "live", false, "run against Cloudflare, or CLOUDFLARE_BASE_URL if that is set; needed for any address that is not loopback")
	flags.BoolVar(&o.yes, "yes", false, "with -live, do not ask before keys are created")
	flags.BoolVar(&o.thorough, "thorough", false, "add probes to the run, on a server that holds nothing of value; a second account for them is in CLOUDFLARE_OTHER_ACCOUNT_ID and CLOUDFLARE_OTHER_API_TOKEN")
	flags.BoolVar(&o.disposable, "disposable", false, "nothing on the server is of value: allow -thorough at an address that is not loopback")
	flags.BoolVar(&o.insecureHTTP, "insecure-http", false, "allow http, which shows the token to the network, to an address that is not loopback")
	flags.DurationVar(&o.settle, "settle", conformance.DefaultSettle, "wait up to `duration` for what may only be late; 0 turns it off")
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
	case o.thorough && o.live:
		return o, errors.New("-thorough is for a server that holds nothing of value, and does not go with -live")
	case o.settle < 0:
		return o, fmt.Errorf("-settle: want 0 or more, got %s", o.settle)
	}
	return o, nil
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
