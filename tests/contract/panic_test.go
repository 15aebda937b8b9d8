package contract

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	spec "github.com/seed-e5e2407e/turnkeys"
)

func TestAPanicInTheValidatorIsAViolation(t *testing.T) {
	broken, err := loadDocument(spec.OpenAPI)
	require.NoError(t, err)
	broken.failure = nil
	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete,
		"/accounts/023e105f4ecef8ad9ca31a8372d0c353/calls/turn_keys/3f8a2c6d1b9e40577ac5d2e8f0314b96", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer t0ken")
	e, violations := broken.checkRequest(request, nil)
	require.Empty(t, violations)

	header := http.Header{"Content-Type": {"application/json"}}
	documented, violations := e.checkResponse(404, header, []byte(`{"success":false}`), nil)
	assert.Equal(t, "4XX", documented)
	require.Len(t, violations, 1)
	assert.Equal(t, "deleteTurnKey.404:body  the validator panicked: runtime.errorString (panic)", violations[0].String())
}
