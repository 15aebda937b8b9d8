package contract_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// t stands for the *testing.T of your test.
var t = &failingTB{}

// The test of a program that uses TURN keys: it fails if the program sends a request that the document does not permit.
func ExampleHTTPClient() {
	api := fake.Start(t)
	client := contract.HTTPClient(t, contract.WithBaseURL(api.BaseURL))
	request, _ := http.NewRequestWithContext(context.Background(), "GET",
		api.BaseURL+"/accounts/"+api.AccountID+"/calls/turn_keys?page=2", nil)
	response, err := client.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	response.Body.Close()

	fmt.Println(strings.Join(t.end(), "\n"))
	// Output:
	// contract: listTurnKeys.request:header:Authorization  the bearer token is missing (security)
	// contract: listTurnKeys.request:query:page  the query parameter is not documented (query)
}

// The test of a gateway in front of Cloudflare, which loses the result.
func ExampleMiddleware() {
	gateway := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"errors":[],"messages":[],"success":true}`)
	})
	server := httptest.NewServer(contract.Middleware(t, gateway))
	client, err := turnkeys.New("023e105f4ecef8ad9ca31a8372d0c353", "a-token", turnkeys.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Get(context.Background(), "3f8a2c6d1b9e40577ac5d2e8f0314b96")
	fmt.Println(err != nil)
	server.Close()

	fmt.Println(strings.Join(t.end(), "\n"))
	// Output:
	// true
	// contract: getTurnKey.200:/result  the field is missing (required)
}

// A violation at an accepted place fails no test. In a pattern, * can stand for the operation, the status or a field.
func ExampleWithAccepted() {
	_, err := contract.New(nil, contract.WithAccepted("createTurnKey.201:/result/region", "*.4XX:/errors/*/error_chain"))
	fmt.Println(err)
	_, err = contract.New(nil, contract.WithAccepted("createTurnKeys.201:/result/region"))
	fmt.Println(err)
	// Output:
	// <nil>
	// contract: place "createTurnKeys.201:/result/region": unknown operation "createTurnKeys"; want one such as createTurnKey.201:/result/key or *.4XX:/errors/*/code
}

// Where there is no testing.TB, as in TestMain, a Checker collects the violations of all tests.
func ExampleNew() {
	api := httptest.NewTLSServer(fake.New())
	defer api.Close()
	checker, err := contract.New(nil, contract.WithTransport(api.Client().Transport))
	if err != nil {
		fmt.Println(err)
		return
	}
	http.DefaultClient = &http.Client{Transport: checker}

	// m.Run() in TestMain. This test has no token:
	request, _ := http.NewRequestWithContext(context.Background(), "GET",
		api.URL+fake.BasePath+"/accounts/"+fake.DefaultAccountID+"/calls/turn_keys", nil)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	response.Body.Close()
	for _, violation := range checker.Violations() {
		if violation.Fails() {
			fmt.Println(violation) // and os.Exit(1)
		}
	}
	http.DefaultClient = &http.Client{}
	// Output:
	// listTurnKeys.request:header:Authorization  the bearer token is missing (security)
}
