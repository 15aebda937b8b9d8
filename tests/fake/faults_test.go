package fake_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

func TestFailNextFailsOneCallForEachStatus(t *testing.T) {
	server := fake.Start(t)
	client, err := turnkeys.New(server.AccountID, server.Token, turnkeys.WithBaseURL(server.BaseURL), turnkeys.WithRetries(0))
	require.NoError(t, err)
	server.FailNext("createTurnKey", 429, 403, 503)

	_, err = client.Create(t.Context(), "rate limited")
	require.ErrorIs(t, err, turnkeys.ErrRateLimited)
	var apiErr *turnkeys.Error
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, time.Second, apiErr.RetryAfter)

	_, err = client.Create(t.Context(), "refused")
	require.ErrorIs(t, err, turnkeys.ErrUnauthorized)

	_, err = client.Create(t.Context(), "unavailable")
	require.ErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, "<!DOCTYPE html><title>Service Unavailable</title>\n", string(apiErr.RawBody()))

	_, err = client.Create(t.Context(), "created")
	require.NoError(t, err)
	keys, err := client.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, keys, 1)
}

func TestWithSecretAsRenamesTheField(t *testing.T) {
	server := fake.Start(t, fake.WithSecretAs("secret"))
	client, err := turnkeys.New(server.AccountID, server.Token, turnkeys.WithBaseURL(server.BaseURL))
	require.NoError(t, err)
	created, err := client.Create(t.Context(), "video calls")
	require.NoError(t, err)
	assert.Regexp(t, "^[0-9a-f]{64}$", created.Secret.Reveal())
}
