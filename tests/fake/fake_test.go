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

// ask sends a request with the default token, unless header has another, to the fake. The answer satisfies the document
// even where the request does not, and is a refusal then.
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
	client := newClient(t, fake.Start(t))
	ctx := t.Context()
	first, err := client.Create(ctx, "same name")
	require.NoError(t, err)
	second, err := client.Create(ctx, "same name")
	require.NoError(t, err)
	assert.NotEqual(t, first.UID, second.UID)
	assert.NotEqual(t, first.Secret.Reveal(), second.Secret.Reveal())

	keys, err := client.List(ctx)
	require.NoError(t, err)
	assert.Equal(t, []turnkeys.Key{first.Key, second.Key}, keys)

	edited, err := client.Edit(ctx, first.UID, "")
	require.NoError(t, err)
	assert.Empty(t, edited.Name)
	assert.Equal(t, first.Created, edited.Created)
	got, err := client.Get(ctx, first.UID)
	require.NoError(t, err)
	assert.Equal(t, edited, got)

	deleted, err := client.Delete(ctx, first.UID)
	require.NoError(t, err)
	assert.Equal(t, edited, deleted)
	for _, err := range []error{
		errorOf(client.Get(ctx, first.UID)), errorOf(client.Edit(ctx, first.UID, "x")), errorOf(client.Delete(ctx, first.UID)),
	} {
		require.ErrorIs(t, err, turnkeys.ErrNotFound)
		require.ErrorContains(t, err, "code 20008")
	}
	keys, err = client.List(ctx)
	require.NoError(t, err)
	assert.Equal(t, []turnkeys.Key{second.Key}, keys)
}

func errorOf[T any](_ T, err error) error { return err }

func TestEveryEditMovesModifiedAndNothingElseDoes(t *testing.T) {
	api := fake.New()
	ahead := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond) // as if the clock had been set back since
	key := api.AddKey(fake.DefaultAccountID, generated.TurnKey{Created: ahead})
	for edits := range 3 {
		require.Equal(t, http.StatusOK, ask(t, api, "PUT", keysPath+"/"+key.UID, `{"name":"same"}`, nil).Code)
		require.Equal(t, http.StatusOK, ask(t, api, "GET", keysPath+"/"+key.UID, "", nil).Code)
		require.Equal(t, http.StatusOK, ask(t, api, "GET", keysPath, "", nil).Code)
		now := api.Keys(fake.DefaultAccountID)[0]
		assert.Equal(t, ahead, now.Created)
		assert.Equal(t, ahead.Add(time.Duration(edits+1)*time.Microsecond), now.Modified)
	}
}

func TestNamesComeBackAsTheyWent(t *testing.T) {
	api := fake.New()
	for _, name := range []string{
		"", " both ends ", "tab\tline\n\r", `"quoted" \ back`, "<b>&amp;</b>", "a%20b+c", "e\u0301", "\u00e9", "😀", "通話",
		"\u0001", "\u001f", "\u007f", "\u2028", "\ufeff", "\ufffd", `\ud83d`, "\U0010ffff", strings.Repeat("ä", 300), "null", "name",
	} {
		sent, err := json.Marshal(map[string]string{"name": name})
		require.NoError(t, err)
		var answer struct {
			Result struct{ UID, Name string }
		}
		response := ask(t, api, "POST", keysPath, string(sent), nil)
		require.Equal(t, http.StatusCreated, response.Code, "%q", name)
		require.NoError(t, json.Unmarshal(response.Body.Bytes(), &answer))
		assert.Equal(t, name, answer.Result.Name)

		path := keysPath + "/" + answer.Result.UID
		for _, response := range []*httptest.ResponseRecorder{
			ask(t, api, "GET", path, "", nil), ask(t, api, "PUT", path, string(sent), nil), ask(t, api, "DELETE", path, "", nil),
		} {
			require.NoError(t, json.Unmarshal(response.Body.Bytes(), &answer))
			assert.Equal(t, name, answer.Result.Name)
		}
	}
	for _, escaped := range []string{`\ud83d\ude00`, `\uD83D\uDE00`, `\u00e9`, `\/`, `\\ud83d`, `\ufffd`} {
		var want string
		require.NoError(t, json.Unmarshal([]byte(`"`+escaped+`"`), &want))
		require.Equal(t, http.StatusCreated, ask(t, api, "POST", keysPath, `{"name":"`+escaped+`"}`, nil).Code, escaped)
		keys := api.Keys(fake.DefaultAccountID)
		assert.Equal(t, want, keys[len(keys)-1].Name)
	}
}

func TestAccountsDoNotSeeEachOther(t *testing.T) {
	const otherAccount, otherToken = "0123456789abcdef0123456789abcdef", "fake-token-of-another-account-0123456789"
	server := fake.Start(t, fake.WithAccount(otherAccount, otherToken))
	_, err := newClient(t, server).Create(t.Context(), "ours")
	require.NoError(t, err)

	other := *server
	other.AccountID, other.Token = otherAccount, otherToken
	keys, err := newClient(t, &other).List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, keys)

	other.AccountID = server.AccountID
	_, err = newClient(t, &other).List(t.Context())
	require.ErrorIs(t, err, turnkeys.ErrUnauthorized)
	require.ErrorContains(t, err, "code 10000")
}

func TestAnAccountHoldsAThousandKeys(t *testing.T) {
	server := fake.Start(t)
	for range 999 {
		server.AddKey(server.AccountID, generated.TurnKey{})
	}
	client := newClient(t, server)
	_, err := client.Create(t.Context(), "the last")
	require.NoError(t, err)
	_, err = client.Create(t.Context(), "one too many")
	require.ErrorContains(t, err, "400 Bad Request: An account may have 1,000 TURN keys")
	keys, err := client.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, keys, 1000)
}

func TestManyClientsAtOnceGetAKeyEach(t *testing.T) {
	server := fake.Start(t)
	client := newClient(t, server)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			created, err := client.Create(t.Context(), "")
			if assert.NoError(t, err) {
				_, err = client.Edit(t.Context(), created.UID, "edited")
				assert.NoError(t, err)
			}
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

func TestAnswersLookLikeCloudflares(t *testing.T) {
	response := ask(t, fake.New(), "POST", keysPath, `{}`, nil)
	assert.Equal(t, http.StatusCreated, response.Code)
	const timestamp = `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"`
	assert.Regexp(t, `^\{"errors":\[\],"messages":\[\],"result":\{.*\},"success":true\}\n$`, response.Body.String())
	for _, field := range []string{`"created":` + timestamp, `"key":"[0-9a-f]{64}"`, `"modified":` + timestamp, `"name":""`, `"uid":"[0-9a-f]{32}"`} {
		assert.Regexp(t, `[{,]`+field+`[,}]`, response.Body.String())
	}
}

func TestNewRefusesOptionsThatCannotWork(t *testing.T) {
	for _, option := range []func(){
		func() { fake.WithAccount("ACCOUNT", "token") },
		func() { fake.WithAccount(fake.DefaultAccountID, "two words") },
		func() { fake.WithAccount(fake.DefaultAccountID, "") },
		func() { fake.WithRetryAfter(-1) },
	} {
		assert.Panics(t, option)
	}
}
