// Command turnkeys drives Prism with the client of this module, and compares what it returns with the examples in
// openapi.yaml, which Prism answers with. CLOUDFLARE_BASE_URL says where Prism is.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"reflect"

	"github.com/getkin/kin-openapi/openapi3"

	spec "github.com/seed-e5e2407e/turnkeys"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

func main() {
	log.SetFlags(0)
	if err := run(context.Background()); err != nil {
		log.Fatal("FAIL  ", err)
	}
}

func run(ctx context.Context) error {
	document, err := openapi3.NewLoader().LoadFromData(spec.OpenAPI)
	if err != nil {
		return err
	}
	client, err := turnkeys.FromEnv(turnkeys.WithRetries(0))
	if err != nil {
		return err
	}
	...
}
