package testkit

import (
	"context"
	"time"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// Operation is an operation of openapi.yaml, as the client calls it on the fixtures.
type Operation struct {
	ID, Method string
	// Path is what follows the base URL.
	Path string
	// Body is the request body, "" if there is none.
	Body string
	// Result is the raw JSON of a result.
	Result string
	// Call returns what the client's method returns, but a new key as a CreatedKey, which can be compared.
	Call func(context.Context, *turnkeys.Client) (any, error)
	// Want is what Call returns for Result.
	Want any
}

// CreatedKey is a turnkeys.NewKey with its secret revealed.
type CreatedKey struct {
	turnkeys.Key

	Secret string
}

const (
	keysPath = "/accounts/" + AccountID + "/calls/turn_keys"
	keyPath  = keysPath + "/" + KeyID
)

// Key is what KeyJSON describes.
var Key = turnkeys.Key{
	Created:  time.Date(2014, 1, 1, 5, 20, 0, 123450000, time.UTC),
	Modified: time.Date(2014, 1, 2, 5, 20, 0, 1000, time.UTC),
	Name:     "video calls",
	UID:      KeyID,
}

// Operations are all operations of openapi.yaml.
var Operations = []Operation{
	{"createTurnKey", "POST", keysPath, `{"name":"video calls"}`, CreatedJSON, func(ctx context.Context, c *turnkeys.Client) (any, error) {
		created, err := c.Create(ctx, "video calls")
		return CreatedKey{created.Key, created.Secret.Reveal()}, err
	}, CreatedKey{Key, Secret}},
	{"listTurnKeys", "GET", keysPath, "", "[" + KeyJSON + "]", func(ctx context.Context, c *turnkeys.Client) (any, error) {
		return c.List(ctx)
	}, []turnkeys.Key{Key}},
	{"getTurnKey", "GET", keyPath, "", KeyJSON, func(ctx context.Context, c *turnkeys.Client) (any, error) {
		return c.Get(ctx, KeyID)
	}, Key},
	{"editTurnKey", "PUT", keyPath, `{"name":"video calls"}`, KeyJSON, func(ctx context.Context, c *turnkeys.Client) (any, error) {
		return c.Edit(ctx, KeyID, "video calls")
	}, Key},
	{"deleteTurnKey", "DELETE", keyPath, "", KeyJSON, func(ctx context.Context, c *turnkeys.Client) (any, error) {
		return c.Delete(ctx, KeyID)
	}, Key},
}
