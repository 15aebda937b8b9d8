package fake_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

func TestRequestsAreRecordedWithoutSecrets(t *testing.T) {
	api := fake.New()
	key := api.AddKey(fake.DefaultAccountID, generated.TurnKey{})
	keyPath := keysPath + "/" + key.UID
	api.FailNext("getTurnKey", 503)
	ask(t, api, "POST", keysPath, `{}`, nil)
	ask(t, api, "POST", keysPath, `["`+fake.DefaultToken+`"]`, nil)
	ask(t, api, "GET", keysPath+"?token="+fake.DefaultToken, "", nil)
	ask(t, api, "GET", keyPath, "", nil)
	ask(t, api, "PUT", keyPath, `{}`, nil)
	ask(t, api, "DELETE", keyPath, "", http.Header{"Authorization": {wrongToken}})
	ask(t, api, "PATCH", keyPath, "", nil)
	ask(t, api, "GET", "/elsewhere/"+fake.DefaultToken, "", nil)
	assert.Equal(t, []fake.Request{
		{Method: "POST", Path: keysPath, Operation: "createTurnKey", Status: 201, Body: `{}`},
		{Method: "POST", Path: keysPath, Operation: "createTurnKey", Status: 400, Body: `["[redacted]"]`},
		{Method: "GET", Path: keysPath, Operation: "listTurnKeys", Status: 400},
		{Method: "GET", Path: keyPath, Operation: "getTurnKey", Status: 503},
		{Method: "PUT", Path: keyPath, Operation: "editTurnKey", Status: 200, Body: `{}`},
		{Method: "DELETE", Path: keyPath, Operation: "deleteTurnKey", Status: 403},
		{Method: "PATCH", Path: keyPath, Operation: "", Status: 405},
		{Method: "GET", Path: "/elsewhere/[redacted]", Operation: "", Status: 404},
	}, api.Requests())
}

func TestViolationsAreReportedWithoutTheSecretsThatTheyAreAbout(t *testing.T) {
	var seen []string
	api := fake.New(fake.OnViolation(func(v fake.Violation) { seen = append(seen, v.RequestPath+" "+v.Violation.String()) }))
	var created struct{ Result struct{ UID, Key string } }
	require.NoError(t, json.Unmarshal(ask(t, api, "POST", keysPath, `{}`, nil).Body.Bytes(), &created))
	secret, keyPath := created.Result.Key, keysPath+"/"+created.Result.UID
	assert.Equal(t, 413, ask(t, api, "POST", keysPath, `{"name":"`+strings.Repeat("n", 1<<20)+`"}`, nil).Code)
	assert.Empty(t, seen)

	assert.Equal(t, 400, ask(t, api, "PUT", keyPath, `{"name":"`+secret+`"}`, nil).Code)
	assert.Equal(t, 400, ask(t, api, "GET", keyPath, "", http.Header{"X-Debug": {"key=" + secret}}).Code)
	assert.Equal(t, 400, ask(t, api, "GET", keyPath, "", http.Header{"Authorization": nil, "X-Token": {fake.DefaultToken}}).Code)
	assert.Equal(t, 404, ask(t, api, "GET", fake.BasePath+"/"+secret, "", nil).Code)
	assert.Equal(t, []string{
		keyPath + " editTurnKey.request:/name  contains a key's secret, which may appear only in the response that created the key (secret)",
		keyPath + " getTurnKey.request:header:X-Debug  contains a key's secret, which may appear only in the response that created the key (secret)",
		keyPath + " getTurnKey.request:header:Authorization  the bearer token is missing (security)",
		keyPath + " getTurnKey.request:header:X-Token  contains the API token, which belongs only in Authorization (token)",
		fake.BasePath + "/[redacted] GET.request:operation  no documented operation: the path is not documented (operation)",
		fake.BasePath + "/[redacted] GET.request:path  contains a key's secret, which may appear only in the response that created the key (secret)",
	}, seen)
}

func TestRequestsAreTheLatestTenThousand(t *testing.T) {
	api := fake.New()
	for range 10_001 { // without a checker in front, for the sake of time
		api.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", keysPath, http.NoBody))
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

func TestInvalidKeysAreNotAdded(t *testing.T) {
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
	assert.Len(t, api.Keys(fake.DefaultAccountID), 1)
}

func TestResetLeavesOnlyTheAccounts(t *testing.T) {
	api := fake.New()
	api.AddKey(fake.DefaultAccountID, generated.TurnKey{})
	api.FailNext("listTurnKeys", 500)
	api.LoseResponse("listTurnKeys", 1)
	api.Delay("listTurnKeys", time.Hour, 1)
	ask(t, api, "GET", "/", "", nil)
	api.Reset()
	assert.Empty(t, api.Keys(fake.DefaultAccountID))
	assert.Empty(t, api.Requests())
	assert.Equal(t, http.StatusOK, ask(t, api, "GET", keysPath, "", nil).Code)
}
