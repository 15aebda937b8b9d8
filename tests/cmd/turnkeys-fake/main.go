// Command turnkeys-fake serves Cloudflare's TURN key API from memory until it is interrupted: for tests in any language,
// without an account.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
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

// run returns the exit status, as the usage describes it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	fail := func(err error) int {
		_, _ = fmt.Fprintf(stderr, "turnkeys-fake: %v\n", err)
		return 2
	}
	s, usage, err := parse(args)
	if err != nil {
		return fail(err)
	}
	if usage != "" {
		_, _ = io.WriteString(stdout, usage)
		return 0
	}
	checked := &reporter{out: stderr}
	api, err := s.newAPI(checked.report)
	if err != nil {
		return fail(err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.address)
	if err != nil {
		return fail(fmt.Errorf("-addr: %w; want an address of this machine and a free port, or port 0", err))
	}
	printAddress(stdout, listener.Addr().String(), s)

	control, operations := api.Control(), checked.count(api)
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/fake/") {
			control.ServeHTTP(w, r)
		} else {
			operations.ServeHTTP(w, r)
		}
	})
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fail(err)
	}
	if s.check {
		return checked.exitStatus()
	}
	return 0
}

// printAddress prints how clients reach an address. It is written "[::]:8787" if it is every address of the host.
func printAddress(out io.Writer, address string, s settings) {
	listening := netip.MustParseAddrPort(address)
	host := listening.Addr().String()
	if listening.Addr().IsUnspecified() {
		host = "127.0.0.1"
	}
	baseURL := fmt.Sprintf("http://%s%s", net.JoinHostPort(host, strconv.Itoa(int(listening.Port()))), fake.BasePath)
	_, _ = fmt.Fprintf(out, `Serving Cloudflare's TURN key API from memory at %s
until interrupted. In another shell, run:

export CLOUDFLARE_BASE_URL=%s
export CLOUDFLARE_ACCOUNT_ID=%s
export CLOUDFLARE_API_TOKEN=%s
`, baseURL, baseURL, s.accountIDs[0], s.tokens[0])
	if len(s.accountIDs) == 2 {
		_, _ = fmt.Fprintf(out, "export CLOUDFLARE_OTHER_ACCOUNT_ID=%s\nexport CLOUDFLARE_OTHER_API_TOKEN=%s\n", s.accountIDs[1], s.tokens[1])
	}
	if listening.Addr().IsUnspecified() {
		_, _ = fmt.Fprintf(out, "\nFrom other machines and containers: http://HOST:%d%s, where HOST is this machine's name or the Compose service's.\n",
			listening.Port(), fake.BasePath)
	}
	if !listening.Addr().IsLoopback() {
		_, _ = fmt.Fprint(out, "Go clients there need turnkeys.WithInsecureHTTP(), because the token is sent in plaintext.\n")
	}
}
