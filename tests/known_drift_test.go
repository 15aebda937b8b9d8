package tests

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// driftCase provokes one row of contract.KnownDrift, from fake.AsReported and from a hard-coded response.
type driftCase struct {
	provoke func(*fake.API)
	token   string // "" for the token of the fake
	call    func(context.Context, *turnkeys.Client) error

	status int
	body   string
	copes  func(*testing.T, error) // with both responses
}

// The keys are the source and the place of each row.
var driftCases = map[string]driftCase{
	"pulumi-cloudflare 1674 createTurnKey.201:/result/key": {
		call: func(ctx context.Context, client *turnkeys.Client) error {
			key, err := client.Create(ctx, "video calls")
			if err == nil && len(key.Secret.Reveal()) != 64 {
				return errors.New("the secret is lost")
			}
			return err
		},
		status: http.StatusCreated,
		body:   testkit.Success(strings.Replace(string(testkit.ExampleResult("createTurnKey")), `"key"`, `"secret"`, 1)),
		copes:  func(t *testing.T, err error) { require.NoError(t, err) },
	},
	"ddns-go 916 *.4XX:/errors/*/error_chain": {
		token:  "too-short",
		call:   list,
		status: http.StatusBadRequest,
		body: `{"success":false,"errors":[{"code":6003,"message":"Invalid request headers","error_chain":` +
			`[{"code":6111,"message":"Invalid format for Authorization header"}]}],"messages":[],"result":null}`,
		copes: func(t *testing.T, err error) {
			require.ErrorIs(t, err, turnkeys.ErrUnauthorized)
			require.ErrorContains(t, err, "Invalid request headers (code 6003)")
		},
	},
	"CloudflareToAbuseIPDB 5 *.4XX:/messages": refusal,
	"CloudflareToAbuseIPDB 5 *.4XX:/result":   refusal,
	"certbot-dns-cloudflare 6 *.4XX:/errors/*/code": {
		provoke: func(api *fake.API) { api.FailNext("listTurnKeys", http.StatusTooManyRequests) },
		call:    list,
		status:  http.StatusTooManyRequests,
		body:    testkit.Failure("971", "Please wait and consider throttling your request speed"),
		copes: func(t *testing.T, err error) {
			require.ErrorIs(t, err, turnkeys.ErrRateLimited)
			require.ErrorContains(t, err, "(code 971)")
		},
	},
	"cloudflare-go 587 *.*:/errors":   nullLists,
	"cloudflare-go 587 *.*:/messages": nullLists,
}

var nullLists = driftCase{
	provoke: func(api *fake.API) { api.AddKey(fake.DefaultAccountID, generated.TurnKey{UID: testkit.KeyID}) },
	call: func(ctx context.Context, client *turnkeys.Client) error {
		_, err := client.Get(ctx, testkit.KeyID)
		return err
	},
	status: http.StatusOK,
	body:   strings.ReplaceAll(testkit.Success(string(testkit.ExampleResult("getTurnKey"))), "[]", "null"),
	copes:  func(t *testing.T, err error) { require.NoError(t, err) },
}

var refusal = driftCase{
	token:  "not-a-good-token-but-of-the-right-form-1",
	call:   list,
	status: http.StatusForbidden,
	body:   `{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}`,
	copes: func(t *testing.T, err error) {
		require.ErrorIs(t, err, turnkeys.ErrUnauthorized)
		require.ErrorContains(t, err, "Authentication error (code 10000)")
	},
}

func list(ctx context.Context, client *turnkeys.Client) error {
	_, err := client.List(ctx)
	return err
}

func TestKnownDriftIsImitatedAndNoticedAndTheClientCopes(t *testing.T) {
	for _, drift := range contract.KnownDrift() {
		t.Run(drift.Source+" "+drift.Place, func(t *testing.T) {
			c, ok := driftCases[drift.Source+" "+drift.Place]
			require.True(t, ok, "this drift has no case: add one to driftCases")
			assert.Regexp(t, `^\S+ \d+$`, drift.Source)
			_, err := contract.New(nil, contract.WithAccepted(drift.Place))
			require.NoError(t, err)
			api := fake.New(fake.AsReported())
			if c.provoke != nil {
				c.provoke(api)
			}
			hardCoded := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			})
			for server, handler := range map[string]http.Handler{"the fake": api, "a hard-coded response": hardCoded} {
				violations, err := c.run(t, handler)
				c.copes(t, err)
				noticed := false
				for _, v := range violations {
					assert.Equal(t, drift.Source, v.Known, "%s: %s", server, v)
					noticed = noticed || drift.Matches(v)
				}
				assert.True(t, noticed, "%s: noticed %v", server, violations)
			}
		})
	}
	assert.Len(t, driftCases, len(contract.KnownDrift()), "a case for drift that is no longer known")
}

// run makes the call, and returns the violations that a checker in the client found.
func (c driftCase) run(t *testing.T, handler http.Handler) ([]contract.Violation, error) {
	server := httptest.NewServer(handler)
	defer server.Close()
	checker, err := contract.New(nil)
	require.NoError(t, err)
	client, err := turnkeys.New(fake.DefaultAccountID, cmp.Or(c.token, fake.DefaultToken), turnkeys.WithBaseURL(server.URL+fake.BasePath),
		turnkeys.WithHTTPClient(&http.Client{Transport: checker}), turnkeys.WithRetries(0))
	require.NoError(t, err)
	err = c.call(t.Context(), client)
	return checker.Violations(), err
}
