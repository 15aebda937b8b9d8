package turnkeys

import (
	"context"

	"github.com/seed-e5e2407e/turnkeys/generated"
)

// Key is a TURN key without its secret. UID is its id, 32 lower-case hexadecimal digits; Name need not be unique;
// Created and Modified are exact to the microsecond.
type Key = generated.TurnKey

// NewKey is a TURN key as created, with its secret. Cloudflare does not show the secret again.
type NewKey struct {
	Key

	Secret Secret
}

// Create makes a key and returns it with its secret, which cannot be read again: store it at once. Several keys may
// have the same name, and it may be empty. An account holds at most 1,000 keys.
//
// Since a second create is a second key, it is sent again only after a 429 or when the request provably never left.
// An error that matches [ErrOutcomeUnknown] means that a key may exist whose secret is lost: find it with
// [Client.List] and delete it. If Cloudflare's answer holds a uid and a secret, Create succeeds, whatever else is wrong
// with that answer; a timestamp that cannot be read is then zero.
//
// See https://developers.cloudflare.com/api/resources/calls/subresources/turn/methods/create/.
func (c *Client) Create(ctx context.Context, name string) (NewKey, error) {
	call := c.newCall(ctx, "createTurnKey")
	response, err := c.api().CreateTurnKey(call, c.accountID, generated.TurnKeyInput{Name: &name})
	created, err := unwrap(call, response, err, checkCreatedKey)
	if err != nil {
		return NewKey{}, err
	}
	return created.newKey(), nil
}

// List returns every key of the account, at most 1,000, without secrets. Without keys it returns an empty slice.
//
// See https://developers.cloudflare.com/api/resources/calls/subresources/turn/methods/list/.
func (c *Client) List(ctx context.Context) ([]Key, error) {
	call := c.newCall(ctx, "listTurnKeys")
	response, err := c.api().ListTurnKeys(call, c.accountID)
	return unwrap(call, response, err, checkKeys)
}

// Get returns the key with the id keyID, without its secret. The error matches [ErrNotFound] if there is none.
//
// See https://developers.cloudflare.com/api/resources/calls/subresources/turn/methods/get/.
func (c *Client) Get(ctx context.Context, keyID string) (Key, error) {
	call := c.newCall(ctx, "getTurnKey")
	if err := call.checkKeyID(keyID); err != nil {
		return Key{}, err
	}
	response, err := c.api().GetTurnKey(call, c.accountID, keyID)
	return unwrap(call, response, err, checkKey)
}

// Edit gives the key with the id keyID another name and returns the key as edited. Its secret stays as it is. The
// error matches [ErrNotFound] if there is no such key.
//
// See https://developers.cloudflare.com/api/resources/calls/subresources/turn/methods/update/.
func (c *Client) Edit(ctx context.Context, keyID, name string) (Key, error) {
	call := c.newCall(ctx, "editTurnKey")
	if err := call.checkKeyID(keyID); err != nil {
		return Key{}, err
	}
	response, err := c.api().EditTurnKey(call, c.accountID, keyID, generated.TurnKeyInput{Name: &name})
	return unwrap(call, response, err, checkKey)
}

// Delete deletes the key with the id keyID and returns it as it was. Its secret stops working, for good. The error
// matches [ErrNotFound] if there is no such key; so it does when a first attempt deleted the key, its answer was lost,
// and the call was sent again.
//
// See https://developers.cloudflare.com/api/resources/calls/subresources/turn/methods/delete/.
func (c *Client) Delete(ctx context.Context, keyID string) (Key, error) {
	call := c.newCall(ctx, "deleteTurnKey")
	if err := call.checkKeyID(keyID); err != nil {
		return Key{}, err
	}
	response, err := c.api().DeleteTurnKey(call, c.accountID, keyID)
	return unwrap(call, response, err, checkKey)
}
