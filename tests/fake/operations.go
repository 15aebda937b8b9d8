package fake

import (
	"context"
	"net/http"
	"slices"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/generated/server"
)

const maxKeys = 1000

// operations implements the generated server interface. It is a type of its own so that an API has no other methods
// than a handler's.
type operations struct{ api *API }

var _ server.StrictServerInterface = operations{}

func (o operations) CreateTurnKey(_ context.Context, r server.CreateTurnKeyRequestObject) (server.CreateTurnKeyResponseObject, error) {
	o.api.mu.Lock()
	defer o.api.mu.Unlock()
	account := o.api.accounts[r.AccountID]
	if len(account.keys) >= maxKeys {
		return nil, failure{http.StatusBadRequest, codeTooManyKeys, "An account may hold 1,000 TURN keys"}
	}

	t := now()
	key := generated.TurnKey{Created: t, Modified: t, Name: nameOf(r.Body), UID: randomHex(16)}
	account.keys = append(account.keys, key)
	return created{secretAs: o.api.secretAs, CreateTurnKey201JSONResponse: server.CreateTurnKey201JSONResponse{
		Errors:   []generated.Message{},
		Messages: []generated.Message{},
		Result: generated.CreatedTurnKey{
			Created: key.Created, Key: randomHex(32), Modified: key.Modified, Name: key.Name, UID: key.UID,
		},
		Success: true,
	}}, nil
}

func (o operations) ListTurnKeys(_ context.Context, r server.ListTurnKeysRequestObject) (server.ListTurnKeysResponseObject, error) {
	o.api.mu.Lock()
	defer o.api.mu.Unlock()
	keys := append([]generated.TurnKey{}, o.api.accounts[r.AccountID].keys...)
	return server.ListTurnKeys200JSONResponse{
		Errors: []generated.Message{}, Messages: []generated.Message{}, Result: keys, Success: true,
	}, nil
}

func (o operations) GetTurnKey(_ context.Context, r server.GetTurnKeyRequestObject) (server.GetTurnKeyResponseObject, error) {
	o.api.mu.Lock()
	defer o.api.mu.Unlock()
	account := o.api.accounts[r.AccountID]
	i, err := account.find(r.KeyID)
	if err != nil {
		return nil, err
	}
	return server.GetTurnKey200JSONResponse(succeed(account.keys[i])), nil
}

func (o operations) EditTurnKey(_ context.Context, r server.EditTurnKeyRequestObject) (server.EditTurnKeyResponseObject, error) {
	o.api.mu.Lock()
	defer o.api.mu.Unlock()
	account := o.api.accounts[r.AccountID]
	i, err := account.find(r.KeyID)
	if err != nil {
		return nil, err
	}
	account.keys[i].Name = nameOf(r.Body)
	if t := now(); t.After(account.keys[i].Modified) { // a clock may be set back
		account.keys[i].Modified = t
	}
	return server.EditTurnKey200JSONResponse(succeed(account.keys[i])), nil
}

func (o operations) DeleteTurnKey(_ context.Context, r server.DeleteTurnKeyRequestObject) (server.DeleteTurnKeyResponseObject, error) {
	o.api.mu.Lock()
	defer o.api.mu.Unlock()
	account := o.api.accounts[r.AccountID]
	i, err := account.find(r.KeyID)
	if err != nil {
		return nil, err
	}
	key := account.keys[i]
	account.keys = slices.Delete(account.keys, i, i+1)
	return server.DeleteTurnKey200JSONResponse(succeed(key)), nil
}

func (a *account) find(keyID string) (int, error) {
	i := slices.IndexFunc(a.keys, func(key generated.TurnKey) bool { return key.UID == keyID })
	if i < 0 {
		return 0, failure{http.StatusNotFound, codeKeyNotFound, "TURN key not found"}
	}
	return i, nil
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
