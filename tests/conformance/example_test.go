package conformance_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

// A run as a test of a server that stands in for Cloudflare's.
func ExampleRun() {
	server := httptest.NewServer(fake.New())
	defer server.Close()

	report, err := conformance.Run(context.Background(), conformance.Target{
		BaseURL:   server.URL + fake.BasePath,
		AccountID: fake.DefaultAccountID,
		Token:     fake.DefaultToken,
		Settle:    conformance.DefaultSettle,
	})
	fmt.Println(err, report.OK(), len(report.Coverage.Missing()), "documented responses not seen")
	for _, v := range report.Violations {
		fmt.Println(v.Violation, v.Request)
	}
	// Output:
	// <nil> true 0 documented responses not seen
}
