package fake_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

const wrongToken = "Bearer not-a-good-token-but-of-the-right-form-1"

func assertRejected(t *testing.T, response *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	assert.Equal(t, status, response.Code)
	assert.Equal(t, "application/json", response.Header().Get("Content-Type"))
	assert.Regexp(t, `^[0-9a-f]{16}-[A-Z]{3}$`, response.Header().Get("CF-Ray"))
	assert.Regexp(t, `^\{"errors":\[\{"code":`+code+`,"message":"[^"]+"\}\],"messages":\[\],"result":null,"success":false\}\n$`,
		response.Body.String())
}

func TestInvalidCredentialsAreRejected(t *testing.T) {
	api := fake.New(fake.WithAccount(fake.DefaultAccountID, fake.DefaultToken), fake.WithAccount(unknownKey, "short"))
	key := api.AddKey(fake.DefaultAccountID, generated.TurnKey{Name: "kept"})
	good := "Bearer " + fake.DefaultToken
	for name, tc := range map[string]struct {
		header http.Header
		status int
		code   string
	}{
		"none":               {http.Header{"Authorization": nil}, 400, "6003"},
		"two words of token": {http.Header{"Authorization": {good + " x"}}, 400, "6003"},
		"truncated":          {http.Header{"Authorization": {good[:len(good)-1]}}, 400, "6003"},
		"a global key too":   {http.Header{"X-Auth-Key": {"k"}}, 400, "6003"},
		"a wrong token":      {http.Header{"Authorization": {wrongToken}}, 403, "10000"},
		"in another case":    {http.Header{"Authorization": {"Bearer " + strings.ToUpper(fake.DefaultToken)}}, 403, "10000"},
		"another account's":  {http.Header{"Authorization": {"Bearer short"}}, 403, "10000"},
	} {
		t.Run(name, func(t *testing.T) {
			assertRejected(t, ask(t, api, "POST", keysPath, `{"name":"n"}`, tc.header), tc.status, tc.code)
			assertRejected(t, ask(t, api, "GET", keysPath, "", tc.header), tc.status, tc.code)
			assertRejected(t, ask(t, api, "GET", keysPath+"/"+key.UID, "", tc.header), tc.status, tc.code)
			assertRejected(t, ask(t, api, "PUT", keysPath+"/"+key.UID, `{"name":`, tc.header), tc.status, tc.code)
			assertRejected(t, ask(t, api, "DELETE", keysPath+"/"+key.UID, "", tc.header), tc.status, tc.code)
		})
	}
	assert.Equal(t, []generated.TurnKey{key}, api.Keys(fake.DefaultAccountID))
}

func TestAddressesThatAreNotDocumentedAreRejected(t *testing.T) {
	api := fake.New()
	key := api.AddKey(fake.DefaultAccountID, generated.TurnKey{Name: "kept"})
	keyPath := keysPath + "/" + key.UID
	for name, tc := range map[string]struct {
		method, path string
		status       int
		code         string
	}{
		"another account":          {"GET", strings.Replace(keysPath, "023e", "123e", 1), 403, "10000"},
		"an account in upper case": {"GET", strings.Replace(keysPath, "023e", "023E", 1), 403, "10000"},
		"an unknown key":           {"GET", keysPath + "/" + unknownKey, 404, "20008"},
		"a truncated key":          {"DELETE", keyPath[:len(keyPath)-1], 404, "20008"},
		"an unknown path":          {"GET", fake.BasePath + "/zones", 404, "7003"},
		"a dot segment":            {"GET", keysPath + "/../turn_keys", 404, "7003"},
		"escaped slashes":          {"DELETE", keysPath + "/..%2f..%2fx", 404, "20008"},
		"a query":                  {"GET", keysPath + "?page=2", 400, "20400"},
		"PATCH":                    {"PATCH", keyPath, 405, "7001"},
		"DELETE of all keys":       {"DELETE", keysPath, 405, "7001"},
	} {
		t.Run(name, func(t *testing.T) {
			response := ask(t, api, tc.method, tc.path, "", nil)
			assertRejected(t, response, tc.status, tc.code)
			assert.Equal(t, tc.status == 405, response.Header().Get("Allow") != "")
		})
	}
	assert.Equal(t, "GET, POST", ask(t, api, "OPTIONS", keysPath, "", nil).Header().Get("Allow"))
	assert.Equal(t, "DELETE, GET, PUT", ask(t, api, "HEAD", keyPath, "", nil).Header().Get("Allow"))
	assert.Equal(t, []generated.TurnKey{key}, api.Keys(fake.DefaultAccountID))
}

func TestBodiesThatAreNotDocumentedAreRejected(t *testing.T) {
	api := fake.New()
	key := api.AddKey(fake.DefaultAccountID, generated.TurnKey{Name: "kept"})
	contentType := func(values ...string) http.Header { return http.Header{"Content-Type": values} }
	for name, tc := range map[string]struct {
		body   string
		header http.Header
		status int
	}{
		"none":               {"", contentType("application/json"), 400},
		"truncated":          {`{"name":`, nil, 400},
		"an unknown field":   {`{"name":"n","uid":"` + unknownKey + `"}`, nil, 400},
		"larger than 1 MiB":  {`{"name":"` + strings.Repeat("n", 1<<20) + `"}`, nil, 413},
		"no content type":    {`{}`, contentType(), 415},
		"another JSON":       {`{}`, contentType("application/merge-patch+json"), 415},
		"two content types":  {`{}`, contentType("application/json", "text/plain"), 415},
		"another charset":    {`{"name":"ä"}`, contentType("application/json; charset=latin1"), 415},
		"a content encoding": {`{}`, http.Header{"Content-Encoding": {"gzip"}}, 415},
	} {
		t.Run(name, func(t *testing.T) {
			assertRejected(t, ask(t, api, "POST", keysPath, tc.body, tc.header), tc.status, "20400")
			assertRejected(t, ask(t, api, "PUT", keysPath+"/"+key.UID, tc.body, tc.header), tc.status, "20400")
		})
	}
	for _, method := range []string{"GET", "DELETE"} {
		assertRejected(t, ask(t, api, method, keysPath+"/"+key.UID, `{}`, nil), 400, "20400")
	}
	assert.Equal(t, []generated.TurnKey{key}, api.Keys(fake.DefaultAccountID))
}

func TestWhatTheDocumentPermitsIsAccepted(t *testing.T) {
	api := fake.New()
	for name, tc := range map[string]struct {
		path, body string
		header     http.Header
	}{
		"no name":                   {keysPath, `{}`, nil},
		"an escaped field":          {keysPath, `{"n\u0061me":"n"}`, nil},
		"UTF-8, said so":            {keysPath, `{}`, http.Header{"Content-Type": {"Application/JSON; charset=\"UTF-8\""}}},
		"another charset, of ASCII": {keysPath, `{}`, http.Header{"Content-Type": {"application/json; charset=latin1"}}},
		"an escaped path":           {strings.Replace(keysPath, "023e", "02%33e", 1), `{}`, nil},
		"two spaces":                {keysPath, `{}`, http.Header{"Authorization": {"bearer  " + fake.DefaultToken}}},
		"a header of the program":   {keysPath, `{}`, http.Header{"Traceparent": {"00-1-1-00"}}},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(api.Keys(fake.DefaultAccountID))
			response := ask(t, api, "POST", tc.path, tc.body, tc.header)
			require.Equal(t, http.StatusCreated, response.Code, "%s", response.Body)
			assert.Len(t, api.Keys(fake.DefaultAccountID), before+1)
		})
	}
}

func TestAClientsRequestIsServedWithoutAServerInBetween(t *testing.T) {
	api := fake.New()
	key := api.AddKey(fake.DefaultAccountID, generated.TurnKey{Name: "kept"})
	request, err := http.NewRequestWithContext(t.Context(), "GET", "http://fake"+keysPath+"/"+key.UID, nil)
	require.NoError(t, err)
	request.Header = http.Header{"Authorization": {"Bearer " + fake.DefaultToken}, "X-Http-Method-Override": {"DELETE"}} // is ignored
	response := httptest.NewRecorder()
	api.ServeHTTP(response, request)
	assert.Equal(t, http.StatusOK, response.Code)
	assert.Nil(t, request.Body)
	assert.Equal(t, []generated.TurnKey{key}, api.Keys(fake.DefaultAccountID))
}
