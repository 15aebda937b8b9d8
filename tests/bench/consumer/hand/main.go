// Command hand is the smallest program that gets a key through hand-written code.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/seed-e5e2407e/turnkeys/tests/bench/hand"
)

func main() {
	client := hand.New(http.DefaultClient,
		os.Getenv("CLOUDFLARE_BASE_URL"), os.Getenv("CLOUDFLARE_ACCOUNT_ID"), os.Getenv("CLOUDFLARE_API_TOKEN"))
	key, err := client.Get(context.Background(), os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(key.Name)
}
