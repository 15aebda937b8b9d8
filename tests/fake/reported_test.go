package fake_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

// Each reported answer is in known_drift_test.go, one folder up.
func TestAsReportedAnswersAsTheLiveAPIIsReportedTo(t *testing.T) {
	api := fake.New(fake.AsReported())
	created := ask(t, api, "POST", keysPath, `{"name":"<n>"}`, nil)
	assert.Equal(t, http.StatusCreated, created.Code)
	assert.Regexp(t, `^\{"errors":\[\],"messages":\[\],"result":\{.*\},"success":true\}\n$`, created.Body.String())
	for _, field := range []string{`"name":"\\u003cn\\u003e"`, `"secret":"[0-9a-f]{64}"`, `"uid":"[0-9a-f]{32}"`} {
		assert.Regexp(t, `[{,]`+field+`[,}]`, created.Body.String())
	}
	assert.NotContains(t, created.Body.String(), `"key":`)

	api.FailNext("listTurnKeys", 429)
	assert.Equal(t, []string{"1"}, ask(t, api, "GET", keysPath, "", nil).Header().Values("Retry-After"))
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
