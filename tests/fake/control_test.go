package fake_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

// control sends a request to the control surface, as curl on any machine would.
func control(t *testing.T, api *fake.API, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, "http://fake/fake/"+path, strings.NewReader(body))
	response := httptest.NewRecorder()
	api.Control().ServeHTTP(response, request)
	return response
}

func TestControlInjectsFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := fake.New()
		for path, body := range map[string]string{
			"fail":  `{"operation":"listTurnKeys","statuses":[418]}`,
			"delay": `{"operation":"listTurnKeys","delay":"1.5s","times":1}`,
			"late":  `{"operation":"listTurnKeys","delay":"1s","times":1}`,
			"lose":  `{"operation":"createTurnKey","times":1}`,
		} {
			response := control(t, api, "POST", path, body)
			assert.Equal(t, http.StatusNoContent, response.Code)
			assert.Empty(t, response.Body.String())
		}
		start := time.Now()
		assert.Equal(t, http.StatusTeapot, ask(t, api, "GET", keysPath, "", nil).Code)
		assert.Equal(t, 2500*time.Millisecond, time.Since(start))
		assert.Panics(t, func() { ask(t, api, "POST", keysPath, `{}`, nil) })
	})
}

func TestControlShowsAndSetsUpTheState(t *testing.T) {
	api := fake.New()
	keys := "accounts/" + fake.DefaultAccountID + "/keys"
	added := control(t, api, "POST", keys, `{"name":"old","created":"2014-01-01T05:20:00Z","uid":"`+unknownKey+`"}`)
	require.Equal(t, http.StatusOK, added.Code, "%s", added.Body)
	key := added.Body.String()
	for _, field := range []string{`"created":"2014-01-01T05:20:00Z"`, `"modified":"2014-01-01T05:20:00Z"`, `"name":"old"`, `"uid":"` + unknownKey + `"`} {
		assert.Contains(t, key, field)
	}
	assert.JSONEq(t, "["+key+"]", control(t, api, "GET", keys, "").Body.String())

	assert.JSONEq(t, `[]`, control(t, api, "GET", "requests", "").Body.String())
	ask(t, api, "GET", keysPath, "", nil)
	requests := control(t, api, "GET", "requests", "")
	assert.Equal(t, "application/json", requests.Header().Get("Content-Type"))
	assert.JSONEq(t, `[{"method":"GET","path":"`+keysPath+`","operation":"listTurnKeys","status":200}]`, requests.Body.String())

	assert.Equal(t, http.StatusNoContent, control(t, api, "POST", "reset", "").Code)
	assert.JSONEq(t, `[]`, control(t, api, "GET", keys, "").Body.String())
}

func TestControlSaysWhatItWants(t *testing.T) {
	api := fake.New()
	for _, tc := range []struct{ path, body, message string }{
		{"fail", `{"operation":"getTurnKeys","statuses":[500]}`, `{"error":"unknown operation \"getTurnKeys\"; want one of `},
		{"fail", `{"operation":"getTurnKey","statuses":[429,200]}`, `{"error":"status 200: want 400 to 599"}`},
		{"fail", `{"operation":"getTurnKey"}`, `{"error":"statuses: want 1 or more"}`},
		{"fail", `{"operation":"getTurnKey","statuses":["500"]}`, `{"error":"\"statuses\": want a list such as [429,500]"}`},
		{"fail", `{"operation":"getTurnKey","statuses":500}`, `{"error":"\"statuses\": want a list such as [429,500]"}`},
		{"fail", `{"operation":1,"statuses":[500]}`, `{"error":"\"operation\": want a string"}`},
		{"fail", `[]`, `{"error":"the request body: want a JSON object"}`},
		{"fail", `{"operation":"getTurnKey","status":500}`, `the request body: json: unknown field \"status\"`},
		{"fail", ``, "the request body is empty: want a JSON object"},
		{"fail", `{} {}`, "the request body has data after its JSON object"},
		{"lose", `{"operation":"getTurnKey"}`, `{"error":"times: want 1 or more"}`},
		{"lose", `{"operation":"getTurnKey","times":"1"}`, `{"error":"\"times\": want a whole number"}`},
		{"delay", `{"operation":"getTurnKey","delay":"2","times":1}`, `{"error":"\"delay\": want a string such as \"1.5s\""}`},
		{"delay", `{"operation":"getTurnKey","delay":1.5,"times":1}`, `{"error":"\"delay\": want a string such as \"1.5s\""}`},
		{"delay", `{"operation":"getTurnKey","delay":"-1s","times":1}`, `{"error":"delay -1s: want more than 0"}`},
		{"lose", `{"operation":"getTurnKey","times":1000001}`, "times: want at most 1,000,000, or -1: until the fake is reset"},
		{"lose", `{"operation":"getTurnKey","times":1,"statuses":[500]}`, "the request body has a field of another kind of fault"},
		{"reset?account=nope", ``, `{"error":"unknown account \"nope\"; the fake has ` + fake.DefaultAccountID + `"}`},
		{"accounts/" + fake.DefaultAccountID + "/keys", `{"created":"yesterday"}`, "want times as in RFC 3339, such as 2014-01-01T05:20:00Z"},
		{"accounts/nope/keys", `{}`, `{"error":"unknown account \"nope\"; the fake has ` + fake.DefaultAccountID + `"}`},
		{"accounts/" + fake.DefaultAccountID + "/keys", `{"name":1}`, `{"error":"\"name\": want a string"}`},
		{"accounts/" + fake.DefaultAccountID + "/keys", `{"uid":"x"}`, "want a uid of 32 lower-case hexadecimal digits, or none"},
	} {
		response := control(t, api, "POST", tc.path, tc.body)
		assert.Equal(t, http.StatusBadRequest, response.Code)
		assert.Regexp(t, `^\{"error":"[^\n]*\}\n$`, response.Body.String())
		assert.Contains(t, response.Body.String(), tc.message)
	}
}

func TestControlTellsAWrongPathFromAWrongMethod(t *testing.T) {
	api := fake.New()
	for request, want := range map[string][]string{
		"GET nothing":          {"404", "", "unknown endpoint; want GET /fake/health, "},
		"POST requests":        {"405", "GET, HEAD", "want GET, HEAD"},
		"PUT accounts/x/keys":  {"405", "GET, HEAD, POST", "want GET, HEAD, POST"},
		"GET accounts":         {"405", "POST", "want POST"},
		"DELETE accounts/nope": {"400", "", "unknown account"},
	} {
		method, path, _ := strings.Cut(request, " ")
		response := control(t, api, method, path, "")
		assert.Equal(t, want[0], strconv.Itoa(response.Code), request)
		assert.Equal(t, want[1], response.Header().Get("Allow"), request)
		assert.Contains(t, response.Body.String(), `{"error":"`+want[2])
	}
	health := control(t, api, "GET", "health", "")
	assert.Equal(t, []any{200, 0}, []any{health.Code, health.Body.Len()})
}

func TestWorkersShareAFakeWithAnAccountEach(t *testing.T) {
	api := fake.New()
	var accounts [2]struct {
		AccountID string `json:"account_id"`
		Token     string
	}
	paths := [2]string{}
	for i := range accounts {
		response := control(t, api, "POST", "accounts", "")
		require.Equal(t, http.StatusCreated, response.Code)
		require.NoError(t, json.Unmarshal(response.Body.Bytes(), &accounts[i]))
		paths[i] = fake.BasePath + "/accounts/" + accounts[i].AccountID + "/calls/turn_keys"
	}
	ask := func(i int) int {
		return ask(t, api, "POST", paths[i]+"?page=1", `{}`, http.Header{"Authorization": {"Bearer " + accounts[i].Token}}).Code
	}
	only := "?account=" + accounts[0].AccountID
	assert.Equal(t, http.StatusNoContent, control(t, api, "POST", "fail"+only, `{"operation":"createTurnKey","statuses":[418]}`).Code)
	assert.Equal(t, []int{400, 418, 400}, []int{ask(1), ask(0), ask(0)})
	for _, list := range []string{"requests", "violations"} {
		assert.Equal(t, 2, strings.Count(control(t, api, "GET", list+only, "").Body.String(), accounts[0].AccountID), list)
		assert.NotContains(t, control(t, api, "GET", list+only, "").Body.String(), accounts[1].AccountID)
		assert.Contains(t, control(t, api, "GET", list, "").Body.String(), accounts[1].AccountID)
	}
	assert.Equal(t, http.StatusNoContent, control(t, api, "POST", "reset"+only, "").Code)
	assert.Equal(t, "[]\n", control(t, api, "GET", "violations"+only, "").Body.String())
	assert.Len(t, api.Violations(), 1)
	assert.Equal(t, http.StatusNoContent, control(t, api, "DELETE", "accounts/"+accounts[0].AccountID, "").Code)
	assert.Equal(t, []int{403, 400}, []int{ask(0), ask(1)})
	assert.Equal(t, http.StatusBadRequest, control(t, api, "GET", "requests"+only, "").Code)
}
