package contract_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

func TestAPlaceIsAcceptedByPattern(t *testing.T) {
	for pattern, accepted := range map[string]bool{
		"getTurnKey.404:/errors/0/code":    true,
		"*.4XX:/errors/*/code":             true,
		"getTurnKey.*:/*/*/*":              true,
		"getTurnKey.4XX:/errors/*":         false,
		"getTurnKey.403:/errors/*/code":    false,
		"deleteTurnKey.4XX:/errors/*/code": false,
		"*.request:/name":                  false,
		"get*.404:/errors/[0-9]/c*":        true,
		"getTurnKey.4XX:/*/code":           false,
	} {
		s := newStage(t, contract.WithAccepted(pattern))
		x := refusedGet()
		x.answer = strings.Replace(x.answer, "20008", `"20008"`, 1)
		violations := s.play(x)
		require.Len(t, violations, 1)
		assert.Equal(t, accepted, violations[0].Accepted, pattern)
	}
}

func TestPlacesOutsideTheBodyAreAcceptedByPattern(t *testing.T) {
	for _, pattern := range []string{
		"*.request:*", "*.request:query:*", "getTurnKey.request:query:a/*", "*.request:header:*", "*.request:header:x-AUTH-key",
		"getTurnKey.request:header:X-*", "*.4XX:header:retry-after", "getTurnKey.404:header:[RS]*",
	} {
		x := refusedGet()
		x.url += "?a/b=1"
		x.header.Set("X-Auth-Key", "k")
		x.answerHeader.Set("Retry-After", "soon")
		accepted := slices.ContainsFunc(newStage(t, contract.WithAccepted(pattern)).play(x), func(v contract.Violation) bool { return v.Accepted })
		assert.True(t, accepted, pattern)
	}
}

func TestAPlaceIsAcceptedAsItIsPrinted(t *testing.T) {
	for _, name := range []string{"a[b", "[redacted]", `back\slash`, "st*r", "dot.200:x"} {
		x := get()
		x.answer = strings.Replace(x.answer, "{", `{"`+name+`":1,`, 1)
		violations := newStage(t).play(x)
		require.Len(t, violations, 1)
		assert.True(t, newStage(t, contract.WithAccepted(violations[0].Place())).play(x)[0].Accepted, name)
	}
}

func TestAServerThatTakesAnAcceptedRequestIsNoViolation(t *testing.T) {
	x := create()
	x.body = `{"name":"x","region":"weur"}`
	assert.Equal(t, []string{"createTurnKey.request:/region"}, places(newStage(t, contract.WithAccepted("createTurnKey.request:/region")).play(x)))
}

func TestAPatternThatCannotMatchIsRefusedWithAGoodOne(t *testing.T) {
	for pattern, problem := range map[string]string{
		"":                             "no status",
		"key":                          "no status",
		"createTurnKey":                "no status",
		"createTurnKey.201":            `no violation can be at ""`,
		"createTurnKey.201:":           `no violation can be at ""`,
		"createTurnKey.201:result":     `no violation can be at "result"`,
		"createTurnKey.201:query:page": `no violation can be at "query:page"`,
		"createTurnKey.request:status": `no violation can be at "status"`,
		"createTurnKey.4xx:/errors":    "no status",
		"createTurnKey.600:status":     "no status",
		"createTurnKeys.201:/result":   `unknown operation "createTurnKeys"`,
		"createTurnKey.200:/result":    "no body is documented for it",
		"createTurnKey.3XX:/result":    "no body is documented for it",
		"getTurnKey.request:/name":     "no body is documented for it",
	} {
		_, err := contract.New(nil, contract.WithAccepted("*.4XX:/result", pattern))
		require.ErrorContains(t, err, problem, pattern)
		require.ErrorContains(t, err, "createTurnKey.201:/result/key", pattern)
	}
	for _, pattern := range []string{
		"*.*:*", "*.request:operation", "PATCH.request:operation", "*.5XX:status", "getTurnKey.302:status", "*.2XX:/result/*/key",
		"getTurnKey.404:header:X-Debug", "*.request:path:key_id", "createTurnKey.request:/name", "deleteTurnKey.4XX:body",
	} {
		_, err := contract.New(nil, contract.WithAccepted(pattern))
		assert.NoError(t, err)
	}
}

func TestDriftIsKnownByItsRule(t *testing.T) {
	x := refusedGet()
	x.answer = strings.Replace(x.answer, "20008", `"20008"`, 1)
	violations := newStage(t).play(x)
	require.Len(t, violations, 1)
	assert.Empty(t, violations[0].Known, "a code below 1,000 is known, one that is a text is not")
}
