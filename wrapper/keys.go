package turnkeys

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"

	"github.com/seed-e5e2407e/turnkeys/generated"
)

type operation struct {
	id      string // the operationId in openapi.yaml
	creates bool   // not retried if it may have succeeded, since that could make two keys
	deletes bool
}

var (
	createTurnKey = operation{id: "createTurnKey", creates: true}
	listTurnKeys  = operation{id: "listTurnKeys"}
	getTurnKey    = operation{id: "getTurnKey"}
	editTurnKey   = operation{id: "editTurnKey"}
	deleteTurnKey = operation{id: "deleteTurnKey", deletes: true}
)

// Key is a TURN key without its secret. It has a UID (string, 32 lower-case hexadecimal digits), a Name (string, which
// several keys may share), and the times at which it was Created and last Modified (time.Time).
type Key = generated.TurnKey

// NewKey is a key with its secret. No two are equal for reflect.DeepEqual: compare Key, and what Secret.Reveal returns.
type NewKey struct {
	Key
	Secret Secret
}

// LogValue returns the key with "[redacted]" as its secret.
func (k NewKey) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("key", k.Key), slog.Any("secret", k.Secret))
}

// Create makes a key. Its name need not be unique. Store its secret at once: Cloudflare does not show it again. Create
// is retried only after a rate limit, or if the request was never sent. If it is unknown whether it succeeded, the
// error matches [ErrOutcomeUnknown]. If a successful response contains a uid and a secret, Create returns them even if
// the rest is invalid; fields that cannot be read are then zero.
func (c *Client) Create(ctx context.Context, name string) (NewKey, error) {
	return call(ctx, c, createTurnKey, checkName(name), decodeNewKey, func(ctx context.Context, editors ...editor) (*http.Response, error) {
		return c.api.CreateTurnKey(ctx, c.accountID, generated.TurnKeyInput{Name: &name}, editors...)
	})
}

// List returns every key of the account, without secrets. An account without keys has an empty list, not a nil one.
func (c *Client) List(ctx context.Context) ([]Key, error) {
	return call(ctx, c, listTurnKeys, nil, decodeKeys, func(ctx context.Context, editors ...editor) (*http.Response, error) {
		return c.api.ListTurnKeys(ctx, c.accountID, editors...)
	})
}

// Get returns a key, without its secret. The error matches [ErrNotFound] if there is no such key.
func (c *Client) Get(ctx context.Context, keyID string) (Key, error) {
	return call(ctx, c, getTurnKey, checkID("key id", keyID), decodeKey, func(ctx context.Context, editors ...editor) (*http.Response, error) {
		return c.api.GetTurnKey(ctx, c.accountID, keyID, editors...)
	})
}

// Edit changes the name of a key and returns the edited key. The error matches [ErrNotFound] if there is no such key.
func (c *Client) Edit(ctx context.Context, keyID, name string) (Key, error) {
	invalid := cmp.Or(checkID("key id", keyID), checkName(name))
	return call(ctx, c, editTurnKey, invalid, decodeKey, func(ctx context.Context, editors ...editor) (*http.Response, error) {
		return c.api.EditTurnKey(ctx, c.accountID, keyID, generated.TurnKeyInput{Name: &name}, editors...)
	})
}

// Delete deletes a key and returns it as it was. TURN credentials made with its secret may keep working for a while.
// The error matches [ErrNotFound] if there is no such key, perhaps because the response to an earlier attempt was lost.
func (c *Client) Delete(ctx context.Context, keyID string) (Key, error) {
	return call(ctx, c, deleteTurnKey, checkID("key id", keyID), decodeKey, func(ctx context.Context, editors ...editor) (*http.Response, error) {
		return c.api.DeleteTurnKey(ctx, c.accountID, keyID, editors...)
	})
}
