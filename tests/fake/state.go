package fake

import (
	"cmp"
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

// Request is a request that the API received, without its token and query. Secrets in it are redacted.
type Request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	// Operation is the operationId, or "" if none is documented for the method and path.
	Operation string `json:"operation"`
	// Status is 0 if no response was sent because it was dropped or the client disconnected.
	Status int    `json:"status"`
	Body   string `json:"body,omitempty"`
}

// Violation is a violation of openapi.yaml in a request.
type Violation struct {
	contract.Violation

	// RequestPath is the actual path of the request; Path is a template. Secrets in it are redacted.
	RequestPath string `json:"requestPath"`
}

// String returns the violation and the path of the request in one line.
func (v Violation) String() string { return fmt.Sprintf("%s %q", v.Violation, v.RequestPath) }

const (
	maxKeys = 1000    // of an account
	maxBody = 1 << 20 // bytes of a request
	maxKept = 10_000  // requests, violations and secrets
)

func latest[T any](list []T) []T { return list[max(0, len(list)-maxKept):] }

// Requests returns the latest 10,000 requests received, in the order they completed.
func (a *API) Requests() []Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Request{}, a.requests...)
}

// Violations returns the latest 10,000 violations in the requests received.
func (a *API) Violations() []Violation {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Violation{}, a.violations...)
}

func (a *API) record(c *call, status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c.shown.Status = status
	a.requests = latest(append(a.requests, c.shown))
}

func (a *API) report(c *call) {
	for _, violation := range c.violations {
		v := Violation{violation, c.shown.Path}
		a.mu.Lock()
		a.violations = latest(append(a.violations, v))
		a.mu.Unlock()
		a.onViolation(v)
	}
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

// account returns an account. a.mu must be locked. A call gets its failure if the account was deleted meanwhile.
func (a *API) account(accountID string) (*account, error) {
	if account := a.accounts[accountID]; account != nil {
		return account, nil
	}
	message := fmt.Sprintf("unknown account %q; the fake has %s", accountID, strings.Join(slices.Sorted(maps.Keys(a.accounts)), ", "))
	return nil, failure{http.StatusForbidden, codeUnauthorized, message, nil}
}

// NewAccount adds an account, so that tests that share the API do not see each other's keys.
func (a *API) NewAccount() (accountID, token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	accountID, token = randomHex(16), "fake-"+randomHex(20)
	a.accounts[accountID] = &account{token: token}
	return accountID, token
}

func (a *API) deleteAccount(accountID string) error {
	_, err := a.keysOf(accountID)
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.accounts, accountID)
	return err
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
	account, err := a.account(accountID)
	if err != nil {
		return nil, err
	}
	return append([]generated.TurnKey{}, account.keys...), nil
}

// AddKey adds a key to an account, and returns it. An empty UID is replaced by a new one, a zero Created by the current
// time, and a zero Modified by Created. AddKey panics if there is no such account, if the account is full, or if
// openapi.yaml does not allow the key.
func (a *API) AddKey(accountID string, key generated.TurnKey) generated.TurnKey {
	key, err := a.addKey(accountID, key)
	panicOn("AddKey", err)
	return key
}

func (a *API) addKey(accountID string, key generated.TurnKey) (generated.TurnKey, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	account, err := a.account(accountID)
	if err != nil {
		return key, err
	}
	key.UID = cmp.Or(key.UID, randomHex(16))
	key.Created = cmp.Or(key.Created, now()).UTC().Truncate(time.Microsecond)
	key.Modified = cmp.Or(key.Modified, key.Created).UTC().Truncate(time.Microsecond)
	switch {
	case len(account.keys) == maxKeys:
		return key, failure{http.StatusBadRequest, codeBadRequest, "An account may have 1,000 TURN keys", nil}
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

// Reset deletes the keys of all accounts, and clears the faults, the recorded requests and the violations.
func (a *API) Reset() { a.reset("") }

// reset is for one account, or for all if the id is "".
func (a *API) reset(accountID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, account := range a.accounts {
		if id == accountID || accountID == "" {
			account.keys = nil
		}
	}
	a.faults = slices.DeleteFunc(a.faults, func(f fault) bool { return f.accountID == accountID || accountID == "" })
	a.requests = slices.DeleteFunc(a.requests, func(r Request) bool { return isOf(r.Path, accountID) })
	a.violations = slices.DeleteFunc(a.violations, func(v Violation) bool { return isOf(v.RequestPath, accountID) })
}

// isOf reports whether a path is in an account, or in any if the id is "".
func isOf(path, accountID string) bool {
	return accountID == "" || strings.HasPrefix(path, BasePath+"/accounts/"+accountID+"/")
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
