package turnkeys_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

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
		server := &script{answers: []func(*http.Request) (*http.Response, error){func(*http.Request) (*http.Response, error) {
			header := http.Header{"Content-Type": {contentType}, "Cf-Ray": {ray}}
			return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(body))}, nil
		}}}
		client := server.client(t, turnkeys.WithRetries(0))
		for _, op := range operations {
			got, err := op.call(t.Context(), client)
			if err == nil {
				assert.True(t, status >= 200 && status <= 299, status)
				assert.True(t, json.Valid(body) || op.operationID == "createTurnKey")
				assert.NotContains(t, identities(got), "", "%s without an error", op.operationID)
				continue
			}
			checkIsError(t, err)
			assert.NotContains(t, identities(got), keyID, "a result beside an error")
			switch refused := status >= 400 && status <= 499; {
			case op.operationID != "createTurnKey":
				assert.NotErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
			case !refused, bytes.Contains(body, []byte(createdJSON)) && json.Valid(body):
				assert.ErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
			}
			if status != http.StatusSwitchingProtocols {
				assert.Equal(t, string(body), string(failed(t, err).RawBody()))
			}
		}
	})
}

// identities are what a result must have: each key's uid, and a new key's secret.
func identities(result any) []string {
	switch result := result.(type) {
	case turnkeys.Key:
		return []string{result.UID}
	case []turnkeys.Key:
		var uids []string
		for _, key := range result {
			uids = append(uids, key.UID)
		}
		return uids
	case []any: // create's
		return []string{result[0].(turnkeys.Key).UID, result[1].(string)}
	}
	panic(reflect.TypeOf(result))
}

// checkIsError holds an error to what is promised of each.
func checkIsError(t *testing.T, err error) {
	t.Helper()
	apiErr := failed(t, err)
	assert.GreaterOrEqual(t, apiErr.RetryAfter, time.Duration(0))
	assert.NotEmpty(t, apiErr.Operation)
	text := err.Error()
	assert.LessOrEqual(t, len(text), 512)
	assert.True(t, utf8.ValidString(text), "%q", text)
	assert.False(t, strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }), "%q", text)
	assert.NotContains(t, text, apiToken)
	assert.NotContains(t, text, secret)
}

func FuzzID(f *testing.F) {
	for _, id := range []string{keyID, accountID, apiToken, "", ".", "..", "../x", "a/b", "a?b=c", "a#b", "%2e%2e", "a b", "é", "-", "_", "A9", "a\x00", "a\\b", ";", "a:b", "//x"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		server := answers(200)
		client, err := turnkeys.New(id, apiToken, turnkeys.WithHTTPClient(&http.Client{Transport: addressed(t, server, "/accounts/"+id+"/calls/turn_keys")}))
		if err == nil {
			_, _ = client.List(t.Context())
			assert.Len(t, server.sent, 1)
		}

		server = answers(200)
		client = server.client(t, turnkeys.WithHTTPClient(&http.Client{Transport: addressed(t, server, "/accounts/"+accountID+"/calls/turn_keys/"+id)}))
		_, getErr := client.Get(t.Context(), id)
		_, editErr := client.Edit(t.Context(), id, "name")
		_, deleteErr := client.Delete(t.Context(), id)
		for _, err := range []error{getErr, editErr, deleteErr} {
			if err != nil {
				checkIsError(t, err)
				assert.Empty(t, server.sent, "an id that is refused is not sent")
			}
		}
		assert.Equal(t, len(id) >= 1 && len(id) <= 32 && strings.Trim(id, idCharacters) == "", len(server.sent) == 3, "%q", id)
	})
}

// addressed is a transport that lets only one path of Cloudflare's pass.
func addressed(t *testing.T, next http.RoundTripper, resource string) http.RoundTripper {
	return checkedTransport(func(request *http.Request) (*http.Response, error) {
		assert.Equal(t, turnkeys.DefaultBaseURL+resource, request.URL.String())
		assert.Equal(t, path.Clean(request.URL.Path), request.URL.Path)
		return next.RoundTrip(request)
	})
}

type checkedTransport func(*http.Request) (*http.Response, error)

func (r checkedTransport) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

const idCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"

func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{
		"", "0", "1", "60", "61", "-1", "+1", " 1", "1.5", "1e3", "0x10", "9223372036", "9223372037", "18446744073709551616",
		"Sat, 01 Jan 2000 00:00:30 GMT", "Sat, 01 Jan 2000 00:01:01 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0000 00:00:00 GMT",
		"Saturday, 01-Jan-00 00:00:30 GMT", "Sat Jan  1 00:00:30 2000", "soon", "\x00",
	} {
		f.Add(429, value)
	}
	f.Add(503, "7")
	f.Add(500, "120")
	f.Fuzz(func(t *testing.T, status int, value string) {
		synctest.Test(t, func(t *testing.T) {
			server := &script{answers: []func(*http.Request) (*http.Response, error){answering(status, value)}}
			_, err := server.client(t).Get(t.Context(), keyID)
			for _, wait := range server.waits() {
				assert.GreaterOrEqual(t, wait, time.Duration(1))
				assert.LessOrEqual(t, wait, time.Minute)
			}
			if err == nil {
				return
			}
			checkIsError(t, err)
			if asked := failed(t, err).RetryAfter; asked > time.Minute {
				assert.Len(t, server.sent, 1)
			}
		})
	})
}
