package contract_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// serveTarget starts a handler and returns a run's target, and the number of requests it has had.
func serveTarget(t *testing.T, handler http.Handler) (contract.Target, *atomic.Int32) {
	t.Helper()
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return contract.Target{
		BaseURL: server.URL + fake.BasePath, AccountID: fake.DefaultAccountID, Token: fake.DefaultToken,
	}, &requests
}

// keysAt lists what is left on a server.
func keysAt(t *testing.T, target contract.Target) []turnkeys.Key {
	t.Helper()
	client, err := turnkeys.New(target.AccountID, target.Token, turnkeys.WithBaseURL(target.BaseURL))
	require.NoError(t, err)
	keys, err := client.List(context.WithoutCancel(t.Context()))
	require.NoError(t, err)
	return keys
}

func TestRunAgainstTheFakeConformsAndTouchesNoOtherKey(t *testing.T) {
	t.Parallel()
	target, requests := serveTarget(t, fake.New())
	client, err := turnkeys.New(target.AccountID, target.Token, turnkeys.WithBaseURL(target.BaseURL))
	require.NoError(t, err)
	bystander, err := client.Create(t.Context(), "turnkeys-contract-of-somebody-else")
	require.NoError(t, err)
	requests.Store(0)

	var observed int
	target.Observe = func(contract.Exchange) { observed++ }
	report, err := contract.Run(t.Context(), target)
	require.NoError(t, err)
	assert.True(t, report.OK())
	assert.Empty(t, report.Violations())
	assert.Equal(t, "10 of 10 documented responses", report.Coverage.String())
	assert.Len(t, report.Deleted, 1)
	assert.Empty(t, report.Left)
	assert.Len(t, report.Exchanges, observed)
	assert.Equal(t, int32(observed), requests.Load())
	assert.Less(t, observed, 30)
	assert.Equal(t, []turnkeys.Key{bystander.Key}, keysAt(t, target))
}

func TestRunReportsASecretSentAsSecret(t *testing.T) {
	t.Parallel()
	target, _ := serveTarget(t, fake.New(fake.WithSecretAs("secret")))
	report, err := contract.Run(t.Context(), target)
	require.NoError(t, err)
	assert.False(t, report.OK())
	require.Len(t, report.Violations(), 1)
	assert.Equal(t, `createTurnKey.201:/result/key  the secret came as "secret" (renamed)`, report.Violations()[0].String())

	target.Accept = contract.Acceptances{"createTurnKey.201:/result/key", "getTurnKey.200:/result/name"}
	report, err = contract.Run(t.Context(), target)
	require.NoError(t, err)
	assert.True(t, report.OK())
	require.Len(t, report.Violations(), 1)
	assert.True(t, report.Violations()[0].Accepted)
	assert.Equal(t, contract.Acceptances{"getTurnKey.200:/result/name"}, report.Unused)
}

// tampered changes the answers to the requests of one method, on a key or on the collection, from the nth on.
func tampered(method string, onKey bool, from int32, change func(body string) string) http.Handler {
	api := fake.New()
	var seen atomic.Int32
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		api.ServeHTTP(answer, r)
		body := answer.Body.String()
		if r.Method == method && onKey != strings.HasSuffix(r.URL.Path, "turn_keys") && answer.Code < 300 && seen.Add(1) >= from {
			body = change(body)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(answer.Code)
		_, _ = io.WriteString(w, body)
	})
}

func replace(old, replacement string) func(string) string {
	return func(body string) string { return strings.Replace(body, old, replacement, 1) }
}

func TestRunHoldsTheAnswersAgainstEachOther(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		handler http.Handler
		place   string
	}{
		"create gives another name":      {tampered("POST", false, 1, replace(`"name":"`, `"name":"x`)), "createTurnKey.201:/result/name"},
		"get shows another name":         {tampered("GET", true, 1, replace(`"name":"`, `"name":"x`)), "getTurnKey.200:/result/name"},
		"get shows another creation":     {tampered("GET", true, 1, replace(`"created":"2`, `"created":"1`)), "getTurnKey.200:/result/created"},
		"edit does not edit":             {tampered("PUT", true, 1, replace(`-edited"`, `"`)), "editTurnKey.200:/result/name"},
		"edit sets modified back":        {tampered("PUT", true, 1, replace(`"modified":"2`, `"modified":"1`)), "editTurnKey.200:/result/modified"},
		"edit changes created":           {tampered("PUT", true, 1, replace(`"created":"2`, `"created":"1`)), "editTurnKey.200:/result/created"},
		"list leaves the key out":        {tampered("GET", false, 2, func(string) string { return `{"errors":[],"messages":[],"result":[],"success":true}` }), "listTurnKeys.200:/result"},
		"list shows the key twice":       {tampered("GET", false, 2, twice), "listTurnKeys.200:/result"},
		"list shows it otherwise":        {tampered("GET", false, 2, replace(`-edited"`, `"`)), "listTurnKeys.200:/result/0/name"},
		"delete shows it otherwise":      {tampered("DELETE", true, 1, replace(`-edited"`, `"`)), "deleteTurnKey.200:/result/name"},
		"a deleted key can still be got": {undeletable(), "getTurnKey.200:status"},
		"a deleted key is still listed":  {undeletable(), "listTurnKeys.200:/result"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target, _ := serveTarget(t, tc.handler)
			report, err := contract.Run(t.Context(), target)
			require.NoError(t, err)
			assert.False(t, report.OK())
			assert.Contains(t, places(report.Violations()), tc.place)
		})
	}
}

// twice doubles the only key of a list.
func twice(body string) string {
	from, to := strings.Index(body, "[{"), strings.LastIndex(body, "}]")
	if from < 0 {
		return body
	}
	key := body[from+1 : to+1]
	return body[:from+1] + key + "," + key + body[to+1:]
}

// undeletable answers a delete with the key, and keeps it.
func undeletable() http.Handler {
	api := fake.New()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			r.Method = http.MethodGet
		}
		api.ServeHTTP(w, r)
	})
}

func TestRunDeletesItsKey(t *testing.T) {
	t.Parallel()
	stopAfterCreate := func(stop func()) func(contract.Exchange) {
		return func(e contract.Exchange) {
			if e.OperationID == "createTurnKey" && e.Status == http.StatusCreated {
				stop()
			}
		}
	}
	t.Run("when it is interrupted", func(t *testing.T) {
		t.Parallel()
		target, _ := serveTarget(t, fake.New())
		ctx, cancel := context.WithCancel(t.Context())
		target.Observe = stopAfterCreate(cancel)
		report, err := contract.Run(ctx, target)
		require.ErrorIs(t, err, context.Canceled)
		assert.Len(t, report.Deleted, 1)
		assert.Empty(t, keysAt(t, target))
	})
	t.Run("when it panics", func(t *testing.T) {
		t.Parallel()
		target, _ := serveTarget(t, fake.New())
		target.Observe = stopAfterCreate(func() { panic("in Observe") })
		assert.PanicsWithValue(t, "in Observe", func() { _, _ = contract.Run(t.Context(), target) })
		assert.Empty(t, keysAt(t, target))
	})
	t.Run("when a later answer is no good", func(t *testing.T) {
		t.Parallel()
		target, _ := serveTarget(t, tampered("GET", true, 1, func(string) string { return "<html>" }))
		report, err := contract.Run(t.Context(), target)
		require.NoError(t, err)
		assert.False(t, report.OK())
		assert.Empty(t, keysAt(t, target))
	})
	t.Run("when the answer to create is lost", func(t *testing.T) {
		t.Parallel()
		target, _ := serveTarget(t, tampered("POST", false, 1, func(body string) string { return body[:20] }))
		report, err := contract.Run(t.Context(), target)
		require.NoError(t, err)
		assert.False(t, report.OK())
		assert.Len(t, report.Deleted, 1)
		assert.Empty(t, keysAt(t, target))
	})
	t.Run("when a server takes any token", func(t *testing.T) {
		t.Parallel()
		api := fake.New()
		target, _ := serveTarget(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Authorization", "Bearer "+fake.DefaultToken)
			api.ServeHTTP(w, r)
		}))
		report, err := contract.Run(t.Context(), target)
		require.NoError(t, err)
		assert.Contains(t, places(report.Violations()), "createTurnKey.201:status")
		assert.Len(t, report.Deleted, 2)
		assert.Empty(t, keysAt(t, target))
	})
}

func TestRunNamesTheKeyThatItCouldNotDelete(t *testing.T) {
	t.Parallel()
	api := fake.New()
	api.FailNext("deleteTurnKey", 500, 500, 500, 500)
	target, _ := serveTarget(t, api)
	report, err := contract.Run(t.Context(), target)
	require.NoError(t, err)
	assert.False(t, report.OK())
	require.Len(t, report.Left, 1)
	assert.Equal(t, keysAt(t, target)[0].UID, report.Left[0])
}

func TestRunThatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	target, requests := serveTarget(t, fake.New())
	refused := target
	refused.Token = "another-token"
	report, err := contract.Run(t.Context(), refused)
	require.ErrorIs(t, err, turnkeys.ErrUnauthorized)
	assert.Empty(t, report.Violations())
	assert.Equal(t, int32(1), requests.Load())

	unreachable := target
	unreachable.BaseURL = "http://127.0.0.1:1/client/v4"
	_, err = contract.Run(t.Context(), unreachable)
	require.ErrorContains(t, err, "dial tcp 127.0.0.1:1: ")

	plaintext := target
	plaintext.BaseURL = "http://10.0.0.1/client/v4"
	_, err = contract.Run(t.Context(), plaintext)
	require.ErrorContains(t, err, "base URL: want https")

	target.Accept = contract.Acceptances{"createTurnKey"}
	_, err = contract.Run(t.Context(), target)
	require.ErrorContains(t, err, "such as createTurnKey.201:/result/key")
}

func TestRunWaitsARateLimitOutOnce(t *testing.T) {
	t.Parallel()
	api := fake.New()
	api.FailNext("getTurnKey", 429)
	target, requests := serveTarget(t, api)
	report, err := contract.Run(t.Context(), target)
	require.NoError(t, err)
	assert.True(t, report.OK())
	assert.Equal(t, int32(14), requests.Load())

	api.FailNext("getTurnKey", 429, 429)
	report, err = contract.Run(t.Context(), target)
	require.NoError(t, err)
	assert.Equal(t, []string{"getTurnKey.429:status"}, places(report.Violations()))
	assert.Empty(t, keysAt(t, target))
}

func TestReportNeverShowsSecretOrToken(t *testing.T) {
	t.Parallel()
	var secrets []string
	api := fake.New(fake.WithSecretAs("secret"))
	target, _ := serveTarget(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		api.ServeHTTP(answer, r)
		body := answer.Body.Bytes()
		if i := bytes.Index(body, []byte(`"secret":"`)); i > 0 {
			secrets = append(secrets, string(body[i+10:i+74]))
		}
		if len(secrets) > 0 { // every later answer echoes the secret and the token, as a value and as a name
			body = bytes.Replace(body, []byte(`"name":"`), []byte(`"`+secrets[0]+`":1,"`+fake.DefaultToken+`":1,"name":"`+secrets[0]+fake.DefaultToken), 1)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(answer.Code)
		_, _ = w.Write(body)
	}))
	report, err := contract.Run(t.Context(), target)
	require.NoError(t, err)
	require.NotEmpty(t, secrets)
	require.NotEmpty(t, report.Violations())
	for _, v := range report.Violations() {
		assert.NotContains(t, v.String(), secrets[0])
		assert.NotContains(t, v.String(), fake.DefaultToken)
		assert.NotContains(t, v.String(), "\n")
	}
}
