// Command turnkeys tests a server that responds with the examples of openapi.yaml, such as Prism, at
// CLOUDFLARE_BASE_URL, and compares what the client returns with those examples.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"reflect"

	"github.com/getkin/kin-openapi/openapi3"

	spec "github.com/seed-e5e2407e/turnkeys"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const (
	accountID = "023e105f4ecef8ad9ca31a8372d0c353"
	keyID     = "3f8a2c6d1b9e40577ac5d2e8f0314b96"
)

func main() {
	log.SetFlags(0)
	if err := run(context.Background()); err != nil {
		log.Fatalf("FAIL  %v", err)
	}
}

func run(ctx context.Context) error {
	doc, err := openapi3.NewLoader().LoadFromData(spec.OpenAPI)
	if err != nil {
		return err
	}
	checker, err := contract.New(nil)
	if err != nil {
		return err
	}
	client, err := turnkeys.New(accountID, "any-token", turnkeys.WithBaseURL(os.Getenv("CLOUDFLARE_BASE_URL")),
		turnkeys.WithHTTPClient(&http.Client{Transport: checker}))
	if err != nil {
		return err
	}

	created, createErr := client.Create(ctx, "video calls")
	var secret struct{ Key string }
	listed, listErr := client.List(ctx)
	got, getErr := client.Get(ctx, keyID)
	edited, editErr := client.Edit(ctx, keyID, "video calls, EU")
	deleted, deleteErr := client.Delete(ctx, keyID)
	err = errors.Join(
		check("create", "Created", doc, created.Key, createErr),
		check("list", "Listed", doc, listed, listErr),
		check("get", "Found", doc, got, getErr),
		check("edit", "Edited", doc, edited, editErr),
		check("delete", "Found", doc, deleted, deleteErr),
		decodeResult(doc, "Created", &secret),
	)
	if err == nil && secret.Key != created.Secret.Reveal() {
		err = errors.New("create: not the example's secret")
	}
	for _, v := range checker.Violations() {
		err = errors.Join(err, errors.New(v.String()))
	}
	return err
}

// check compares a result with that of one of the document's examples.
func check[T any](operation, example string, doc *openapi3.T, got T, err error) error {
	if err != nil {
		return err
	}
	var want T
	if err := decodeResult(doc, example, &want); err != nil {
		return err
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Errorf("%s: got %v, want the example %s", operation, got, example)
	}
	fmt.Println("ok  " + operation)
	return nil
}

func decodeResult(doc *openapi3.T, example string, result any) error {
	envelope, err := json.Marshal(doc.Components.Examples[example].Value.Value)
	if err != nil {
		return err
	}
	return json.Unmarshal(envelope, &struct{ Result any }{result})
}
