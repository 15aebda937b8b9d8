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
	"net/http/httptest"
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// Exit statuses.
const (
	conforms = iota
	violates
	cannotRun
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("contract", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is one line here, without the usage
	baseURL := flags.String("base-url", "", "run against the server at `URL`, with the account in CLOUDFLARE_ACCOUNT_ID and the token in CLOUDFLARE_API_TOKEN")
	live := flags.Bool("live", false, "run against Cloudflare, or CLOUDFLARE_BASE_URL if that is set, with the same account and token")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return conforms
	case err != nil:
		return fail(stderr, "%v; see -help", err)
	case flags.NArg() > 0:
		return fail(stderr, "want flags only, got %q; see -help", flags.Arg(0))
	}

	var target contract.Target
	if *baseURL == "" && !*live {
		server := httptest.NewServer(fake.New())
		defer server.Close()
		target = contract.Target{BaseURL: server.URL + fake.BasePath, AccountID: fake.DefaultAccountID, Token: fake.DefaultToken}
		_, _ = fmt.Fprintf(stdout, "Contract run against a fake of its own, %s\n\n", target.BaseURL)
	} else {
		target, err = targetFromEnv(*baseURL)
		if err != nil {
			return fail(stderr, "%v", err)
		}
		_, _ = fmt.Fprintf(stdout, "Contract run against %s\n\n", target.BaseURL)
	}

	target.Observe = func(e contract.Exchange) { printExchange(stdout, e) }
	report, err := contract.Run(ctx, target)
	printReport(stdout, report)
	switch {
	case err != nil:
		return fail(stderr, "the run could not be finished: %v", err)
	case !report.OK():
		return violates
	}
	return conforms
}

func targetFromEnv(baseURL string) (contract.Target, error) {
	if baseURL == "" {
		baseURL = os.Getenv("CLOUDFLARE_BASE_URL")
	}
	if baseURL == "" {
		baseURL = turnkeys.DefaultBaseURL
	}
	accountID, token := os.Getenv("CLOUDFLARE_ACCOUNT_ID"), os.Getenv("CLOUDFLARE_API_TOKEN")
	if accountID == "" || token == "" {
		return contract.Target{}, errors.New("set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN to the account and the token to run with")
	}
	return contract.Target{BaseURL: baseURL, AccountID: accountID, Token: token}, nil
}

func fail(stderr io.Writer, format string, args ...any) int {
	_, _ = fmt.Fprintf(stderr, "contract: "+format+"\n", args...)
	return cannotRun
}
