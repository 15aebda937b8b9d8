package fake_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

func TestAsReportedAnswersAsTheLiveAPIIsReportedTo(t *testing.T) {
	api := fake.New(fake.AsReported())
	created := ask(t, api, "POST", keysPath, `{"name":"<n>"}`, nil)
	assert.Equal(t, http.StatusCreated, created.Code)
	assert.Regexp(t, `^\{"errors":\[\],"messages":\[\],"result":\{.*\},"success":true\}\n$`, created.Body.String())
	for _, field := range []string{`"name":"\\u003cn\\u003e"`, `"secret":"[0-9a-f]{64}"`, `"uid":"[0-9a-f]{32}"`} {
		assert.Regexp(t, `[{,]`+field+`[,}]`, created.Body.String())
	}
	assert.NotContains(t, created.Body.String(), `"key":`)

	malformed := ask(t, api, "GET", keysPath, "", http.Header{"Authorization": {"Bearer short"}})
	assert.Equal(t, http.StatusBadRequest, malformed.Code)
	assert.Equal(t, `{"errors":[{"code":6003,"error_chain":[{"code":6111,"message":"Invalid format for Authorization header"}],`+
		`"message":"Invalid request headers"}],"messages":[],"result":null,"success":false}`+"\n", malformed.Body.String())

	refused := ask(t, api, "GET", keysPath, "", http.Header{"Authorization": {wrongToken}})
	assert.Equal(t, http.StatusForbidden, refused.Code)
	assert.Equal(t, `{"errors":[{"code":10000,"message":"Authentication error"}],"success":false}`+"\n", refused.Body.String())

	api.FailNext("listTurnKeys", 429)
	limited := ask(t, api, "GET", keysPath, "", nil)
	assert.Equal(t, []string{"1"}, limited.Header().Values("Retry-After"))
	assert.Equal(t, `{"errors":[{"code":971,"message":"Please wait and consider throttling your request speed"}],`+
		`"messages":[],"result":null,"success":false}`+"\n", limited.Body.String())
}

// What is not reported is as documented.
func TestAsReportedLeavesOtherAnswersAsTheyAre(t *testing.T) {
	api := fake.New(fake.AsReported())
	assertRefused(t, ask(t, api, "POST", keysPath, `[]`, nil), 400, "20400")
	assertRefused(t, ask(t, api, "GET", keysPath+"/"+unknownKey, "", nil), 404, "20008")
	api.FailNext("listTurnKeys", 502)
	assert.Equal(t, "<!DOCTYPE html><title>Bad Gateway</title>\n", ask(t, api, "GET", keysPath, "", nil).Body.String())
	assert.Equal(t, `{"errors":[],"messages":[],"result":[],"success":true}`+"\n", ask(t, api, "GET", keysPath, "", nil).Body.String())
}
