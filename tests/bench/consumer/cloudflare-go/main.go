// Command cloudflare-go is the smallest program that gets a key through the package calls of Cloudflare's own SDK.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/cloudflare/cloudflare-go/v7/calls"
	"github.com/cloudflare/cloudflare-go/v7/option"
)

func main() {
	turn := calls.NewTURNService(
		option.WithBaseURL(os.Getenv("CLOUDFLARE_BASE_URL")+"/"), option.WithAPIToken(os.Getenv("CLOUDFLARE_API_TOKEN")))
	var params calls.TURNGetParams
	params.AccountID.Value, params.AccountID.Present = os.Getenv("CLOUDFLARE_ACCOUNT_ID"), true
	key, err := turn.Get(context.Background(), os.Args[1], params)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(key.Name)
}
