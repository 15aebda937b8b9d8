package fake

import (
	"context"
	"slices"
	"time"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/generated/server"
)

const maxKeys = 1000

// operations implements the generated server interface. It is a type of its own so that an API has no other methods
// than a test's.
type operations struct{ api *API }

var _ server.StrictServerInterface = operations{}

func (o operations) CreateTurnKey(_ context.Context, r server.CreateTurnKeyRequestObject) (server.CreateTurnKeyResponseObject, error) {
	o.api.mu.Lock()
	defer o.api.mu.Unlock()
	account := o.api.accounts[r.AccountID]
	if len(account.keys) == maxKeys {
		return nil, errTooManyKeys
	}
	t := now()
	key := generated.TurnKey{Created: t, Modified: t, Name: nameOf(r.Body), UID: randomHex(16)}
	account.keys = append(account.keys, key)
	return server.CreateTurnKey201JSONResponse{
		Errors:   []generated.Message{},
		Messages: []generated.Message{},
		Result: generated.CreatedTurnKey{
			Created: key.Created, Key: randomHex(32), Modified: key.Modified, Name: key.Name, UID: key.UID,
		},
		Success: true,
	}, nil
}

func (o operations) ListTurnKeys(_ context.Context, r server.ListTurnKeysRequestObject) (server.ListTurnKeysResponseObject, error) {
	return server.ListTurnKeys200JSONResponse{
		Errors: []generated.Message{}, Messages: []generated.Message{}, Result: o.api.Keys(r.AccountID), Success: true,
	}, nil
}

func (o operations) GetTurnKey(_ context.Context, r server.GetTurnKeyRequestObject) (server.GetTurnKeyResponseObject, error) {
	o.api.mu.Lock()
	defer o.api.mu.Unlock()
	account := o.api.accounts[r.AccountID]
	i := account.find(r.KeyID)
	if i < 0 {
		return nil, errKeyNotFound
	}
	return server.GetTurnKey200JSONResponse(succeed(account.keys[i])), nil
}

func (o operations) EditTurnKey(_ context.Context, r server.EditTurnKeyRequestObject) (server.EditTurnKeyResponseObject, error) {
	o.api.mu.Lock()
	defer o.api.mu.Unlock()
	account := o.api.accounts[r.AccountID]
	i := account.find(r.KeyID)
	if i < 0 {
		return nil, errKeyNotFound
	}
	key := &account.keys[i]
	key.Name = nameOf(r.Body)
	key.Modified = later(now(), key.Modified)
	return server.EditTurnKey200JSONResponse(succeed(*key)), nil
}

func (o operations) DeleteTurnKey(_ context.Context, r server.DeleteTurnKeyRequestObject) (server.DeleteTurnKeyResponseObject, error) {
	o.api.mu.Lock()
	defer o.api.mu.Unlock()
	account := o.api.accounts[r.AccountID]
	i := account.find(r.KeyID)
	if i < 0 {
		return nil, errKeyNotFound
	}
	key := account.keys[i]
	account.keys = slices.Delete(account.keys, i, i+1)
	return server.DeleteTurnKey200JSONResponse(succeed(key)), nil
}

// find returns a key's index, or -1.
func (a *account) find(keyID string) int {
	return slices.IndexFunc(a.keys, func(key generated.TurnKey) bool { return key.UID == keyID })
}

func succeed(key generated.TurnKey) generated.TurnKeyEnvelope {
	return generated.TurnKeyEnvelope{
		Errors: []generated.Message{}, Messages: []generated.Message{}, Result: key, Success: true,
	}
}

func nameOf(input *generated.TurnKeyInput) string {
	if input.Name == nil {
		return ""
	}
	return *input.Name
}

// later returns t, or the microsecond after previous if t is not after it: two edits may share a microsecond, and a
// clock may be set back.
func later(t, previous time.Time) time.Time {
	if t.After(previous) {
		return t
	}
	return previous.Add(time.Microsecond)
}
