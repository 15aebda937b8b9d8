package contract

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAPanicOfTheValidatorIsAViolation(t *testing.T) {
	broken := *OpenAPI()
	broken.spec = nil // stands for a bug in the validator
	u, err := url.Parse("http://server.test/accounts/023e105f4ecef8ad9ca31a8372d0c353/calls/turn_keys")
	require.NoError(t, err)
	json := Message{Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte("{}")}
	violations := broken.Check(Exchange{Method: "POST", URL: u, Request: json, Response: json, Status: 201}, Secrets{})
	require.Len(t, violations, 3)
	for i, place := range []string{"createTurnKey.request:body", "createTurnKey.201:body"} {
		assert.Equal(t, place, violations[i].Place())
		assert.Equal(t, "panic", violations[i].Rule)
	}
}
