package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// The second account of the embedded fake.
const (
	otherAccountID = "b1946ac92492d2347c6235b4d2611184"
	otherToken     = "fake-token-of-the-other-account-01234567" //nolint:gosec // opens nothing but the embedded fake
)

// target returns the target of the run, its description, and a function that stops it. A shell that happens to have
// credentials does not make a run a live one: that takes an address, and -live unless it is loopback.
func (o options) target() (target conformance.Target, description string, stop func(), err error) {
	target = conformance.Target{
		Thorough: o.thorough, Disposable: o.disposable, InsecureHTTP: o.insecureHTTP,
		Settle: o.settle, Accept: o.accept, Strict: o.strict,
	}
	target.BaseURL = o.baseURL
	if target.BaseURL == "" {
		target.BaseURL = os.Getenv("CLOUDFLARE_BASE_URL")
	}
	if target.BaseURL == "" && !o.live {
		server := httptest.NewServer(fake.New(
			fake.WithAccount(fake.DefaultAccountID, fake.DefaultToken), fake.WithAccount(otherAccountID, otherToken)))
		target.BaseURL, target.AccountID, target.Token = server.URL+fake.BasePath, fake.DefaultAccountID, fake.DefaultToken
		target.OtherAccountID, target.OtherToken = otherAccountID, otherToken
		return target, "a built-in fake at " + target.BaseURL, server.Close, nil
	}

	target.AccountID, target.Token = os.Getenv("CLOUDFLARE_ACCOUNT_ID"), os.Getenv("CLOUDFLARE_API_TOKEN")
	target.OtherAccountID, target.OtherToken = os.Getenv("CLOUDFLARE_OTHER_ACCOUNT_ID"), os.Getenv("CLOUDFLARE_OTHER_API_TOKEN")
	if target.BaseURL == "" {
		target.BaseURL = turnkeys.DefaultBaseURL
	}
	if target.AccountID == "" || target.Token == "" {
		return target, "", nil, errors.New("set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN to the account id and token to use")
	}
	// Check's errors show no value; only after it may the URL be printed.
	if err := target.Check(); err != nil {
		return target, "", nil, err
	}
	if !target.IsLoopback() && !o.thorough { // Check has seen to it that a thorough run has -disposable
		if !o.live {
			return target, "", nil, fmt.Errorf("%s is not a loopback address: add -live to run against it", target.BaseURL)
		}
		if err := o.confirm(target.BaseURL); err != nil {
			return target, "", nil, err
		}
	}
	return target, target.BaseURL, func() {}, nil
}

func (o options) confirm(baseURL string) error {
	if o.yes || !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil
	}
	fmt.Fprintf(os.Stderr, "This creates up to three TURN keys at %s and then deletes them. Continue? [y/N] ", baseURL)
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return errors.New("cancelled, nothing was sent; answer y, or use -yes")
	}
	return nil
}
