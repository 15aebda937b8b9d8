package fake_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const (
	keysPath   = fake.BasePath + "/accounts/" + fake.DefaultAccountID + "/calls/turn_keys"
	unknownKey = "ffffffffffffffffffffffffffffffff"
)

func newClient(t *testing.T, server *fake.Server) *turnkeys.Client {
	t.Helper()
	checker, err := contract.New(nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.Empty(t, checker.Violations(), "the fake's answers satisfy the contract") })
	client, err := turnkeys.New(server.AccountID, server.Token,
		turnkeys.WithBaseURL(server.BaseURL), turnkeys.WithHTTPClient(&http.Client{Transport: checker}))
	require.NoError(t, err)
	return client
}

func TestKeysLiveUntilTheyAreDeleted(t *testing.T) {
	client := newClient(t, fake.Start(t))
	ctx := t.Context()
	first, err := client.Create(ctx, "same name")
	require.NoError(t, err)
	second, err := client.Create(ctx, "same name")
	require.NoError(t, err)
	assert.NotEqual(t, first.UID, second.UID)
	assert.Regexp(t, `^[0-9a-f]{64}$`, first.Secret.Reveal())
	assert.NotEqual(t, first.Secret.Reveal(), second.Secret.Reveal())

	keys, err := client.List(ctx)
	require.NoError(t, err)
	assert.Equal(t, []turnkeys.Key{first.Key, second.Key}, keys)

	edited, err := client.Edit(ctx, first.UID, "")
	require.NoError(t, err)
	assert.Empty(t, edited.Name)
	assert.Equal(t, first.Created, edited.Created)
	assert.False(t, edited.Modified.Before(first.Modified))
	assert.Zero(t, edited.Created.Nanosecond()%1000, "timestamps are exact to the microsecond")

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

func TestAccountsDoNotSeeEachOther(t *testing.T) {
	const otherAccount, otherToken = "0123456789abcdef0123456789abcdef", "the-other-accounts-token"
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
}

func TestAnAccountHoldsAThousandKeys(t *testing.T) {
	client := newClient(t, fake.Start(t))
	for range 1000 {
		_, err := client.Create(t.Context(), "")
		require.NoError(t, err)
	}
	_, err := client.Create(t.Context(), "one too many")
	require.ErrorContains(t, err, "400 Bad Request: An account may hold 1,000 TURN keys")
	keys, err := client.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, keys, 1000)
}

func TestBadRequestsGetCloudflaresCodes(t *testing.T) {
	api := fake.New()
	const good = "Bearer " + fake.DefaultToken
	for name, tc := range map[string]struct {
		method, path, authorization, body string
		status                            int
		code                              string
	}{
		"no token":                   {"GET", keysPath, "", "", 400, "6003"},
		"another scheme":             {"GET", keysPath, "Basic dTpw", "", 400, "6003"},
		"two words of token":         {"GET", keysPath, good + " x", "", 400, "6003"},
		"a wrong token":              {"POST", keysPath, good + "x", `{"name":"n"}`, 403, "10000"},
		"another account":            {"GET", strings.Replace(keysPath, "023e", "123e", 1), good, "", 403, "10000"},
		"an unknown key":             {"GET", keysPath + "/" + unknownKey, good, "", 404, "20008"},
		"an unknown key to edit":     {"PUT", keysPath + "/" + unknownKey, good, `{}`, 404, "20008"},
		"an unknown key to delete":   {"DELETE", keysPath + "/" + unknownKey, good, "", 404, "20008"},
		"an unknown path":            {"GET", fake.BasePath + "/zones", good, "", 404, "7003"},
		"the root":                   {"GET", "/", good, "", 404, "7003"},
		"an undocumented method":     {"PATCH", keysPath, good, "{}", 404, "7003"},
		"a trailing slash":           {"GET", keysPath + "/", good, "", 404, "7003"},
		"a doubled slash":            {"GET", strings.Replace(keysPath, "/calls", "//calls", 1), good, "", 404, "7003"},
		"a dot segment":              {"GET", keysPath + "/../turn_keys", good, "", 404, "7003"},
		"no body":                    {"POST", keysPath, good, "", 400, "20400"},
		"a body cut off":             {"POST", keysPath, good, `{"name":`, 400, "20400"},
		"a body that goes on":        {"POST", keysPath, good, `{} {}`, 400, "20400"},
		"a body that is no object":   {"POST", keysPath, good, `["name"]`, 400, "20400"},
		"null for a body":            {"PUT", keysPath + "/" + unknownKey, good, `null`, 400, "20400"},
		"a name that is no string":   {"POST", keysPath, good, `{"name":1}`, 400, "20400"},
		"a body larger than 64 KiB":  {"POST", keysPath, good, `{"name":"` + strings.Repeat("n", 64<<10) + `"}`, 400, "20400"},
		"a bad body and a bad token": {"POST", keysPath, "Bearer x", `{`, 403, "10000"},
	} {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequestWithContext(t.Context(), tc.method, "http://fake"+tc.path, strings.NewReader(tc.body))
			if tc.authorization != "" {
				request.Header.Set("Authorization", tc.authorization)
			}
			response := httptest.NewRecorder()
			api.ServeHTTP(response, request)

			assert.Equal(t, tc.status, response.Code)
			assert.Equal(t, "application/json", response.Header().Get("Content-Type"))
			assert.Regexp(t, `^[0-9a-f]{16}-[A-Z]{3}$`, response.Header().Get("CF-Ray"))
			assert.Regexp(t, `^\{"errors":\[\{"code":`+tc.code+`,"message":"[^"]+"\}\],"messages":\[\],"result":null,"success":false\}\n$`,
				response.Body.String())
		})
	}
}

func TestAnswersLookLikeCloudflares(t *testing.T) {
	api := fake.New()
	request := httptest.NewRequestWithContext(t.Context(), "POST", keysPath, strings.NewReader(`{}`))
	request.Header.Set("Authorization", "Bearer "+fake.DefaultToken)
	response := httptest.NewRecorder()
	api.ServeHTTP(response, request)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusCreated, response.Code)
	const timestamp = `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"`
	assert.Regexp(t, `^\{"errors":\[\],"messages":\[\],"result":\{"created":`+timestamp+`,"key":"[0-9a-f]{64}",`+
		`"modified":`+timestamp+`,"name":"","uid":"[0-9a-f]{32}"\},"success":true\}\n$`, string(body))
}
