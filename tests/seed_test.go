package tests

import (
	"context"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

const (
	accountID = "023e105f4ecef8ad9ca31a8372d0c353"
	keyID     = "3f8a2c6d1b9e40577ac5d2e8f0314b96"
	apiToken  = "a-token-that-only-these-tests-know-00001"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The fixtures in testdata/documented hold what Cloudflare's page shows for each response, field by field.
func TestDocumentedResponsesPassTheCheckerAndTheWrapper(t *testing.T) {
	calls := map[string]func(context.Context, *turnkeys.Client) error{
		"createTurnKey": func(ctx context.Context, c *turnkeys.Client) error { return errorOf(c.Create(ctx, "video calls")) },
		"listTurnKeys":  func(ctx context.Context, c *turnkeys.Client) error { return errorOf(c.List(ctx)) },
		"getTurnKey":    func(ctx context.Context, c *turnkeys.Client) error { return errorOf(c.Get(ctx, keyID)) },
		"editTurnKey":   func(ctx context.Context, c *turnkeys.Client) error { return errorOf(c.Edit(ctx, keyID, "n")) },
		"deleteTurnKey": func(ctx context.Context, c *turnkeys.Client) error { return errorOf(c.Delete(ctx, keyID)) },
	}
	fixtures, err := os.ReadDir("testdata/documented")
	require.NoError(t, err)
	unused, err := contract.New(nil)
	require.NoError(t, err)
	seen := unused.Coverage()

	for _, fixture := range fixtures {
		t.Run(fixture.Name(), func(t *testing.T) {
			operationID, documented, _ := strings.Cut(strings.TrimSuffix(fixture.Name(), ".json"), ".")
			status, err := strconv.Atoi(strings.Replace(documented, "4XX", "403", 1))
			require.NoError(t, err)
			body, err := os.ReadFile("testdata/documented/" + fixture.Name())
			require.NoError(t, err)

			checker, err := contract.New(roundTripper(func(*http.Request) (*http.Response, error) {
				header := http.Header{"Content-Type": {"application/json"}}
				return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(string(body)))}, nil
			}))
			require.NoError(t, err)
			client, err := turnkeys.New(accountID, apiToken, turnkeys.WithHTTPClient(&http.Client{Transport: checker}))
			require.NoError(t, err)
			err = calls[operationID](t.Context(), client)
			if documented == "4XX" {
				require.ErrorIs(t, err, turnkeys.ErrUnauthorized)
			} else {
				require.NoError(t, err)
			}
			for _, v := range checker.Violations() {
				assert.Equal(t, "required", v.Rule, "%s: only a field that came after the page may be missing", v)
			}
			for i, covered := range checker.Coverage() {
				seen[i].Seen += covered.Seen
			}
		})
	}
	for _, missing := range seen.Missing() {
		assert.NotContains(t, calls, missing.OperationID, "response %s of an operation on the page has no fixture", missing.Response)
	}
}

func errorOf[T any](_ T, err error) error { return err }
