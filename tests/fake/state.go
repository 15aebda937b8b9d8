package fake

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// Request is a request that the API received, without its token, query and body.
type Request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	// Operation is the operationId, or "" if none is documented for the method and path.
	Operation string `json:"operation"`
	// Status is the response status, or 0 if no response was sent because it was dropped or the client disconnected.
	Status int `json:"status"`
}

const maxRequests = 10_000

// Requests returns the latest 10,000 requests received, in the order they completed.
func (a *API) Requests() []Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Request{}, a.requests...)
}

func (a *API) record(r *http.Request, operationID string, status int) {
	path := a.redactedPath(r)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests = append(a.requests, Request{r.Method, path, operationID, status})
	a.requests = a.requests[max(0, len(a.requests)-maxRequests):]
}

// secrets returns the secrets and the tokens that the API gave out.
func (a *API) secrets() contract.Secrets {
	a.mu.Lock()
	defer a.mu.Unlock()
	known := contract.Secrets{Keys: a.given}
	for _, account := range a.accounts {
		known.Tokens = append(known.Tokens, account.token)
	}
	return known
}

func (a *API) account(accountID string) *account {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.accounts[accountID]
}

// Keys returns the keys of an account, in the order they were created. It panics if there is no such account.
func (a *API) Keys(accountID string) []generated.TurnKey {
	keys, err := a.keysOf(accountID)
	panicOn("Keys", err)
	return keys
}

func (a *API) keysOf(accountID string) ([]generated.TurnKey, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	account := a.accounts[accountID]
	if account == nil {
		return nil, a.noAccount(accountID)
	}
	return append([]generated.TurnKey{}, account.keys...), nil
}

// AddKey adds a key to an account, and returns it. An empty uid is generated, a zero Created is now, and a zero Modified is
// Created. AddKey panics if there is no such account, if the account is full, or if openapi.yaml does not allow the key.
func (a *API) AddKey(accountID string, key generated.TurnKey) generated.TurnKey {
	key, err := a.addKey(accountID, key)
	panicOn("AddKey", err)
	return key
}

func (a *API) noAccount(accountID string) error {
	return fmt.Errorf("unknown account %q; the fake has %s", accountID, strings.Join(slices.Sorted(maps.Keys(a.accounts)), ", "))
}

func (a *API) addKey(accountID string, key generated.TurnKey) (generated.TurnKey, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	account := a.accounts[accountID]
	if key.UID == "" {
		key.UID = randomHex(16)
	}
	if key.Created.IsZero() {
		key.Created = now()
	}
	if key.Modified.IsZero() {
		key.Modified = key.Created
	}
	key.Created, key.Modified = key.Created.UTC().Truncate(time.Microsecond), key.Modified.UTC().Truncate(time.Microsecond)
	switch {
	case account == nil:
		return key, a.noAccount(accountID)
	case len(account.keys) == maxKeys:
		return key, errTooManyKeys
	case !credentials.ID.MatchString(key.UID):
		return key, errors.New("want a uid of 32 lower-case hexadecimal digits, or none")
	case account.find(key.UID) >= 0:
		return key, errors.New("the account has a key with this uid")
	case !utf8.ValidString(key.Name) || strings.Contains(key.Name, "\x00"):
		return key, errors.New("want a name in UTF-8 without NUL")
	case key.Modified.Before(key.Created) || key.Created.Year() < 0 || key.Modified.Year() > 9000:
		return key, errors.New("want modified not before created, and years from 0 to 9000")
	}
	key = complete(key)
	account.keys = append(account.keys, key)
	return key, nil
}

// Reset deletes the keys of all accounts, and clears the faults and the recorded requests. It keeps the accounts.
func (a *API) Reset() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, account := range a.accounts {
		account.keys = nil
	}
	clear(a.faults)
	a.requests = nil
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
