package contract

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAPanicOfTheValidatorIsAViolation(t *testing.T) {
	broken := &documented{content: openapi3.NewContentWithJSONSchemaRef(&openapi3.SchemaRef{})} // stands for a bug in the validator
	messages := map[string]*documented{"request": broken, "201": broken}
	document := &Document{operations: []*Operation{{ID: "add", Method: "POST", segments: []string{"things"}, messages: messages}}}
	json := Message{Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte("{}")}
	x := Exchange{Method: "POST", URL: &url.URL{Path: "/things"}, Request: json, Response: json, Status: 201}
	violations := document.Check(x, Secrets{})
	require.Len(t, violations, 3)
	assert.Equal(t, "add.request:body  cannot be checked: the validator panicked (panic)", violations[0].String())
	assert.Equal(t, "add.201:body  cannot be checked: the validator panicked (panic)", violations[1].String())
}
