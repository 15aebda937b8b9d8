package fake_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/generated/server"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

func TestOperationsAreThoseOfTheGeneratedInterface(t *testing.T) {
	var names []string
	for method := range reflect.TypeFor[server.StrictServerInterface]().Methods() {
		names = append(names, strings.ToLower(method.Name[:1])+method.Name[1:])
	}
	require.Contains(t, names, "createTurnKey")
	assert.Equal(t, names, fake.Operations())
}

func TestRequestsAreWhatCameIn(t *testing.T) {
	api := fake.New()
	key := api.AddKey(fake.DefaultAccountID, generated.TurnKey{})
	keyPath := keysPath + "/" + key.UID
	api.FailNext("getTurnKey", 503)
	ask(t, api, "POST", keysPath, `{}`, nil)
	ask(t, api, "POST", keysPath, `[]`, nil)
	ask(t, api, "GET", keysPath+"?token="+fake.DefaultToken, "", nil)
	ask(t, api, "GET", keyPath, "", nil)
	ask(t, api, "PUT", keyPath, `{}`, nil)
	ask(t, api, "DELETE", keyPath, "", http.Header{"Authorization": {wrongToken}})
	ask(t, api, "PATCH", keyPath, "", nil)
	ask(t, api, "GET", "/elsewhere/"+fake.DefaultToken, "", nil)
	assert.Equal(t, []fake.Request{
		{"POST", keysPath, "createTurnKey", 201},
		{"POST", keysPath, "createTurnKey", 400},
		{"GET", keysPath, "listTurnKeys", 400},
		{"GET", keyPath, "getTurnKey", 503},
		{"PUT", keyPath, "editTurnKey", 200},
		{"DELETE", keyPath, "deleteTurnKey", 403},
		{"PATCH", keyPath, "", 405},
		{"GET", "/elsewhere/[redacted]", "", 404},
	}, api.Requests())
}

func TestRequestsAreTheLatestTenThousand(t *testing.T) {
	api := fake.New()
	for range 10_001 { // without a checker in front, for the sake of time
		api.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/first", http.NoBody))
	}
	ask(t, api, "GET", "/last", "", nil)
	requests := api.Requests()
	assert.Len(t, requests, 10_000)
	assert.Equal(t, "/last", requests[9_999].Path)
}

func TestAddedKeysAreServedAsTheyAre(t *testing.T) {
	server := fake.Start(t)
	added := server.AddKey(server.AccountID, generated.TurnKey{
		Created: time.Date(2014, 1, 1, 5, 20, 0, 123456789, time.FixedZone("", 3600)), Name: "old", UID: unknownKey,
	})
	assert.Equal(t, time.Date(2014, 1, 1, 4, 20, 0, 123456000, time.UTC), added.Created)
	assert.Equal(t, added.Created, added.Modified)
	madeUp := server.AddKey(server.AccountID, generated.TurnKey{})
	assert.WithinDuration(t, time.Now(), madeUp.Created, time.Minute)
	assert.Regexp(t, "^[0-9a-f]{32}$", madeUp.UID)

	keys, err := newClient(t, server).List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []generated.TurnKey{added, madeUp}, keys)
	keys = server.Keys(server.AccountID)
	assert.Equal(t, []generated.TurnKey{added, madeUp}, keys)
	keys[0].Name = "changed"
	assert.Equal(t, "old", server.Keys(server.AccountID)[0].Name, "Keys returns a copy")
}

func TestKeysThatTheDocumentDoesNotPermitAreNotAdded(t *testing.T) {
	api := fake.New()
	api.AddKey(fake.DefaultAccountID, generated.TurnKey{UID: unknownKey})
	for _, key := range []generated.TurnKey{
		{UID: "ABC"},
		{UID: unknownKey},
		{Name: "\xff"},
		{Name: "\x00"},
		{Created: time.Now(), Modified: time.Now().Add(-time.Second)},
		{Created: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		assert.Panics(t, func() { api.AddKey(fake.DefaultAccountID, key) })
	}
	assert.PanicsWithValue(t, "fake: AddKey: there is no account with this id: name it with WithAccount",
		func() { api.AddKey("ACCOUNT", generated.TurnKey{}) })
	assert.Panics(t, func() { api.Keys("ACCOUNT") })
	assert.Len(t, api.Keys(fake.DefaultAccountID), 1)
}

func TestResetLeavesOnlyTheAccounts(t *testing.T) {
	api := fake.New()
	api.AddKey(fake.DefaultAccountID, generated.TurnKey{})
	api.FailNext("listTurnKeys", 500)
	api.LoseAnswer("listTurnKeys", 1)
	api.Delay("listTurnKeys", time.Hour, 1)
	ask(t, api, "GET", "/", "", nil)
	api.Reset()
	assert.Empty(t, api.Keys(fake.DefaultAccountID))
	assert.Empty(t, api.Requests())
	assert.Equal(t, http.StatusOK, ask(t, api, "GET", keysPath, "", nil).Code)
}

// Other languages read what the control surface writes.
func TestRequestsAndKeysMarshalInLowerCase(t *testing.T) {
	for _, value := range []any{fake.Request{}, generated.TurnKey{}} {
		text, err := json.Marshal(value)
		require.NoError(t, err)
		assert.NotRegexp(t, `"[A-Z]\w*":`, string(text), "%s", reflect.TypeOf(value))
	}
}
