package fake_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http/httptest"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// newExampleServer does what fake.Start does in a test.
func newExampleServer() (*fake.API, *turnkeys.Client, func()) {
	api := fake.New()
	server := httptest.NewServer(api)
	client, err := turnkeys.New(fake.DefaultAccountID, fake.DefaultToken, turnkeys.WithBaseURL(server.URL+fake.BasePath))
	if err != nil {
		log.Fatal(err)
	}
	return api, client, server.Close
}

// createKey creates a key. If the response is lost, so is the new key's secret: it deletes that key and creates another.
// The name must be one that nobody else gives to keys.
func createKey(ctx context.Context, client *turnkeys.Client, name string) (turnkeys.NewKey, error) {
	start := time.Now().Add(-time.Minute) // Cloudflare's clock may be behind
	key, err := client.Create(ctx, name)
	if !errors.Is(err, turnkeys.ErrOutcomeUnknown) {
		return key, err
	}
	keys, listErr := client.List(ctx)
	if listErr != nil {
		return key, errors.Join(err, listErr)
	}
	for _, k := range keys {
		if k.Name != name || k.Created.Before(start) {
			continue
		}
		if _, deleteErr := client.Delete(ctx, k.UID); deleteErr != nil && !errors.Is(deleteErr, turnkeys.ErrNotFound) {
			return key, errors.Join(err, deleteErr)
		}
	}
	return client.Create(ctx, name)
}

func ExampleAPI_LoseResponse() {
	api, client, stop := newExampleServer()
	defer stop()
	api.LoseResponse("createTurnKey", 1)

	key, err := createKey(context.Background(), client, "video calls, host 7")
	if err != nil {
		log.Fatal(err)
	}
	keys := api.Keys(fake.DefaultAccountID)
	fmt.Println(len(keys), keys[0].UID == key.UID)
	for _, request := range api.Requests() {
		fmt.Println(request.Operation, request.Status)
	}
	// Output:
	// 1 true
	// createTurnKey 0
	// listTurnKeys 200
	// deleteTurnKey 200
	// createTurnKey 201
}
