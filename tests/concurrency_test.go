package tests_test

import (
	"encoding/json"
	"fmt"
	"path"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// echo responds with a key whose name and id are the request's, but rejects every 37th request.
func echo(e *exchange) {
	var input struct{ Name string }
	_ = json.Unmarshal([]byte(e.Request.Body), &input)
	id := path.Base(e.Request.Path)
	if id == "turn_keys" {
		id = input.Name
	}
	if e.Nth%37 == 0 {
		reply(429, "")(e)
		return
	}
	ok(testkit.Success(fmt.Sprintf(`{"uid":%q,"name":%q,"key":"secret of %s"}`, id, input.Name, id)))(e)
}

func TestOneClientServes200Goroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := behaviour{respond: echo}
		host := b.host(create)
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
				edited, err := client.Edit(ctx, id, "new name of "+id)
				assert.NoError(t, err)
				assert.Equal(t, turnkeys.Key{UID: id, Name: "new name of " + id}, edited)
				deleted, err := client.Delete(ctx, id)
				assert.NoError(t, err)
				assert.Equal(t, id, deleted.UID)
			})
		}
		users.Wait()
		assert.Greater(t, len(host.requests()), 600, "some were retried")
	})
}
