package main

import (
	"bufio"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

type options struct {
	conformance.Target

	live, yes, version bool
	json, verbose      bool
	junit              string
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

// parse returns the options, or flag.ErrHelp if it wrote the help or the version to stdout.
func parse(args []string, stdout io.Writer) (*options, error) {
	o := &options{Target: conformance.Target{Settle: conformance.DefaultSettle}}
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
		version := ""
		if info, ok := debug.ReadBuildInfo(); ok {
			version = info.Main.Version
		}
		_, _ = fmt.Fprintln(stdout, "turnkeys-contract", cmp.Or(version, "(unknown version)"))
		return o, flag.ErrHelp
	case flags.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q; see -help", flags.Arg(0))
	case o.Thorough && o.live:
		return o, errors.New("-thorough cannot be combined with -live; if the server holds nothing of value, use -disposable instead")
	case o.Disposable && !o.Thorough:
		return o, errors.New("-disposable requires -thorough; for other runs, use -live")
	case o.yes && !o.live:
		return o, errors.New("-yes requires -live")
	}
	o.BaseURL = cmp.Or(o.BaseURL, os.Getenv("CLOUDFLARE_BASE_URL"))
	return o, nil
}

func (o *options) flagSet() *flag.FlagSet {
	flags := flag.NewFlagSet("turnkeys-contract", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is one line here, without the usage
	flags.StringVar(&o.BaseURL, "base-url", "", "check the server at `URL` (default CLOUDFLARE_BASE_URL, if that is set)")
	flags.BoolVar(&o.live, "live", false, "allow addresses other than loopback; without an address, use Cloudflare")
	flags.BoolVar(&o.yes, "yes", false, "with -live, create keys without asking for confirmation (only asked on a terminal)")
	flags.BoolVar(&o.Thorough, "thorough", false, "add probes that may change or delete any key, for a server that holds nothing of value; "+
		"they use a second account if CLOUDFLARE_OTHER_ACCOUNT_ID and CLOUDFLARE_OTHER_API_TOKEN are set")
	flags.BoolVar(&o.Disposable, "disposable", false, "allow -thorough outside loopback, without confirmation; the server must hold nothing of value")
	flags.BoolVar(&o.InsecureHTTP, "insecure-http", false, "allow http outside loopback, although the network can then read the token")
	settle := fmt.Sprintf("wait up to `duration` for changes to become visible; 0 turns it off (default %s)", o.Settle)
	flags.Func("settle", settle, func(value string) (err error) {
		if o.Settle, err = time.ParseDuration(value); err != nil || o.Settle < 0 {
			return errors.New("want a duration such as 5s, or 0")
		}
		return nil
	})
	flags.BoolVar(&o.verbose, "v", false, "for each violation, list every request that caused it")
	flags.BoolVar(&o.json, "json", false, "print one JSON object instead of text")
	flags.StringVar(&o.junit, "junit", "", "write a JUnit XML report to `file`, with a test case for each step and probe")
	flags.BoolVar(&o.version, "version", false, "print the version and exit")
	flags.BoolVar(&o.Strict, "strict", false, "fail on known drift too")
	flags.Func("accept", "accept violations at `place`, such as createTurnKey.201:/result/key or *.4XX:/errors/*/code; may be repeated", o.accept)
	flags.Func("accept-file", "accept violations at the places in `file`, one per line; # starts a comment", func(name string) error {
		data, err := os.ReadFile(name) //nolint:gosec // the user names the file
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(data)) {
			place, _, _ := strings.Cut(line, "#")
			if place = strings.TrimSpace(place); place != "" && err == nil {
				err = o.accept(place)
			}
		}
		return err
	})
	return flags
}

func (o *options) accept(place string) error {
	o.Accept = append(o.Accept, place)
	return contract.OpenAPI().CheckPlaces([]string{place})
}

// startFake makes a built-in fake with two accounts the target.
func (o *options) startFake() *httptest.Server {
	o.AccountID, o.Token = fake.DefaultAccountID, fake.DefaultToken
	o.OtherAccountID, o.OtherToken = "b1946ac92492d2347c6235b4d2611184", "fake-token-of-the-other-account-01234567"
	server := httptest.NewServer(fake.New(fake.WithAccount(o.AccountID, o.Token), fake.WithAccount(o.OtherAccountID, o.OtherToken)))
	o.BaseURL = server.URL + fake.BasePath
	return server
}

// findServer completes the target from the environment. Credentials alone do not make a run live: that takes -live, or
// an address, which outside loopback needs -live or -disposable too.
func (o *options) findServer() error {
	o.BaseURL = cmp.Or(o.BaseURL, turnkeys.DefaultBaseURL)
	o.AccountID, o.Token = os.Getenv("CLOUDFLARE_ACCOUNT_ID"), os.Getenv("CLOUDFLARE_API_TOKEN")
	o.OtherAccountID, o.OtherToken = os.Getenv("CLOUDFLARE_OTHER_ACCOUNT_ID"), os.Getenv("CLOUDFLARE_OTHER_API_TOKEN")
	if o.AccountID == "" || o.Token == "" {
		return errors.New("set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN to the account id and token to use")
	}
	if err := o.Check(); err != nil {
		return err // it shows no value, while the messages below print the URL
	}
	if o.IsLoopback() || o.Thorough { // Check requires -disposable of a thorough run
		return nil
	}
	if !o.live {
		return fmt.Errorf("%s is not a loopback address: add -live to run against it", o.BaseURL)
	}
	if o.yes || !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil
	}
	fmt.Fprintf(os.Stderr, "This creates up to three TURN keys at %s and then deletes them. Continue? [y/N] ", o.BaseURL)
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return errors.New("cancelled, nothing was sent; answer y, or use -yes")
	}
	return nil
}
