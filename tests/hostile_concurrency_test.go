package tests_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// countGoroutines returns the check that there are no more than now. Those of net/http take a moment to end.
func countGoroutines() func(*testing.T) {
	before := runtime.NumGoroutine()
	return func(t *testing.T) {
		t.Helper()
		var stacks [1 << 16]byte
		assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, hung, 10*time.Millisecond, // and Eventually's own
			"goroutines are left: %s", stacks[:runtime.Stack(stacks[:], true)])
	}
}

// moody answers with a key whose name and id are the request's, but refuses every 37th request and fails every
// 53rd, which the client sends again.
func moody(requests *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var input struct{ Name string }
		_ = json.NewDecoder(r.Body).Decode(&input)
		id := path.Base(r.URL.Path)
		if r.Method == http.MethodPost {
			id = input.Name
		}
		key := fmt.Sprintf(`{"uid":%q,"name":%q,"key":"secret of %s"}`, id, input.Name, id)
		if id == "turn_keys" {
			key = "[" + key + "]"
		}
		switch n := requests.Add(1); {
		case n%37 == 0:
			w.WriteHeader(http.StatusTooManyRequests)
		case n%53 == 0 && r.Method != http.MethodPost:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			_, _ = w.Write([]byte(envelope(key)))
		}
	}
}

func TestOneClientServes200Goroutines(t *testing.T) {
	nothingIsLeft := countGoroutines()
	var requests atomic.Int64
	server := httptest.NewServer(moody(&requests))
	transport := &http.Transport{MaxIdleConnsPerHost: 200}
	client, err := turnkeys.New(account, token, turnkeys.WithBaseURL(server.URL), turnkeys.WithRetries(20),
		turnkeys.WithHTTPClient(&http.Client{Transport: transport}))
	require.NoError(t, err)

	var users sync.WaitGroup
	for i := range 200 {
		users.Go(func() {
			id, ctx := fmt.Sprintf("key-%03d", i), t.Context()
			created, err := client.Create(ctx, id)
			assert.NoError(t, err)
			assert.Equal(t, "secret of "+id, created.Secret.Reveal())
			keys, err := client.List(ctx)
			assert.NoError(t, err)
			assert.Len(t, keys, 1)
			got, err := client.Get(ctx, id)
			assert.NoError(t, err)
			assert.Equal(t, id, got.UID)
			edited, err := client.Edit(ctx, id, "new name of "+id)
			assert.NoError(t, err)
			assert.Equal(t, turnkeys.Key{UID: id, Name: "new name of " + id}, edited)
			deleted, err := client.Delete(ctx, id)
			assert.NoError(t, err)
			assert.Equal(t, id, deleted.UID)
		})
	}
	users.Wait()
	assert.Greater(t, requests.Load(), int64(1000), "some were sent again")
	transport.CloseIdleConnections()
	server.Close()
	nothingIsLeft(t)
}
