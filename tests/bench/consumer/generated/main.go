// Command generated is the smallest program that gets a key through the bare generated client.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/tests/bench/bare"
)

func main() {
	authorize := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+os.Getenv("CLOUDFLARE_API_TOKEN"))
		return nil
	}
	client, err := bare.NewClientWithResponses(os.Getenv("CLOUDFLARE_BASE_URL"), generated.WithRequestEditorFn(authorize))
	if err != nil {
		log.Fatal(err)
	}
	response, err := client.GetTurnKeyWithResponse(context.Background(), os.Getenv("CLOUDFLARE_ACCOUNT_ID"), os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if response.JSON200 == nil {
		log.Fatal(response.Status())
	}
	fmt.Println(response.JSON200.Result.Name)
}
