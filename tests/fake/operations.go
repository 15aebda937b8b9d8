package fake

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/generated/server"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// operations implements the generated server interface. It is a separate type so that an API has only methods for tests.
type operations struct{ api *API }

func (o operations) CreateTurnKey(_ context.Context, r server.CreateTurnKeyRequestObject) (server.CreateTurnKeyResponseObject, error) {
	var key generated.TurnKey
	carry(r.Body, &key)
	key, err := o.api.addKey(r.AccountID, key)
	if err != nil {
		return nil, err
	}
	created := generated.CreatedTurnKey{Key: randomHex(32)}
	carry(key, &created)
	o.api.mu.Lock()
	defer o.api.mu.Unlock()
	o.api.given = latest(append(o.api.given, created.Key))
	return server.CreateTurnKey201JSONResponse{
		Errors: []generated.Message{}, Messages: []generated.Message{}, Result: created, Success: true,
	}, nil
}

func (o operations) ListTurnKeys(_ context.Context, r server.ListTurnKeysRequestObject) (server.ListTurnKeysResponseObject, error) {
	keys, err := o.api.keysOf(r.AccountID)
	return server.ListTurnKeys200JSONResponse{
		Errors: []generated.Message{}, Messages: []generated.Message{}, Result: keys, Success: true,
	}, err
}

func (o operations) GetTurnKey(_ context.Context, r server.GetTurnKeyRequestObject) (server.GetTurnKeyResponseObject, error) {
	key, err := o.onKey(r.AccountID, r.KeyID, func(account *account, i int) generated.TurnKey { return account.keys[i] })
	return server.GetTurnKey200JSONResponse(key), err
}

func (o operations) EditTurnKey(_ context.Context, r server.EditTurnKeyRequestObject) (server.EditTurnKeyResponseObject, error) {
	key, err := o.onKey(r.AccountID, r.KeyID, func(account *account, i int) generated.TurnKey {
		key := &account.keys[i]
		key.Name = "" // unless the input has a name
		carry(r.Body, key)
		key.Modified = key.Modified.Add(time.Microsecond) // edits may share a microsecond, and the clock may be set back
		if t := now(); t.After(key.Modified) {
			key.Modified = t
		}
		return *key
	})
	return server.EditTurnKey200JSONResponse(key), err
}

func (o operations) DeleteTurnKey(_ context.Context, r server.DeleteTurnKeyRequestObject) (server.DeleteTurnKeyResponseObject, error) {
	key, err := o.onKey(r.AccountID, r.KeyID, func(account *account, i int) generated.TurnKey {
		key := account.keys[i]
		account.keys = slices.Delete(account.keys, i, i+1)
		return key
	})
	return server.DeleteTurnKey200JSONResponse(key), err
}

// onKey calls f with the account and the index of a key, and returns the envelope of the key that f returns.
func (o operations) onKey(accountID, keyID string, f func(*account, int) generated.TurnKey) (generated.TurnKeyEnvelope, error) {
	o.api.mu.Lock()
	defer o.api.mu.Unlock()
	account, err := o.api.account(accountID)
	if err != nil {
		return generated.TurnKeyEnvelope{}, err
	}
	i := account.find(keyID)
	if i < 0 {
		return generated.TurnKeyEnvelope{}, errKeyNotFound
	}
	return generated.TurnKeyEnvelope{
		Errors: []generated.Message{}, Messages: []generated.Message{}, Result: f(account, i), Success: true,
	}, nil
}

// find returns the index of a key, or -1.
func (a *account) find(keyID string) int {
	return slices.IndexFunc(a.keys, func(key generated.TurnKey) bool { return key.UID == keyID })
}

// complete fills required fields that are zero from the example in the document, so that keys have every field that the
// document requires, including those that no code here knows.
func complete(key generated.TurnKey) generated.TurnKey {
	var example generated.TurnKeyEnvelope
	panicOn("the example of getTurnKey", json.Unmarshal(contract.OpenAPI().Operation("getTurnKey").Example(), &example))
	example.Result.Name = "" // a name may be empty
	fields, examples := reflect.ValueOf(&key).Elem(), reflect.ValueOf(example.Result)
	for i := range fields.NumField() {
		if field := fields.Field(i); field.IsZero() && field.Kind() != reflect.Pointer { // a pointer is optional
			field.Set(examples.Field(i))
		}
	}
	return key
}

// carry copies fields through JSON, so that it also copies those that openapi.yaml gains.
func carry(from, to any) {
	data, _ := json.Marshal(from)
	_ = json.Unmarshal(data, to)
}
