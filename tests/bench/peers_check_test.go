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

	"github.com/seed-e5e2407e/turnkeys/tests/bench/canned"
)

// recorder notes the requests of a peer.
type recorder struct {
	*canned.API

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
	record := &recorder{API: canned.New(keys), t: t}
	for _, p := range newPeers(t, &http.Client{Transport: record}, memoryURL) {
		t.Run(p.name, func(t *testing.T) {
			record.requests = nil
			checkResults(t, p, keys)
			collection := memoryURL + "/accounts/" + canned.AccountID + "/calls/turn_keys"
			item, token := collection+"/"+canned.KeyID, "Bearer "+canned.APIToken
			assert.Equal(t, []string{
				strings.Join([]string{"POST", collection, token, canned.Name}, " "),
				strings.Join([]string{"GET", item, token}, " "),
				strings.Join([]string{"PUT", item, token, canned.Name}, " "),
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
	want := key{canned.Created, canned.Modified, canned.Name, canned.KeyID, ""}
	created := want
	created.secret = canned.Secret
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
	assert.Equal(t, key{canned.Created, canned.Modified, "video calls 10", "0000000000000000000000000000000a", ""}, last)
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(request *http.Request) (*http.Response, error) { return t(request) }

// The hand-written code is the measure, so it checks what turnkeys checks.
func TestHandRejectsWhatTurnkeysRejects(t *testing.T) {
	for _, tc := range []struct {
		name   string
		status int
		body   string
	}{
		{"rejected", 403, `{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[],"result":null}`},
		{"HTML", 404, `<html>Not found</html>`},
		{"no success", 200, `{"success":false,"errors":[],"messages":[],"result":{"uid":"1","key":"2"}}`},
		{"null", 200, `{"success":true,"errors":[],"messages":[],"result":null}`},
		{"no result", 200, `{"success":true,"errors":[],"messages":[]}`},
		{"no uid", 200, `{"success":true,"errors":[],"messages":[],"result":{"key":"2"}}`},
		{"truncated", 200, `{"success":true,"errors":[],"messages":[],"result":{"uid":"1","key":"2"`},
		{"two documents", 200, `{"success":true,"errors":[],"messages":[],"result":{"uid":"1"}} {}`},
	} {
		send := transport(func(request *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode:    tc.status,
				ContentLength: -1,
				Body:          io.NopCloser(strings.NewReader(tc.body)),
				Request:       request,
			}, nil
		})
		for _, p := range newPeers(t, &http.Client{Transport: send}, memoryURL)[:2] {
			t.Run(tc.name+" to "+p.name, func(t *testing.T) {
				_, err := p.get(t.Context())
				require.Error(t, err)
				_, err = p.create(t.Context())
				require.Error(t, err)
			})
		}
	}
}
