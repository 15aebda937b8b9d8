package contract_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// A checker between a client and whatever it talks to. In a test, contract.HTTPClient(t) does the same and fails the
// test on a violation.
func ExampleChecker() {
	server := httptest.NewServer(fake.New())
	defer server.Close()

	checker, err := contract.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := turnkeys.New(fake.DefaultAccountID, fake.DefaultToken,
		turnkeys.WithBaseURL(server.URL+fake.BasePath), turnkeys.WithHTTPClient(&http.Client{Transport: checker}))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Create(context.Background(), "video calls")
	fmt.Println(err, len(checker.Violations()), checker.Coverage())
	// Output: <nil> 0 1 of 10 documented responses
}

// A gateway that forgets the uid, held to the document.
func ExampleChecker_Middleware() {
	gateway := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"errors":[],"messages":[],"success":true,"result":`+
			`{"created":"2026-11-22T08:15:30Z","modified":"2026-11-22T08:15:30Z","name":"video calls"}}`)
	})
	checker, err := contract.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(checker.Middleware(gateway))
	defer server.Close()

	client, err := turnkeys.New(fake.DefaultAccountID, fake.DefaultToken, turnkeys.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Get(context.Background(), "3f8a2c6d1b9e40577ac5d2e8f0314b96")
	fmt.Println(err)
	for _, v := range checker.Violations() {
		fmt.Println(v)
	}
	// Output:
	// turnkeys: getTurnKey: 200 OK: the answer has no result with a uid
	// getTurnKey.200:/result/uid  the field is missing (required)
}

// The contract run, as a test of a server that stands in for Cloudflare's.
func ExampleRun() {
	server := httptest.NewServer(fake.New(fake.WithSecretAs("secret")))
	defer server.Close()

	report, err := contract.Run(context.Background(), contract.Target{
		BaseURL:   server.URL + fake.BasePath,
		AccountID: fake.DefaultAccountID,
		Token:     fake.DefaultToken,
		Accept:    contract.Acceptances{"createTurnKey.201:/result/key"},
	})
	fmt.Println(err, report.OK(), report.Coverage)
	for _, v := range report.Violations() {
		fmt.Println(v.Place(), v.Accepted)
	}
	// Output:
	// <nil> true 10 of 10 documented responses
	// createTurnKey.201:/result/key true
}
