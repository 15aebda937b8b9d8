package fake_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

func TestFailNextFailsOneCallForEachStatusEvenIfTheCallIsInvalid(t *testing.T) {
	api := fake.New()
	api.FailNext("createTurnKey", 429, 403, 404)
	api.FailNext("createTurnKey", 503)
	limited := ask(t, api, "POST", keysPath, `[]`, nil)
	assertRejected(t, limited, 429, "10100")
	assert.Equal(t, "1", limited.Header().Get("Retry-After"))
	assertRejected(t, ask(t, api, "POST", keysPath, `{}`, http.Header{"Authorization": {"Bearer "}}), 403, "10000")
	assertRejected(t, ask(t, api, "POST", keysPath, `{}`, nil), 404, "20008")
	unavailable := ask(t, api, "POST", keysPath, `{}`, nil)
	assert.Equal(t, 503, unavailable.Code)
	assert.Equal(t, "<!DOCTYPE html><title>Service Unavailable</title>\n", unavailable.Body.String())
	assertRejected(t, ask(t, api, "POST", keysPath, `[]`, nil), 400, "20400")
	assert.Empty(t, api.Keys(fake.DefaultAccountID))
}

func TestWhatCannotWorkPanicsWithOneLine(t *testing.T) {
	const other = "00000000000000000000000000000001"
	api := fake.New(fake.WithAccount(fake.DefaultAccountID, fake.DefaultToken), fake.WithAccount(other, "t"))
	noOperation := "; want one of " + strings.Join(fake.Operations(), ", ")
	const times = "want times from 1 to 1,000,000, or -1: until the fake is reset"
	const account = "WithAccount: want an id of 32 lower-case hexadecimal digits, and a token of letters, digits and ._~+/=-"
	const noAccount = `unknown account "ACCOUNT"; the fake has ` + other + ", " + fake.DefaultAccountID
	for _, tc := range []struct {
		message string
		call    func()
	}{
		{`FailNext: unknown operation "getTurnKeys"` + noOperation, func() { api.FailNext("getTurnKeys", 500) }},
		{"FailNext: want a status", func() { api.FailNext("getTurnKey") }},
		{"FailNext: want a status from 400 to 599", func() { api.FailNext("getTurnKey", 429, 399) }},
		{"FailNext: want a status from 400 to 599", func() { api.FailNext("getTurnKey", 600) }},
		{"LoseResponse: " + times, func() { api.LoseResponse("getTurnKey", 0) }},
		{"LoseResponse: " + times, func() { api.LoseResponse("getTurnKey", 1_000_001) }},
		{"Delay: want a delay of more than 0, such as 1.5s", func() { api.Delay("getTurnKey", 0, 1) }},
		{"Delay: " + times, func() { api.Delay("getTurnKey", time.Second, -2) }},
		{"Late: want a delay of more than 0, such as 1.5s", func() { api.Late("getTurnKey", -time.Second, 1) }},
		{account, func() { fake.WithAccount("ACCOUNT", "token") }},
		{account, func() { fake.WithAccount(other, "two words") }},
		{account, func() { fake.WithAccount(other, "") }},
		{"WithRetryAfter: want 0 or more seconds, got -1", func() { fake.WithRetryAfter(-1) }},
		{"AddKey: " + noAccount, func() { api.AddKey("ACCOUNT", generated.TurnKey{}) }},
		{"Keys: " + noAccount, func() { api.Keys("ACCOUNT") }},
	} {
		assert.PanicsWithValue(t, "fake: "+tc.message, tc.call)
	}
	assert.Equal(t, http.StatusNotFound, ask(t, api, "GET", keysPath+"/"+unknownKey, "", nil).Code, "nothing was injected")
}

func TestLoseResponseDoesTheWorkAndDropsTheConnection(t *testing.T) {
	server := fake.Start(t)
	client := newClient(t, server, turnkeys.WithRetries(0))
	server.LoseResponse("createTurnKey", 2)
	for range 2 {
		_, err := client.Create(t.Context(), "orphan")
		require.ErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
	}
	_, err := client.Create(t.Context(), "received")
	require.NoError(t, err)

	keys := server.Keys(server.AccountID)
	require.Len(t, keys, 3)
	assert.Equal(t, "orphan", keys[1].Name)
	lost := fake.Request{Method: "POST", Path: keysPath, Operation: "createTurnKey", Body: `{"name":"orphan"}`}
	received := fake.Request{Method: "POST", Path: keysPath, Operation: "createTurnKey", Body: `{"name":"received"}`, Status: http.StatusCreated}
	assert.Equal(t, []fake.Request{lost, lost, received}, server.Requests())
}

func TestDelayWaitsUnlessTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := fake.New()
		api.Delay("createTurnKey", time.Minute, 2)
		start := time.Now()
		assert.Equal(t, http.StatusCreated, ask(t, api, "POST", keysPath, `{}`, nil).Code)
		assert.Equal(t, time.Minute, time.Since(start))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		request := httptest.NewRequestWithContext(ctx, "POST", "http://fake"+keysPath, strings.NewReader(`{}`))
		start = time.Now()
		assert.PanicsWithValue(t, http.ErrAbortHandler, func() { api.ServeHTTP(httptest.NewRecorder(), request) })
		assert.Equal(t, time.Second, time.Since(start))
		assert.Len(t, api.Keys(fake.DefaultAccountID), 1, "the second call changed nothing")

		start = time.Now()
		assert.Equal(t, http.StatusCreated, ask(t, api, "POST", keysPath, `{}`, nil).Code)
		assert.Zero(t, time.Since(start))
	})
}

func TestLateProcessesACallWhoseClientHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := fake.New()
		api.Late("createTurnKey", 3*time.Second, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		request := httptest.NewRequestWithContext(ctx, "POST", "http://fake"+keysPath, strings.NewReader(`{"name":"late"}`))
		request.Header = http.Header{"Authorization": {"Bearer " + fake.DefaultToken}, "Content-Type": {"application/json"}}
		go api.ServeHTTP(httptest.NewRecorder(), request)
		time.Sleep(2 * time.Second)
		assert.Empty(t, api.Keys(fake.DefaultAccountID), "the client has gone, but nothing has happened yet")
		time.Sleep(time.Second)
		synctest.Wait()
		require.Len(t, api.Keys(fake.DefaultAccountID), 1)
		assert.Equal(t, "late", api.Keys(fake.DefaultAccountID)[0].Name)
	})
}

func TestAClientThatHangsUpEndsADelay(t *testing.T) {
	server := fake.Start(t)
	server.Delay("createTurnKey", time.Hour, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := newClient(t, server).Create(ctx, "too late")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Eventually(t, func() bool { return len(server.Requests()) == 1 }, 10*time.Second, time.Millisecond)
	assert.Empty(t, server.Keys(server.AccountID))
}

func TestADelayEndsWithTheTestThatStartedTheServer(t *testing.T) {
	t.Run("which does not wait an hour", func(t *testing.T) {
		server := fake.Start(t)
		server.Late("listTurnKeys", time.Hour, 1)
		request, err := http.NewRequestWithContext(t.Context(), "GET", strings.TrimSuffix(server.BaseURL, fake.BasePath)+keysPath, http.NoBody)
		require.NoError(t, err)
		go func() { _, _ = http.DefaultTransport.RoundTrip(request) }()
		require.Eventually(t, func() bool { return len(server.Violations()) == 1 }, 10*time.Second, time.Millisecond)
	})
}
