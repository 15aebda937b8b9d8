package fake_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
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
	const keys = "accounts/" + fake.DefaultAccountID + "/keys"
	const key = `{"created":"2014-01-01T05:20:00Z","modified":"2014-01-01T05:20:00Z","name":"old","uid":"` + unknownKey + `"}`
	added := control(t, api, "POST", keys, `{"name":"old","created":"2014-01-01T05:20:00Z","uid":"`+unknownKey+`"}`)
	assert.Equal(t, http.StatusOK, added.Code)
	assert.JSONEq(t, key, added.Body.String())
	assert.JSONEq(t, "["+key+"]", control(t, api, "GET", keys, "").Body.String())

	assert.JSONEq(t, `[]`, control(t, api, "GET", "requests", "").Body.String())
	ask(t, api, "PUT", keysPath+"/"+unknownKey, `{"name":"new"}`, nil)
	requests := control(t, api, "GET", "requests", "")
	assert.Equal(t, "application/json", requests.Header().Get("Content-Type"))
	assert.JSONEq(t, `[{"method":"PUT","path":"`+keysPath+`/`+unknownKey+`","operation":"editTurnKey","status":200,"body":"{\"name\":\"new\"}"}]`,
		requests.Body.String())

	assert.Equal(t, http.StatusNoContent, control(t, api, "POST", "reset", "").Code)
	assert.JSONEq(t, `[]`, control(t, api, "GET", keys, "").Body.String())
}

func TestControlSaysWhatItWants(t *testing.T) {
	const (
		keys      = "accounts/" + fake.DefaultAccountID + "/keys"
		noAccount = `unknown account \"nope\"; the fake has ` + fake.DefaultAccountID
		failBody  = `the request body: want a JSON object such as {\"operation\":\"getTurnKey\",\"statuses\":[429,500]}`
		loseBody  = `the request body: want a JSON object such as {\"operation\":\"createTurnKey\",\"times\":1}`
	)
	api := fake.New()
	for _, tc := range []struct{ path, body, message string }{
		{"fail", `{"operation":"getTurnKeys","statuses":[500]}`, `unknown operation \"getTurnKeys\"; want one of `},
		{"fail", `{"operation":"getTurnKey"}`, "want a status"},
		{"fail", `{"operation":"getTurnKey","statuses":["500"]}`, failBody},
		{"fail", `{"operation":"getTurnKey","statuses":[500],"times":1}`, failBody},
		{"fail", ``, failBody},
		{"fail", `{} {}`, failBody},
		{"lose", `{"operation":"getTurnKey","times":1,"delay":"1s"}`, loseBody},
		{"lose", `{"operation":"getTurnKey"}`, "want times from 1 to 1,000,000, or -1: until the fake is reset"},
		{"delay", `{"operation":"getTurnKey","delay":"2","times":1}`, "want a delay of more than 0, such as 1.5s"},
		{"reset?account=nope", ``, noAccount},
		{"accounts/nope/keys", `{}`, noAccount},
		{keys, `{"created":"yesterday"}`, `such as {\"name\":\"video calls\",\"created\":\"2014-01-01T05:20:00Z\"}, times as in RFC 3339`},
		{keys, `{"uid":"x"}`, "want a uid of 32 lower-case hexadecimal digits, or none"},
	} {
		response := control(t, api, "POST", tc.path, tc.body)
		assert.Equal(t, http.StatusBadRequest, response.Code)
		assert.Regexp(t, `^\{"error":"[^\n]*"\}\n$`, response.Body.String())
		assert.Contains(t, response.Body.String(), tc.message)
	}
}

func TestControlTellsAWrongPathFromAWrongMethod(t *testing.T) {
	api := fake.New()
	const unknown = "unknown method or path; want one of DELETE /fake/accounts/{account_id}, GET /fake/accounts/{account_id}/keys, "
	for _, tc := range []struct {
		method, path, allow string
		status              int
		message             string
	}{
		{"GET", "nothing", "", 404, unknown},
		{"POST", "requests", "GET, HEAD", 405, unknown},
		{"PUT", "accounts/x/keys", "GET, HEAD, POST", 405, unknown},
		{"DELETE", "accounts/nope", "", 400, "unknown account"},
	} {
		response := control(t, api, tc.method, tc.path, "")
		assert.Equal(t, tc.status, response.Code)
		assert.Equal(t, tc.allow, response.Header().Get("Allow"))
		assert.Contains(t, response.Body.String(), `{"error":"`+tc.message)
	}
	health := control(t, api, "GET", "health", "")
	assert.Equal(t, []int{200, 0}, []int{health.Code, health.Body.Len()})
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
	assert.Equal(t, http.StatusOK, control(t, api, "POST", "accounts/"+accounts[0].AccountID+"/keys", `{}`).Code)
	assert.Empty(t, api.Keys(accounts[1].AccountID))
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
