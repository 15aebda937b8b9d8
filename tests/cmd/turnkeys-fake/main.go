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
	"strconv"
	"strings"
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
	fail := func(format string, args ...any) int {
		_, _ = fmt.Fprintf(stderr, "fake: "+format+"\n", args...)
		return 2
	}
	flags := flag.NewFlagSet("fake", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is one line here, without the usage
	address := flags.String("addr", "127.0.0.1:8787", "`address` to listen on; port 0 takes a free one")
	accountID := flags.String("account", fake.DefaultAccountID, "`id` of the account, 32 lower-case hexadecimal digits")
	token := flags.String("token", fake.DefaultToken, "API `token` that is good for the account")
	asReported := flags.Bool("as-reported", false, "answer as the live API is reported to, where that departs from openapi.yaml")
	faults := faultFlag{}
	flags.Var(faults, "fail", "make the next calls of an operation fail, such as `getTurnKey=429,500`; may be repeated")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return 0
	case err != nil:
		return fail("%v; see -help", err)
	case flags.NArg() > 0:
		return fail("want flags only, got %q; see -help", flags.Arg(0))
	case !accountIDPattern.MatchString(*accountID):
		return fail("-account: want 32 lower-case hexadecimal digits")
	case !tokenPattern.MatchString(*token):
		return fail("-token: want letters, digits and ._~+/=- only")
	}
	options := []fake.Option{fake.WithAccount(*accountID, *token)}
	if *asReported {
		options = append(options, fake.AsReported())
	}
	api := fake.New(options...)
	for operationID, statuses := range faults {
		api.FailNext(operationID, statuses...)
	}

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", *address)
	if err != nil {
		return fail("-addr: %v", err)
	}
	baseURL := "http://" + listener.Addr().String() + fake.BasePath
	_, _ = fmt.Fprintf(stdout, `Cloudflare's TURN key API, in memory, at %s
until interrupted. In another shell:

export CLOUDFLARE_BASE_URL=%s
export CLOUDFLARE_ACCOUNT_ID=%s
export CLOUDFLARE_API_TOKEN=%s
`, baseURL, baseURL, *accountID, *token)

	server := &http.Server{Handler: api, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fail("%v", err)
	}
	return 0
}

// faultFlag holds statuses by operationId.
type faultFlag map[string][]int

var faultPattern = regexp.MustCompile(`^(create|list|get|edit|delete)TurnKeys?=[45][0-9][0-9](,[45][0-9][0-9])*$`)

func (f faultFlag) String() string { return "" }

func (f faultFlag) Set(value string) error {
	if !faultPattern.MatchString(value) {
		return errors.New("want an operationId and statuses from 400 on, such as getTurnKey=429,500")
	}
	operationID, statuses, _ := strings.Cut(value, "=")
	for text := range strings.SplitSeq(statuses, ",") {
		status, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		f[operationID] = append(f[operationID], status)
	}
	return nil
}
