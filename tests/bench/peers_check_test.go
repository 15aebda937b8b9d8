package bench

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/bench/answers"
)

// recorder notes the requests of a peer.
type recorder struct {
	*answers.API

	requests []string
	t        testing.TB
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	line := request.Method + " " + request.URL.String() + " " + request.Header.Get("Authorization")
	if request.Body != nil {
		var body struct{ Name string }
		raw, err := io.ReadAll(request.Body)
		require.NoError(r.t, err)
		require.NoError(r.t, json.Unmarshal(raw, &body))
		line += " " + body.Name
	}
	r.requests = append(r.requests, line)
	return r.API.RoundTrip(request)
}

// No peer is measured while it fails, or while it sends something else than the others.
func TestPeersDoTheSame(t *testing.T) {
	const keys = 10
	record := &recorder{API: answers.New(keys), t: t}
	for _, p := range newPeers(t, &http.Client{Transport: record}, memoryURL) {
		t.Run(p.name, func(t *testing.T) {
			record.requests = nil
			checkResults(t, p, keys)
			collection := memoryURL + "/accounts/" + answers.AccountID + "/calls/turn_keys"
			item, token := collection+"/"+answers.KeyID, "Bearer "+answers.APIToken
			assert.Equal(t, []string{
				strings.Join([]string{"POST", collection, token, answers.Name}, " "),
				strings.Join([]string{"GET", item, token}, " "),
				strings.Join([]string{"PUT", item, token, answers.Name}, " "),
				strings.Join([]string{"DELETE", item, token}, " "),
				strings.Join([]string{"GET", collection, token}, " "),
			}, record.requests)
		})
	}
	for _, p := range loopbackPeers(t, keys) {
		t.Run(p.name+" over loopback", func(t *testing.T) { checkResults(t, p, keys) })
	}
}

func checkResults(t *testing.T, p peer, keys int) {
	want := key{answers.Created, answers.Modified, answers.Name, answers.KeyID, ""}
	created := want
	created.secret = answers.Secret
	for _, step := range []struct {
		name string
		call func(context.Context) (key, error)
		want key
	}{{"create", p.create, created}, {"get", p.get, want}, {"edit", p.edit, want}, {"delete", p.delete, want}} {
		got, err := step.call(t.Context())
		require.NoError(t, err, step.name)
		assert.Equal(t, step.want, got, step.name)
	}
	n, last, err := p.list(t.Context())
	require.NoError(t, err)
	assert.Equal(t, keys, n)
	assert.Equal(t, key{answers.Created, answers.Modified, "video calls 10", "0000000000000000000000000000000a", ""}, last)
}
