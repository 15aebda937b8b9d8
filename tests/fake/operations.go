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
	key := complete(generated.TurnKey{Created: t, Modified: t, Name: nameOf(r.Body), UID: randomHex(16)})
	account.keys = append(account.keys, key)
	return server.CreateTurnKey201JSONResponse{
		Errors: []generated.Message{}, Messages: []generated.Message{}, Result: withSecret(key), Success: true,
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

// exampleKey is the document's example of a key, without a name.
var exampleKey = sync.OnceValue(func() generated.TurnKey {
	var found generated.TurnKeyEnvelope
	panicOn("the example of getTurnKey", json.Unmarshal(contract.OpenAPI().Operation("getTurnKey").Example(), &found))
	found.Result.Name = ""
	return found.Result
})

// complete fills required fields that are zero from the document's example. So the fake's keys have every field that
// the document requires, including those that no code here knows.
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
