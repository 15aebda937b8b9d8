// The README shows this test.
package fake_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

func TestRecordsAKey(t *testing.T) {
	server := fake.Start(t)
	server.FailNext("listTurnKeys", 429) // the client retries, and the program does not notice
	client, err := turnkeys.New(server.AccountID, server.Token,
		turnkeys.WithBaseURL(server.BaseURL),
		turnkeys.WithHTTPClient(contract.HTTPClient(t))) // fails the test on a violation of openapi.yaml
	require.NoError(t, err)

	created, err := client.Create(t.Context(), "video calls")
	require.NoError(t, err)
	keys, err := client.List(t.Context())
	require.NoError(t, err)
	require.Equal(t, []turnkeys.Key{created.Key}, keys)
}
