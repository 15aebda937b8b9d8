// Command new_fields prints two fields that openapi.yaml gains in a test, as each operation returns them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const key = `{"created":"2014-01-01T00:00:00Z","key":"s","modified":"2014-01-01T00:00:00Z","name":"","new_field":"top","new_number":7,"uid":"u"}`

type server struct{}

func (server) RoundTrip(r *http.Request) (*http.Response, error) {
	body := `{"success":true,"result":` + key + "}"
	if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/turn_keys") {
		body = `{"success":true,"result":[` + key + "]}"
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func main() {
	client, err := turnkeys.New("a", "t", turnkeys.WithHTTPClient(&http.Client{Transport: server{}}))
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	created, createErr := client.Create(ctx, "")
	keys, listErr := client.List(ctx)
	got, getErr := client.Get(ctx, "u")
	edited, editErr := client.Edit(ctx, "u", "")
	deleted, deleteErr := client.Delete(ctx, "u")
	fmt.Println(errors.Join(createErr, listErr, getErr, editErr, deleteErr))
	for _, key := range append(keys, created.Key, got, edited, deleted) {
		fmt.Println(*key.NewField, key.NewNumber)
	}
}
