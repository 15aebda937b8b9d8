package credentials_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

func TestRedactReplacesSecretsAndWhatLooksLikeOne(t *testing.T) {
	assert.Equal(t, "token [redacted], key x[redacted]x", credentials.Redact("token "+testkit.Token+", key x"+testkit.Secret+"x", testkit.Token))
	assert.Equal(t, "/result/key", credentials.Redact("/result/key", "", "key"), "placeholders are no secrets")
}

func TestBearerCapturesTheToken(t *testing.T) {
	for _, scheme := range []string{"Bearer ", "bearer ", "BEARER  "} {
		assert.Equal(t, testkit.Token, credentials.Bearer.FindStringSubmatch(scheme + testkit.Token)[1])
	}
	for _, header := range []string{"", "Bearer", "Bearer ", "Bearer\tx", "Bearer a b", "Basic x", "Bearer x\n", "xBearer x"} {
		assert.NotRegexp(t, credentials.Bearer, header)
	}
}
