// Command turnkeys-fake serves Cloudflare's TURN key API from memory until it is interrupted: for tests in any language,
// without an account.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run serves until ctx is done, and returns the exit status, as the help describes it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	messages := log.New(stderr, "turnkeys-fake: ", 0)
	fail := func(err error) int {
		messages.Print(err)
		return 2
	}
	s, err := parse(args, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return fail(err)
	}
	var requests, violations atomic.Int64
	api, err := s.newAPI(func(v fake.Violation) {
		if v.Fails() {
			violations.Add(1)
			messages.Print(v)
		} else {
			messages.Print("accepted: ", v)
		}
	})
	if err != nil {
		return fail(err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.address)
	if err != nil {
		return fail(fmt.Errorf("-addr: %w; want an address of this machine and a free port, or port 0", err))
	}
	address := netip.MustParseAddrPort(listener.Addr().String())
	baseURL, variables := s.variables(address)
	if s.envFile != "" {
		err := os.WriteFile(s.envFile+".tmp", []byte(variables), 0o600) //nolint:gosec // the user names the file
		if err == nil {
			err = os.Rename(s.envFile+".tmp", s.envFile) // scripts wait for the file, so it must be complete when it appears
		}
		if err != nil {
			return fail(fmt.Errorf("-env-file: %w", err))
		}
		defer func() { _ = os.Remove(s.envFile) }() //nolint:gosec // the same file
	}
	_, _ = io.WriteString(stdout, greeting(address, baseURL, variables))

	var running sync.WaitGroup // the requests
	control := api.Control()
	handler := func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/fake/") {
			control.ServeHTTP(w, r)
			return
		}
		requests.Add(1)
		running.Add(1)
		defer running.Done()
		api.ServeHTTP(w, r)
	}
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(handler)}
	context.AfterFunc(ctx, func() {
		api.Close()
		_ = server.Close()
	})
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fail(err)
	}
	if !s.check {
		return 0
	}
	running.Wait()
	switch {
	case violations.Load() > 0:
		messages.Print("violations of openapi.yaml: ", violations.Load())
	case requests.Load() == 0:
		messages.Print("-check saw no requests")
	default:
		return 0
	}
	return 1
}

// variables returns the base URL, and the environment variables for clients, one NAME=value per line.
func (s settings) variables(address netip.AddrPort) (baseURL, lines string) {
	if address.Addr().IsUnspecified() {
		address = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), address.Port())
	}
	baseURL = "http://" + address.String() + fake.BasePath
	lines = fmt.Sprintf("CLOUDFLARE_BASE_URL=%s\nCLOUDFLARE_ACCOUNT_ID=%s\nCLOUDFLARE_API_TOKEN=%s\n", baseURL, s.accountIDs[0], s.tokens[0])
	if len(s.accountIDs) == 2 {
		lines += fmt.Sprintf("CLOUDFLARE_OTHER_ACCOUNT_ID=%s\nCLOUDFLARE_OTHER_API_TOKEN=%s\n", s.accountIDs[1], s.tokens[1])
	}
	return baseURL, lines
}

// greeting explains how clients reach the fake, which may listen on every address of the host.
func greeting(address netip.AddrPort, baseURL, variables string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "Serving Cloudflare's TURN key API from memory at %s\nuntil interrupted. In another shell, run:\n\n", baseURL)
	for variable := range strings.Lines(variables) {
		text.WriteString("export " + variable)
	}
	if address.Addr().IsUnspecified() {
		fmt.Fprintf(&text, "\nFrom other machines and containers: http://HOST:%d%s, where HOST is this machine's name or the Compose service's.\n",
			address.Port(), fake.BasePath)
	}
	if !address.Addr().IsLoopback() {
		text.WriteString("Go clients there need turnkeys.WithInsecureHTTP(), because the token is sent in plaintext.\n")
	}
	return text.String()
}
