package turnkeys_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// newExampleClient stands for turnkeys.New or turnkeys.FromEnv: the examples run without an account.
func newExampleClient(options ...turnkeys.Option) (client *turnkeys.Client, stop func()) {
	server := httptest.NewServer(fake.New())
	options = append([]turnkeys.Option{turnkeys.WithBaseURL(server.URL + fake.BasePath)}, options...)
	client, err := turnkeys.New(fake.DefaultAccountID, fake.DefaultToken, options...)
	if err != nil {
		log.Fatal(err)
	}
	return client, server.Close
}

func ExampleClient_Create() {
	client, stop := newExampleClient()
	defer stop()

	key, err := client.Create(context.Background(), "video calls")
	if errors.Is(err, turnkeys.ErrOutcomeUnknown) {
		log.Fatal("a key may exist whose secret is lost: look for it with List, and delete it: ", err)
	}
	if err != nil {
		log.Fatal(err)
	}
	if err := save(key.UID, key.Secret.Reveal()); err != nil {
		log.Fatal(err)
	}
	fmt.Println(key.Name, len(key.UID), key.Secret)
	// Output: video calls 32 [redacted]
}

func ExampleClient_List() {
	client, stop := newExampleClient()
	defer stop()
	ctx := context.Background()
	for _, name := range []string{"video calls", "file drop"} {
		if _, err := client.Create(ctx, name); err != nil {
			log.Fatal(err)
		}
	}

	keys, err := client.List(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, key := range keys {
		fmt.Println(key.Name)
	}
	// Output:
	// video calls
	// file drop
}

func ExampleClient_Edit() {
	client, stop := newExampleClient()
	defer stop()
	ctx := context.Background()
	created, err := client.Create(ctx, "video calls")
	if err != nil {
		log.Fatal(err)
	}

	key, err := client.Edit(ctx, created.UID, "video calls, EU")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(key.Name, key.UID == created.UID)
	// Output: video calls, EU true
}

// To delete a key that may be gone already, treat ErrNotFound as success. That also covers a delete that was retried
// because its first response was lost.
func ExampleClient_Delete() {
	client, stop := newExampleClient()
	defer stop()
	ctx := context.Background()

	_, err := client.Delete(ctx, "3f8a2c6d1b9e40577ac5d2e8f0314b96")
	if err != nil && !errors.Is(err, turnkeys.ErrNotFound) {
		log.Fatal(err)
	}
	fmt.Println("gone")
	// Output: gone
}

func ExampleError() {
	client, stop := newExampleClient()
	defer stop()

	_, err := client.Get(context.Background(), "3f8a2c6d1b9e40577ac5d2e8f0314b96")
	switch {
	case errors.Is(err, turnkeys.ErrNotFound):
		fmt.Println("there is no such key")
	case errors.Is(err, turnkeys.ErrUnauthorized):
		fmt.Println("the token is not valid for this account")
	case errors.Is(err, turnkeys.ErrRateLimited):
		fmt.Println("still rate limited after retries")
	}
	if apiErr, ok := errors.AsType[*turnkeys.Error](err); ok {
		fmt.Println(apiErr.Operation, apiErr.StatusCode, apiErr.RayID != "")
		for _, reason := range apiErr.Errors { // empty if the response was not Cloudflare's
			fmt.Println("code", reason.Code)
		}
	}
	// Output:
	// there is no such key
	// getTurnKey 404 true
	// code 20008
}

// Pass an http.Client for a proxy, tracing or other timeouts. It is copied, and redirects are not followed.
func ExampleWithHTTPClient() {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = http.ProxyFromEnvironment
	transport.TLSHandshakeTimeout = 5 * time.Second
	client, stop := newExampleClient(turnkeys.WithHTTPClient(&http.Client{Transport: transport, Timeout: time.Minute}))
	defer stop()

	keys, err := client.List(context.Background())
	fmt.Println(len(keys), err)
	// Output: 0 <nil>
}
