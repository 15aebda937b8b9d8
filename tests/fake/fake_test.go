package fake_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const (
	keysPath   = fake.BasePath + "/accounts/" + fake.DefaultAccountID + "/calls/turn_keys"
	unknownKey = "ffffffffffffffffffffffffffffffff"
)

// newClient returns a client whose exchanges with the fake are checked against the document.
func newClient(t *testing.T, server *fake.Server, options ...turnkeys.Option) *turnkeys.Client {
	t.Helper()
	client, err := turnkeys.New(server.AccountID, server.Token,
		append(options, turnkeys.WithBaseURL(server.BaseURL), turnkeys.WithHTTPClient(contract.HTTPClient(t)))...)
	require.NoError(t, err)
	return client
}

// ask sends a request to the fake, with the default token unless header has another. The response conforms to the
// document even if the request does not.
func ask(t *testing.T, api *fake.API, method, path, body string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, "http://fake"+path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+fake.DefaultToken)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	maps.Copy(request.Header, header)
	checker, err := contract.New(nil)
	require.NoError(t, err)
	response := httptest.NewRecorder()
	checker.Middleware(api).ServeHTTP(response, request)
	for _, v := range checker.Violations() {
		if v.In == contract.Response && v.Known == "" && v.Status < 500 {
			t.Error(v)
		}
	}
	return response
}

func TestKeysLiveUntilTheyAreDeleted(t *testing.T) {
	client, ctx := newClient(t, fake.Start(t)), t.Context()
	first, err := client.Create(ctx, "same name")
	require.NoError(t, err)
	second, err := client.Create(ctx, "same name")
	require.NoError(t, err)
	assert.NotEqual(t, first.Secret.Reveal(), second.Secret.Reveal())
	keys, err := client.List(ctx)
	require.NoError(t, err)
	assert.Equal(t, []turnkeys.Key{first.Key, second.Key}, keys)

	edited, err := client.Edit(ctx, first.UID, "")
	require.NoError(t, err)
	assert.Empty(t, edited.Name)
	got, err := client.Get(ctx, first.UID)
	require.NoError(t, err)
	assert.Equal(t, edited, got)

	deleted, err := client.Delete(ctx, first.UID)
	require.NoError(t, err)
	assert.Equal(t, edited, deleted)
	_, err = client.Get(ctx, first.UID)
	require.ErrorIs(t, err, turnkeys.ErrNotFound)
	keys, err = client.List(ctx)
	require.NoError(t, err)
	assert.Equal(t, []turnkeys.Key{second.Key}, keys)
}

func TestEveryEditMovesModifiedAndNothingElseDoes(t *testing.T) {
	api := fake.New()
	ahead := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond) // as if the clock had been set back since
	key := api.AddKey(fake.DefaultAccountID, generated.TurnKey{Created: ahead, Name: "old"})
	for edits := range 3 {
		require.Equal(t, http.StatusOK, ask(t, api, "PUT", keysPath+"/"+key.UID, `{}`, nil).Code)
		require.Equal(t, http.StatusOK, ask(t, api, "GET", keysPath+"/"+key.UID, "", nil).Code)
		require.Equal(t, http.StatusOK, ask(t, api, "GET", keysPath, "", nil).Code)
		now := api.Keys(fake.DefaultAccountID)[0]
		assert.Equal(t, ahead, now.Created)
		assert.Empty(t, now.Name)
		assert.Equal(t, ahead.Add(time.Duration(edits+1)*time.Microsecond), now.Modified)
	}
}

func TestNamesComeBackAsTheyWent(t *testing.T) {
	sent := []string{`"\ud83d\ude00"`, `"\uD83D\uDE00"`, `"\u00e9"`, `"\/"`, `"\\ud83d"`, `"\ufffd"`}
	for _, name := range []string{
		"", " both ends ", "tab\tline\n\r", `"quoted" \ back`, "<b>&amp;</b>", "a%20b+c", "e\u0301", "\u00e9", "😀", "通話",
		"\u0001", "\u001f", "\u007f", "\u2028", "\ufeff", "\U0010ffff", strings.Repeat("ä", 300), "null", "name",
	} {
		data, err := json.Marshal(name)
		require.NoError(t, err)
		sent = append(sent, string(data))
	}
	api := fake.New()
	for _, name := range sent {
		var got struct {
			Result struct {
				UID  string
				Name json.RawMessage
			}
		}
		body, path := `{"name":`+name+`}`, keysPath
		for _, request := range [][2]string{{"POST", body}, {"GET", ""}, {"PUT", body}, {"DELETE", ""}} {
			require.NoError(t, json.Unmarshal(ask(t, api, request[0], path, request[1], nil).Body.Bytes(), &got))
			assert.JSONEq(t, name, string(got.Result.Name))
			path = keysPath + "/" + got.Result.UID
		}
	}
}

func TestAnAccountHasAThousandKeysAtMost(t *testing.T) {
	api := fake.New()
	for range 999 {
		api.AddKey(fake.DefaultAccountID, generated.TurnKey{})
	}
	assert.Equal(t, http.StatusCreated, ask(t, api, "POST", keysPath, `{}`, nil).Code)
	tooMany := ask(t, api, "POST", keysPath, `{}`, nil)
	assertRejected(t, tooMany, 400, "20400")
	assert.Contains(t, tooMany.Body.String(), "An account may have 1,000 TURN keys")
	assert.Len(t, api.Keys(fake.DefaultAccountID), 1000)
}

func TestManyClientsAtOnceGetAKeyEach(t *testing.T) {
	server := fake.Start(t)
	client := newClient(t, server)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			created, err := client.Create(t.Context(), "")
			assert.NoError(t, err)
			_, err = client.Edit(t.Context(), created.UID, "edited")
			assert.NoError(t, err)
			server.FailNext("deleteTurnKey", 404)
			_, _ = server.Requests(), server.Keys(server.AccountID)
		})
	}
	group.Wait()
	uids := map[string]bool{}
	for _, key := range server.Keys(server.AccountID) {
		uids[key.UID] = true
		assert.Equal(t, "edited", key.Name)
	}
	assert.Len(t, uids, 8)
	assert.Len(t, server.Requests(), 16)
}

func TestResponsesLookLikeCloudflares(t *testing.T) {
	response := ask(t, fake.New(), "POST", keysPath, `{}`, nil)
	assert.Equal(t, http.StatusCreated, response.Code)
	const timestamp = `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"`
	assert.Regexp(t, `^\{"errors":\[\],"messages":\[\],"result":\{.*\},"success":true\}\n$`, response.Body.String())
	for _, field := range []string{`"created":` + timestamp, `"key":"[0-9a-f]{64}"`, `"modified":` + timestamp, `"name":""`, `"uid":"[0-9a-f]{32}"`} {
		assert.Regexp(t, `[{,]`+field+`[,}]`, response.Body.String())
	}
}

// tests/known_drift_test.go has what is reported. Everything else is as documented.
func TestAsReportedChangesNothingElse(t *testing.T) {
	api := fake.New(fake.AsReported())
	assertRejected(t, ask(t, api, "POST", keysPath, `[]`, nil), 400, "20400")
	assertRejected(t, ask(t, api, "GET", keysPath+"/"+unknownKey, "", nil), 404, "20008")
	api.FailNext("listTurnKeys", 502)
	assert.Equal(t, "<!DOCTYPE html><title>Bad Gateway</title>\n", ask(t, api, "GET", keysPath, "", nil).Body.String())
	assert.Equal(t, `{"errors":[],"messages":[],"result":[],"success":true}`+"\n", ask(t, api, "GET", keysPath, "", nil).Body.String())
}
