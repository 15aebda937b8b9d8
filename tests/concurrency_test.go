package tests_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// moody responds with a key whose name and id are the request's, but rejects every 37th request and fails every 53rd,
// which the client retries.
func moody(e *exchange) {
	var input struct{ Name string }
	_ = json.Unmarshal([]byte(e.Request.Body), &input)
	id := path.Base(e.Request.Path)
	if e.Request.Method == http.MethodPost {
		id = input.Name
	}
	key := fmt.Sprintf(`{"uid":%q,"name":%q,"key":"secret of %s"}`, id, input.Name, id)
	if id == "turn_keys" {
		key = "[" + key + "]"
	}
	switch {
	case e.Nth%37 == 0:
		reply(429, "")(e)
	case e.Nth%53 == 0 && e.Request.Method != http.MethodPost:
		reply(503, "")(e)
	default:
		ok(testkit.Success(key))(e)
	}
}

func TestOneClientServes200Goroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := behaviour{respond: moody}
		host := b.host(testkit.Operation{})
		transport := b.transport(host)
		defer closeIdle(transport)
		client := newClient(t, transport, turnkeys.WithRetries(20))

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
		assert.Greater(t, len(host.requests()), 1000, "some were retried")
	})
}
