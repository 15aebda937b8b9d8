// Command fake serves Cloudflare's TURN key API from memory until it is interrupted: for tests in any language,
// without an account.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

var (
	accountIDPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)
	tokenPattern     = regexp.MustCompile(`^[0-9A-Za-z._~+/=-]+$`)
)

// run returns the exit status: 0 when interrupted, 2 when it cannot serve.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("fake", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is one line here, without the usage
	address := flags.String("addr", "127.0.0.1:8787", "`address` to listen on; port 0 takes a free one")
	accountID := flags.String("account", fake.DefaultAccountID, "`id` of the account, 32 lower-case hexadecimal digits")
	token := flags.String("token", fake.DefaultToken, "API `token` that is good for the account")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return 0
	case err != nil:
		return fail(stderr, "%v; see -help", err)
	case flags.NArg() > 0:
		return fail(stderr, "want flags only, got %q; see -help", flags.Arg(0))
	case !accountIDPattern.MatchString(*accountID):
		return fail(stderr, "-account: want 32 lower-case hexadecimal digits")
	case !tokenPattern.MatchString(*token):
		return fail(stderr, "-token: want letters, digits and ._~+/=- only")
	}

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", *address)
	if err != nil {
		return fail(stderr, "-addr: %v", err)
	}
	baseURL := "http://" + listener.Addr().String() + fake.BasePath
	_, _ = fmt.Fprintf(stdout, `Cloudflare's TURN key API, in memory, at %s
until interrupted. In another shell:

export CLOUDFLARE_BASE_URL=%s
export CLOUDFLARE_ACCOUNT_ID=%s
export CLOUDFLARE_API_TOKEN=%s
`, baseURL, baseURL, *accountID, *token)

	server := &http.Server{Handler: fake.New(fake.WithAccount(*accountID, *token)), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fail(stderr, "%v", err)
	}
	return 0
}

func fail(stderr io.Writer, format string, args ...any) int {
	_, _ = fmt.Fprintf(stderr, "fake: "+format+"\n", args...)
	return 2
}
