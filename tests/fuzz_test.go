package tests_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

func FuzzUnwrap(f *testing.F) {
	for _, result := range []string{testkit.CreatedJSON, testkit.KeyJSON, "[" + testkit.KeyJSON + "]", "[" + testkit.CreatedJSON + ",{}]", "null", "{}", "[]", `"x"`, "1e999"} {
		f.Add(200, "application/json", "8f1d2c3b4a596877-AMS", []byte(testkit.Success(result)))
	}
	for _, body := range []string{
		"", "null", "<html>", "\ufeff{}", "{\"errors\":[{\"code\":1000,\"message\":\"\xff\r\n\u2028\"}]}", testkit.Success(testkit.KeyJSON) + "{}", testkit.Failure("971", "Wait"),
		`{"error_code":1010,"title":": ","detail":"\u0000"}`,
	} {
		f.Add(200, "text/html", "", []byte(body))
		f.Add(404, "", "\r\n\x00\xff", []byte(body))
		f.Add(500, "", "", []byte(body))
	}
	for _, status := range []int{101, 302, 409, 500} {
		f.Add(status, "", "", []byte(testkit.Success(testkit.CreatedJSON)))
	}
	f.Add(-1<<63, "", "", []byte(`{"errors":[{"code":-9223372036854775808,"message":"`+strings.Repeat(testkit.Token+testkit.Secret, 20)+`"}]}`))
	f.Fuzz(func(t *testing.T, status int, contentType, ray string, body []byte) {
		client := once(t, func(*http.Request) (*http.Response, error) {
			header := http.Header{"Content-Type": {contentType}, "Cf-Ray": {ray}}
			return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(body))}, nil
		})
		is2xx, is4xx := status >= 200 && status <= 299, status >= 400 && status <= 499
		for _, op := range testkit.Operations {
			got, err := op.Call(t.Context(), client)
			if err == nil {
				assert.True(t, is2xx, status)
				assert.True(t, json.Valid(body) || creates(op))
				assert.NotContains(t, identities(got), "", "%s without an error", op.ID)
				continue
			}
			assert.True(t, reflect.ValueOf(got).IsZero(), "a result with an error")
			var apiErr *turnkeys.Error
			require.ErrorAs(t, err, &apiErr)
			checkText(t, apiErr)
			switch rejected := is4xx || is2xx && len(apiErr.Errors) > 0 || errors.Is(err, turnkeys.ErrRateLimited); {
			case !creates(op):
				assert.NotErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
			case !rejected, bytes.Contains(body, []byte(testkit.CreatedJSON)) && json.Valid(body):
				assert.ErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
			}
			if status != http.StatusSwitchingProtocols {
				assert.Equal(t, string(body), string(apiErr.RawBody()))
			}
		}
	})
}

// identities returns what a result must have: the uid of each key, and the secret of a new key.
func identities(result any) (all []string) {
	switch result := result.(type) {
	case testkit.CreatedKey:
		return []string{result.UID, result.Secret}
	case turnkeys.Key:
		return []string{result.UID}
	case []turnkeys.Key:
		for _, key := range result {
			all = append(all, key.UID)
		}
	}
	return all
}

func FuzzID(f *testing.F) {
	for _, id := range []string{
		testkit.KeyID, testkit.KeyID + "0", testkit.Token, "", ".", "..", "../x", "a/b", "a?b=c", "a#b", "%2e%2e", "a b", "é", "-", "_", "A9", "a\x00", "a\\b", ";", "a:b", "//x",
	} {
		f.Add(id)
	}
	const characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"
	f.Fuzz(func(t *testing.T, id string) {
		valid, sent := id != "" && len(id) <= 32 && strings.Trim(id, characters) == "", 0
		onlyTo := func(resource string) turnkeys.Option {
			return turnkeys.WithHTTPClient(&http.Client{Transport: testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
				sent++
				assert.Equal(t, turnkeys.DefaultBaseURL+resource, r.URL.String())
				assert.Equal(t, path.Clean(r.URL.Path), r.URL.Path)
				return responding(404, "", nil)(r)
			})})
		}
		client, err := turnkeys.New(id, testkit.Token, onlyTo("/accounts/"+id+"/calls/turn_keys"))
		assert.Equal(t, valid, err == nil, "%q", id)
		if err == nil {
			_, _ = client.List(t.Context())
			assert.Equal(t, 1, sent)
		}
		client, err = turnkeys.New(testkit.AccountID, testkit.Token, onlyTo("/accounts/"+testkit.AccountID+"/calls/turn_keys/"+id))
		require.NoError(t, err)
		for operationID, call := range map[string]func(context.Context, string) (turnkeys.Key, error){
			"getTurnKey": client.Get, "deleteTurnKey": client.Delete,
			"editTurnKey": func(ctx context.Context, id string) (turnkeys.Key, error) { return client.Edit(ctx, id, "") },
		} {
			sent = 0
			_, err := call(t.Context(), id)
			apiErr, _ := errors.AsType[*turnkeys.Error](err)
			checkText(t, apiErr)
			assert.Equal(t, valid, sent == 1, "%q", id)
			assert.Equal(t, sent, apiErr.Attempts)
			assert.Equal(t, !valid, strings.HasPrefix(err.Error(), "turnkeys: "+operationID+": key id: want "))
		}
	})
}
