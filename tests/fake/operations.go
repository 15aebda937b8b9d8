package fake

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/generated/server"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

const maxKeys = 1000

// operations implements the generated server interface. It is a separate type so that an API has only methods for tests.
type operations struct{ api *API }

var _ server.StrictServerInterface = operations{}

func (o operations) CreateTurnKey(_ context.Context, r server.CreateTurnKeyRequestObject) (server.CreateTurnKeyResponseObject, error) {
	o.api.mu.Lock()
	defer o.api.mu.Unlock()
	account := o.api.accounts[r.AccountID]
	if account == nil { // deleted since
		return nil, errUnauthorized
	}
	if len(account.keys) == maxKeys {
		return nil, errTooManyKeys
	}
	t := now()
	key := complete(withInput(generated.TurnKey{Created: t, Modified: t, UID: randomHex(16)}, r.Body))
	account.keys = append(account.keys, key)
	created := withSecret(key)
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
		key := withInput(account.keys[i], r.Body)
		key.Modified = later(now(), key.Modified)
		account.keys[i] = key
		return key
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

// onKey returns the envelope of the key that a function returns, given the account and the index of a key.
func (o operations) onKey(accountID, keyID string, f func(*account, int) generated.TurnKey) (generated.TurnKeyEnvelope, error) {
	o.api.mu.Lock()
	defer o.api.mu.Unlock()
	account := o.api.accounts[accountID]
	if account == nil { // deleted since
		return generated.TurnKeyEnvelope{}, errUnauthorized
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

// exampleKey is the example of a key in the document, without a name.
var exampleKey = sync.OnceValue(func() generated.TurnKey {
	var found generated.TurnKeyEnvelope
	panicOn("the example of getTurnKey", json.Unmarshal(contract.OpenAPI().Operation("getTurnKey").Example(), &found))
	found.Result.Name = ""
	return found.Result
})

// complete fills required fields that are zero from the example, so that keys have every field that the document
// requires, including those that no code here knows.
func complete(key generated.TurnKey) generated.TurnKey {
	fields, example := reflect.ValueOf(&key).Elem(), reflect.ValueOf(exampleKey())
	for i := range fields.NumField() {
		if field := fields.Field(i); field.IsZero() && field.Kind() != reflect.Pointer { // a pointer is optional
			field.Set(example.Field(i))
		}
	}
	return key
}

// withSecret returns a key with a new secret. JSON carries over every field, including those that no code here knows.
func withSecret(key generated.TurnKey) (created generated.CreatedTurnKey) {
	data, _ := json.Marshal(key)
	_ = json.Unmarshal(data, &created)
	created.Key = randomHex(32)
	return created
}

// withInput returns a key with the fields of an input, those that no code here knows, too. A name that is missing is empty.
func withInput(key generated.TurnKey, input *generated.TurnKeyInput) generated.TurnKey {
	key.Name = ""
	data, _ := json.Marshal(input)
	_ = json.Unmarshal(data, &key)
	return key
}

// later returns t, or the microsecond after previous if t is not after it: two edits may share a microsecond, and a
// clock may be set back.
func later(t, previous time.Time) time.Time {
	if t.After(previous) {
		return t
	}
	return previous.Add(time.Microsecond)
}
