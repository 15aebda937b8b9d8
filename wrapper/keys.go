package turnkeys

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"

	"github.com/seed-e5e2407e/turnkeys/generated"
)

var (
	createTurnKey = operation{id: "createTurnKey", creates: true}
	listTurnKeys  = operation{id: "listTurnKeys"}
	getTurnKey    = operation{id: "getTurnKey"}
	editTurnKey   = operation{id: "editTurnKey"}
	deleteTurnKey = operation{id: "deleteTurnKey"}
)

// Key is a TURN key without its secret:
//
//	UID       string     its id, 32 lower-case hexadecimal digits
//	Name      string     a short description, which several keys may share
//	Created   time.Time  when it was created
//	Modified  time.Time  when it was last edited
type Key = generated.TurnKey

// NewKey is a key as [Client.Create] returns it, with its secret.
type NewKey struct {
	Key

	Secret Secret
}

// LogValue returns the key with "[redacted]" as its secret.
func (k NewKey) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("key", k.Key), slog.Any("secret", k.Secret))
}

// Create makes a key and returns it with its secret. Store the secret at once: Cloudflare does not show it again. Names
// need not be unique, and may be empty. An account holds at most 1,000 keys.
//
// Create is sent again only after a 429, or when the request never left. If nobody can tell whether it worked, the
// error matches [ErrOutcomeUnknown]: a key may exist whose secret is lost, so find it with [Client.List] and delete it.
// If the answer holds a uid and a secret, Create returns them, whatever else is wrong with that answer. A field that
// cannot be read is then zero.
func (c *Client) Create(ctx context.Context, name string) (NewKey, error) {
	return do(ctx, c, createTurnKey, checkName(name), decodeNewKey, func() (*http.Request, error) {
		return generated.NewCreateTurnKeyRequest(c.baseURL, c.accountID, generated.TurnKeyInput{Name: &name})
	})
}

// List returns every key of the account, without secrets. An account without keys has an empty list, not a nil one.
func (c *Client) List(ctx context.Context) ([]Key, error) {
	return do(ctx, c, listTurnKeys, nil, decodeKeys, func() (*http.Request, error) {
		return generated.NewListTurnKeysRequest(c.baseURL, c.accountID)
	})
}

// Get returns a key, without its secret. The error matches [ErrNotFound] if there is no such key.
func (c *Client) Get(ctx context.Context, keyID string) (Key, error) {
	return do(ctx, c, getTurnKey, checkKeyID(keyID), decodeKey, func() (*http.Request, error) {
		return generated.NewGetTurnKeyRequest(c.baseURL, c.accountID, keyID)
	})
}

// Edit changes the name of a key and returns the key as edited. Its secret stays the same. The error matches
// [ErrNotFound] if there is no such key.
func (c *Client) Edit(ctx context.Context, keyID, name string) (Key, error) {
	return do(ctx, c, editTurnKey, cmp.Or(checkKeyID(keyID), checkName(name)), decodeKey, func() (*http.Request, error) {
		return generated.NewEditTurnKeyRequest(c.baseURL, c.accountID, keyID, generated.TurnKeyInput{Name: &name})
	})
}

// Delete deletes a key and returns it as it was. Its secret stops working for good. The error matches [ErrNotFound] if
// there is no such key. That also happens when the first attempt deleted the key, but its answer was lost and the call
// was sent again.
func (c *Client) Delete(ctx context.Context, keyID string) (Key, error) {
	return do(ctx, c, deleteTurnKey, checkKeyID(keyID), decodeKey, func() (*http.Request, error) {
		return generated.NewDeleteTurnKeyRequest(c.baseURL, c.accountID, keyID)
	})
}
