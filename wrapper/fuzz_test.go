package turnkeys_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const (
	accountID = "023e105f4ecef8ad9ca31a8372d0c353"
	apiToken  = "a-token-that-only-these-tests-know-00001"
	keyID     = "3f8a2c6d1b9e40577ac5d2e8f0314b96"
	secret    = "5b0f6a1c94e2d7380fb1c6a59d3e8472610c9fbe47a2d8530e6b1f94c7a8d253"

	keyJSON     = `{"created":"2014-01-01T05:20:00.12345Z","modified":"2014-01-02T05:20:00Z","name":"","uid":"` + keyID + `"}`
	createdJSON = `{"key":"` + secret + `","name":"video calls","uid":"` + keyID + `"}`
)

// calls make each operation's call. They return what the result must have: each key's uid, and a new key's secret.
var calls = map[string]func(ctx context.Context, client *turnkeys.Client, keyID string) ([]string, error){
	"createTurnKey": func(ctx context.Context, client *turnkeys.Client, _ string) ([]string, error) {
		created, err := client.Create(ctx, "video calls")
		return []string{created.UID, created.Secret.Reveal()}, err
	},
	"listTurnKeys": func(ctx context.Context, client *turnkeys.Client, _ string) (uids []string, err error) {
		keys, err := client.List(ctx)
		for _, key := range keys {
			uids = append(uids, key.UID)
		}
		return uids, err
	},
	"getTurnKey": func(ctx context.Context, client *turnkeys.Client, keyID string) ([]string, error) {
		key, err := client.Get(ctx, keyID)
		return []string{key.UID}, err
	},
	"editTurnKey": func(ctx context.Context, client *turnkeys.Client, keyID string) ([]string, error) {
		key, err := client.Edit(ctx, keyID, "")
		return []string{key.UID}, err
	},
	"deleteTurnKey": func(ctx context.Context, client *turnkeys.Client, keyID string) ([]string, error) {
		key, err := client.Delete(ctx, keyID)
		return []string{key.UID}, err
	},
}

func envelope(result string) string {
	return `{"errors":[],"messages":[],"result":` + result + `,"success":true}`
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func FuzzUnwrap(f *testing.F) {
	for _, result := range []string{createdJSON, keyJSON, "[" + keyJSON + "]", "[" + createdJSON + ",{}]", "null", "{}", "[]", `"x"`, "1e999"} {
		f.Add(200, "application/json", "8f1d2c3b4a596877-AMS", []byte(envelope(result)))
	}
	for _, body := range []string{"", "null", "<html>", "\ufeff{}", "{\"errors\":[{\"code\":1000,\"message\":\"\xff\r\n\u2028\"}]}", envelope(keyJSON) + "{}"} {
		f.Add(200, "text/html", "", []byte(body))
		f.Add(404, "", "\r\n\x00\xff", []byte(body))
	}
	f.Add(101, "", "", []byte(envelope(createdJSON)))
	f.Add(302, "", "", []byte(envelope(createdJSON)))
	f.Add(500, "", "", []byte(envelope(createdJSON)))
	f.Add(-1<<63, "", "", []byte(`{"errors":[{"code":-9223372036854775808,"message":"`+strings.Repeat(apiToken+secret, 20)+`"}]}`))
	f.Fuzz(func(t *testing.T, status int, contentType, ray string, body []byte) {
		client, err := turnkeys.New(accountID, apiToken, turnkeys.WithRetries(0), turnkeys.WithHTTPClient(&http.Client{
			Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				header := http.Header{"Content-Type": {contentType}, "Cf-Ray": {ray}}
				return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(body))}, nil
			}),
		}))
		require.NoError(t, err)
		for operationID, call := range calls {
			identities, err := call(t.Context(), client, keyID)
			if err == nil {
				assert.True(t, status >= 200 && status <= 299, status)
				assert.True(t, json.Valid(body) || operationID == "createTurnKey")
				assert.NotContains(t, identities, "", "%s without an error", operationID)
				continue
			}
			apiErr := checkIsError(t, err)
			assert.NotContains(t, identities, keyID, "a result beside an error")
			switch refused := status >= 400 && status <= 499; {
			case operationID != "createTurnKey":
				assert.NotErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
			case !refused, bytes.Contains(body, []byte(createdJSON)) && json.Valid(body):
				assert.ErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
			}
			if status != http.StatusSwitchingProtocols {
				assert.Equal(t, string(body), string(apiErr.RawBody()))
			}
		}
	})
}

// checkIsError checks an error for what is promised of each.
func checkIsError(t *testing.T, err error) *turnkeys.Error {
	t.Helper()
	var apiErr *turnkeys.Error
	require.ErrorAs(t, err, &apiErr)
	assert.GreaterOrEqual(t, apiErr.RetryAfter, time.Duration(0))
	assert.NotEmpty(t, apiErr.Operation)
	text := err.Error()
	assert.LessOrEqual(t, len(text), 512)
	assert.True(t, utf8.ValidString(text), "%q", text)
	assert.False(t, strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }), "%q", text)
	assert.NotContains(t, text, apiToken)
	assert.NotContains(t, text, secret)
	return apiErr
}

const idCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"

func FuzzID(f *testing.F) {
	for _, id := range []string{
		keyID, keyID + "0", accountID, apiToken, "", ".", "..", "../x", "a/b", "a?b=c", "a#b", "%2e%2e", "a b", "é", "-", "_", "A9", "a\x00", "a\\b", ";", "a:b", "//x",
	} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		sent := 0
		onlyTo := func(resource string) turnkeys.Option {
			return turnkeys.WithHTTPClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				sent++
				assert.Equal(t, turnkeys.DefaultBaseURL+resource, r.URL.String())
				assert.Equal(t, path.Clean(r.URL.Path), r.URL.Path)
				return &http.Response{StatusCode: http.StatusNotFound, Body: http.NoBody}, nil
			})})
		}
		valid := id != "" && len(id) <= 32 && strings.Trim(id, idCharacters) == ""
		client, err := turnkeys.New(id, apiToken, onlyTo("/accounts/"+id+"/calls/turn_keys"))
		assert.Equal(t, valid, err == nil, "%q", id)
		if err == nil {
			_, _ = client.List(t.Context())
			assert.Equal(t, 1, sent)
		}

		client, err = turnkeys.New(accountID, apiToken, onlyTo("/accounts/"+accountID+"/calls/turn_keys/"+id))
		require.NoError(t, err)
		for _, operationID := range []string{"getTurnKey", "editTurnKey", "deleteTurnKey"} {
			sent = 0
			_, err := calls[operationID](t.Context(), client, id)
			apiErr := checkIsError(t, err)
			assert.Equal(t, valid, sent == 1, "%q", id)
			if !valid {
				require.ErrorContains(t, err, "turnkeys: "+operationID+": key id: want ")
				assert.Zero(t, apiErr.Attempts)
				assert.Zero(t, sent)
			}
		}
	})
}
