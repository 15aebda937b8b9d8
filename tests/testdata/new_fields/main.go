// Command new_fields prints two fields that openapi.yaml gains in a test, as the client returns them and the fake
// stores them. No method of the client sends them, so the transport adds them.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// server is a fake that receives a different body from the one that was sent.
type server struct {
	api  *fake.API
	body string
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(s.body)), int64(len(s.body))
	}
	recorder := httptest.NewRecorder()
	s.api.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

func main() {
	s := &server{fake.New(), `{"name":"n","new_field":"top"}`}
	client, err := turnkeys.New(fake.DefaultAccountID, fake.DefaultToken, turnkeys.WithHTTPClient(&http.Client{Transport: s}))
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	created, err := client.Create(ctx, "")
	fmt.Println(created.Name, *created.NewField, created.NewNumber, err)
	keys, err := client.List(ctx)
	fmt.Println(keys[0].Name, *keys[0].NewField, keys[0].NewNumber, err)
	key, err := client.Get(ctx, created.UID)
	fmt.Println(key.Name, *key.NewField, key.NewNumber, err)
	s.body = `{"new_field":1}`
	_, err = client.Edit(ctx, created.UID, "")
	fmt.Printf("%.38s\n", err)
	s.body = `{"new_field":"low"}`
	key, err = client.Edit(ctx, created.UID, "")
	fmt.Printf("%q %s %d %v\n", key.Name, *key.NewField, key.NewNumber, err)
	key, err = client.Delete(ctx, created.UID)
	fmt.Printf("%q %s %d %v\n", key.Name, *key.NewField, key.NewNumber, err)
}
