package turnkeys_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const (
	accountID = "023e105f4ecef8ad9ca31a8372d0c353"
	apiToken  = "a-token-that-only-these-tests-know-00001"
	keyID     = "3f8a2c6d1b9e40577ac5d2e8f0314b96"
	secret    = "5b0f6a1c94e2d7380fb1c6a59d3e8472610c9fbe47a2d8530e6b1f94c7a8d253"

	keyJSON = `{"created":"2014-01-01T05:20:00.12345Z","modified":"2014-01-02T05:20:00.000001Z","name":"video calls",` +
		`"uid":"3f8a2c6d1b9e40577ac5d2e8f0314b96"}`
	createdJSON = `{"created":"2014-01-01T05:20:00.12345Z","key":"` + secret + `","modified":"2014-01-02T05:20:00.000001Z",` +
		`"name":"video calls","uid":"3f8a2c6d1b9e40577ac5d2e8f0314b96"}`
)

var key = turnkeys.Key{
	Created:  time.Date(2014, 1, 1, 5, 20, 0, 123450000, time.UTC),
	Modified: time.Date(2014, 1, 2, 5, 20, 0, 1000, time.UTC),
	Name:     "video calls",
	UID:      keyID,
}

func envelope(result string) string {
	return `{"errors":[],"messages":[],"result":` + result + `,"success":true}`
}

// recorder answers every request alike and keeps what it saw.
type recorder struct {
	status   int
	body     string
	header   http.Header
	requests []*http.Request
	bodies   []string
}

func (s *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.requests, s.bodies = append(s.requests, r), append(s.bodies, string(body))
	maps.Copy(w.Header(), s.header)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("CF-Ray", "8f1d2c3b4a596877-AMS")
	w.WriteHeader(s.status)
	_, _ = io.WriteString(w, s.body)
}

func (s *recorder) start(t *testing.T, options ...turnkeys.Option) *turnkeys.Client {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	options = append([]turnkeys.Option{turnkeys.WithBaseURL(server.URL + "/client/v4")}, options...)
	client, err := turnkeys.New(accountID, apiToken, options...)
	require.NoError(t, err)
	return client
}

var operations = []struct {
	operationID, method, path, body string
	status                          int
	result                          string
	call                            func(context.Context, *turnkeys.Client) (any, error)
	want                            any
}{
	{
		operationID: "createTurnKey", method: "POST", path: "/client/v4/accounts/" + accountID + "/calls/turn_keys",
		body: `{"name":"video calls"}`, status: 201, result: createdJSON,
		call: func(ctx context.Context, c *turnkeys.Client) (any, error) {
			created, err := c.Create(ctx, "video calls")
			return []any{created.Key, created.Secret.Reveal()}, err
		},
		want: []any{key, secret},
	},
	{
		operationID: "listTurnKeys", method: "GET", path: "/client/v4/accounts/" + accountID + "/calls/turn_keys",
		status: 200, result: `[` + keyJSON + `,` + keyJSON + `]`,
		call: func(ctx context.Context, c *turnkeys.Client) (any, error) { return c.List(ctx) },
		want: []turnkeys.Key{key, key},
	},
	{
		operationID: "getTurnKey", method: "GET", path: "/client/v4/accounts/" + accountID + "/calls/turn_keys/" + keyID,
		status: 200, result: keyJSON,
		call: func(ctx context.Context, c *turnkeys.Client) (any, error) { return c.Get(ctx, keyID) },
		want: key,
	},
	{
		operationID: "editTurnKey", method: "PUT", path: "/client/v4/accounts/" + accountID + "/calls/turn_keys/" + keyID,
		body: `{"name":""}`, status: 200, result: keyJSON,
		call: func(ctx context.Context, c *turnkeys.Client) (any, error) { return c.Edit(ctx, keyID, "") },
		want: key,
	},
	{
		operationID: "deleteTurnKey", method: "DELETE", path: "/client/v4/accounts/" + accountID + "/calls/turn_keys/" + keyID,
		status: 200, result: keyJSON,
		call: func(ctx context.Context, c *turnkeys.Client) (any, error) { return c.Delete(ctx, keyID) },
		want: key,
	},
}

func TestOperationSendsItsRequestAndReturnsTheResult(t *testing.T) {
	for _, op := range operations {
		t.Run(op.operationID, func(t *testing.T) {
			server := &recorder{status: op.status, body: envelope(op.result)}
			got, err := op.call(t.Context(), server.start(t))
			require.NoError(t, err)
			assert.Equal(t, op.want, got)

			require.Len(t, server.requests, 1)
			request := server.requests[0]
			assert.Equal(t, op.method, request.Method)
			assert.Equal(t, op.path, request.RequestURI)
			assert.Equal(t, op.body, server.bodies[0])
			headers := http.Header{
				"Accept":          {"application/json"},
				"Accept-Encoding": {"gzip"}, // net/http's own
				"Authorization":   {"Bearer " + apiToken},
				"User-Agent":      {"turnkeys-go"},
			}
			if op.operationID == "createTurnKey" {
				headers["Connection"] = []string{"close"}
			}
			if op.body != "" {
				headers["Content-Type"] = []string{"application/json"}
				headers["Content-Length"] = request.Header["Content-Length"]
			}
			assert.Equal(t, headers, request.Header)
		})
	}
}

func TestAny2XXWithAResultIsASuccess(t *testing.T) {
	for _, op := range operations {
		t.Run(op.operationID, func(t *testing.T) {
			server := &recorder{status: http.StatusAccepted, body: envelope(op.result)}
			got, err := op.call(t.Context(), server.start(t))
			require.NoError(t, err)
			assert.Equal(t, op.want, got)
		})
	}
}

func TestFailureCarriesWhatCloudflareSays(t *testing.T) {
	const body = `{"errors":[{"code":10000,"message":"Authentication error","documentation_url":"https://example.com/d",` +
		`"source":{"pointer":"/name"}}],"messages":[{"code":1001,"message":"notice"}],"result":null,"success":false}`
	for _, op := range operations {
		t.Run(op.operationID, func(t *testing.T) {
			server := &recorder{status: http.StatusForbidden, body: body}
			_, err := op.call(t.Context(), server.start(t))

			require.ErrorIs(t, err, turnkeys.ErrUnauthorized)
			var apiErr *turnkeys.Error
			require.ErrorAs(t, err, &apiErr)
			assert.Equal(t, op.operationID, apiErr.Operation)
			assert.Equal(t, http.StatusForbidden, apiErr.StatusCode)
			assert.Equal(t, "8f1d2c3b4a596877-AMS", apiErr.RayID)
			assert.Equal(t, 1, apiErr.Attempts)
			assert.Equal(t, []byte(body), apiErr.RawBody())
			require.Len(t, apiErr.Errors, 1)
			assert.Equal(t, 10000, apiErr.Errors[0].Code)
			assert.Equal(t, "https://example.com/d", *apiErr.Errors[0].DocumentationURL)
			assert.Equal(t, "/name", *apiErr.Errors[0].Source.Pointer)
			assert.Equal(t, []turnkeys.Message{{Code: 1001, Message: "notice"}}, apiErr.Messages)
			assert.Equal(t, "turnkeys: "+op.operationID+`: 403 Forbidden: Authentication error (code 10000); check the API `+
				`token, its permission "Calls Write" and the account id; CF-Ray 8f1d2c3b4a596877-AMS`, err.Error())
			assert.Len(t, server.requests, 1, "a refusal is final")
		})
	}
}

func TestSentinelsMatchStatusesAndCodes(t *testing.T) {
	failure := func(code string) string {
		return `{"errors":[{"code":` + code + `,"message":"m"}],"messages":[],"result":null,"success":false}`
	}
	for name, tc := range map[string]struct {
		status   int
		body     string
		sentinel error
	}{
		"404":                          {404, failure("1000"), turnkeys.ErrNotFound},
		"code 20008 with any status":   {400, failure("20008"), turnkeys.ErrNotFound},
		"401":                          {401, "", turnkeys.ErrUnauthorized},
		"403 as HTML":                  {403, "<html>", turnkeys.ErrUnauthorized},
		"malformed token, 6003":        {400, failure("6003"), turnkeys.ErrUnauthorized},
		"malformed token, 6111":        {400, failure("6111"), turnkeys.ErrUnauthorized},
		"429":                          {429, failure("10000"), turnkeys.ErrRateLimited},
		"200 without JSON":             {200, "<html>", turnkeys.ErrBadResponse},
		"another 400 is none of these": {400, failure("1000"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			server := &recorder{status: tc.status, body: tc.body}
			_, err := server.start(t, turnkeys.WithRetries(0)).Get(t.Context(), keyID)
			require.Error(t, err)
			all := []error{turnkeys.ErrNotFound, turnkeys.ErrUnauthorized, turnkeys.ErrRateLimited, turnkeys.ErrBadResponse, turnkeys.ErrOutcomeUnknown}
			for _, sentinel := range all {
				assert.Equal(t, errors.Is(tc.sentinel, sentinel), errors.Is(err, sentinel), "%v", sentinel)
			}
		})
	}
}
