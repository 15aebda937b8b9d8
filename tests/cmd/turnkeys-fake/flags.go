package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// settings are the values of the flags.
type settings struct {
	address    string
	accountIDs []string // one or two
	tokens     []string // one for each account
	asReported bool
	check      bool
	accepted   []string
	envFile    string
	retryAfter int
	faults     []fault
}

// fault is a flag that injects faults, such as -fail.
type fault struct{ kind, text string }

const introduction = `turnkeys-fake serves Cloudflare's TURN key API from memory until it is interrupted. For example:

  turnkeys-fake -check -fail getTurnKey=429,500

Exit status: 0 when interrupted, 1 if interrupted after -check found a violation or saw no request, 2 on any error.

`

// parse returns the settings, or flag.ErrHelp if it wrote the help to stdout.
func parse(args []string, stdout io.Writer) (s settings, err error) {
	flags := flag.NewFlagSet("turnkeys-fake", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is one line here, without the usage
	flags.StringVar(&s.address, "addr", "127.0.0.1:8787", "`address` to listen on; port 0 picks a free port")
	flags.Func("account", "`id` of the account, 32 lower-case hexadecimal digits; for two accounts, give -account and -token twice "+
		"(default "+fake.DefaultAccountID+")", appendTo(&s.accountIDs))
	flags.Func("token", "API `token` of the account (default "+fake.DefaultToken+")", appendTo(&s.tokens))
	flags.BoolVar(&s.asReported, "as-reported", false, "imitate the reported deviations of the live API from openapi.yaml")
	flags.BoolVar(&s.check, "check", false, "check the requests, but not the responses, against openapi.yaml: "+
		"print each violation, and exit with 1 if there was one, or no request")
	flags.Func("accept", "print violations at `place`, such as createTurnKey.request:/name, but do not fail because of them; may be repeated",
		appendTo(&s.accepted))
	flags.StringVar(&s.envFile, "env-file", "", "write the environment variables for clients to `file` once the fake listens, "+
		"and delete it on exit")
	for kind, usage := range map[string]string{
		"fail":  "fail the next calls of an operation, as in `getTurnKey=429,500`; may be repeated",
		"lose":  "process the next calls but drop the responses, as in `createTurnKey=1`; may be repeated",
		"delay": "delay the next calls, as in `listTurnKeys=2s,500ms`; may be repeated",
		"late":  "delay the next calls, but process them even if the client disconnects, as in `createTurnKey=3s`; may be repeated",
	} {
		flags.Func(kind, usage, func(text string) error {
			s.faults = append(s.faults, fault{kind, text})
			return nil
		})
	}
	flags.IntVar(&s.retryAfter, "retry-after", 1, "Retry-After, in `seconds`, of each 429 from -fail")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		_, _ = io.WriteString(stdout, introduction)
		flags.PrintDefaults()
		return s, err
	case err != nil:
		return s, fmt.Errorf("%w; see -help", err)
	case flags.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q; see -help", flags.Arg(0))
	}
	if len(s.accountIDs) == 0 {
		s.accountIDs = []string{fake.DefaultAccountID}
	}
	if len(s.tokens) == 0 && len(s.accountIDs) == 1 {
		s.tokens = []string{fake.DefaultToken}
	}
	return s, s.validate()
}

func appendTo(list *[]string) func(string) error {
	return func(value string) error {
		*list = append(*list, value)
		return nil
	}
}

// validate shows no value of -token: an invalid one may contain a real token.
func (s settings) validate() error {
	_, _, addressErr := net.SplitHostPort(s.address)
	isNoID := func(id string) bool { return !credentials.ID.MatchString(id) }
	isNoToken := func(token string) bool { return !credentials.Token.MatchString(token) }
	switch {
	case addressErr != nil:
		return fmt.Errorf("-addr: want a host and a port, such as 127.0.0.1:8787, got %q", s.address)
	case slices.ContainsFunc(s.accountIDs, isNoID):
		return errors.New("-account: want 32 lower-case hexadecimal digits")
	case slices.ContainsFunc(s.tokens, isNoToken):
		return errors.New("-token: want letters, digits and ._~+/=- only")
	case len(s.accountIDs) > 2, len(slices.Compact(slices.Clone(s.accountIDs))) < len(s.accountIDs):
		return errors.New("-account: want one or two different ids")
	case len(s.tokens) != len(s.accountIDs):
		return fmt.Errorf("-token: want one for each account, got %d for %d", len(s.tokens), len(s.accountIDs))
	case len(s.accepted) > 0 && !s.check:
		return errors.New("-accept requires -check")
	case s.retryAfter < 0:
		return fmt.Errorf("-retry-after: want 0 or more seconds, got %d", s.retryAfter)
	}
	if err := contract.OpenAPI().CheckPlaces(s.accepted); err != nil {
		return fmt.Errorf("-accept: %w", err)
	}
	return nil
}

func (s settings) newAPI(report func(fake.Violation)) (*fake.API, error) {
	options := []fake.Option{fake.WithRetryAfter(s.retryAfter)}
	if s.check {
		options = append(options, fake.OnViolation(report), fake.WithAccepted(s.accepted...))
	}
	for i, id := range s.accountIDs {
		options = append(options, fake.WithAccount(id, s.tokens[i]))
	}
	if s.asReported {
		options = append(options, fake.AsReported())
	}
	api := fake.New(options...)
	for _, f := range s.faults {
		if err := api.Inject(f.kind, f.text); err != nil {
			return nil, fmt.Errorf("-%s %s: %w; see -help", f.kind, f.text, err)
		}
	}
	return api, nil
}
