package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// target returns what the run is about, in words too, and what stops it. The environment counts only where a flag asks
// for another server than the fake: a shell that happens to hold credentials must not make a run a live one.
func (o options) target() (target contract.Target, description string, stop func(), err error) {
	if o.baseURL == "" && !o.live {
		server := httptest.NewServer(fake.New())
		target = contract.Target{BaseURL: server.URL + fake.BasePath, AccountID: fake.DefaultAccountID, Token: fake.DefaultToken}
		return target, "a fake of its own, " + target.BaseURL, server.Close, nil
	}

	target = contract.Target{
		BaseURL:   o.baseURL,
		AccountID: os.Getenv("CLOUDFLARE_ACCOUNT_ID"),
		Token:     os.Getenv("CLOUDFLARE_API_TOKEN"),
	}
	if target.BaseURL == "" {
		target.BaseURL = os.Getenv("CLOUDFLARE_BASE_URL")
	}
	if target.BaseURL == "" {
		target.BaseURL = turnkeys.DefaultBaseURL
	}
	if target.AccountID == "" || target.Token == "" {
		return target, "", nil, errors.New("set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN to the account and the token to run with")
	}
	// New checks all three, and its errors show none of them; only then may the URL be printed.
	if _, err := turnkeys.New(target.AccountID, target.Token, turnkeys.WithBaseURL(target.BaseURL)); err != nil {
		return target, "", nil, err
	}
	if !isLoopback(target.BaseURL) {
		if !o.live {
			return target, "", nil, fmt.Errorf("%s is not a loopback address: a run there needs -live", target.BaseURL)
		}
		if err := o.confirm(target.BaseURL); err != nil {
			return target, "", nil, err
		}
	}
	return target, target.BaseURL, func() {}, nil
}

func isLoopback(baseURL string) bool {
	u, err := url.Parse(baseURL)
	return err == nil && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
}

func (o options) confirm(baseURL string) error {
	if o.yes || !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil
	}
	fmt.Fprintf(os.Stderr, "This creates one TURN key at %s and deletes it again. Go on? [y/N] ", baseURL)
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return errors.New("nothing was sent; answer y, or give -yes")
	}
	return nil
}
