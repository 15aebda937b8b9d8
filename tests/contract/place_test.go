package contract_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

func TestAPlaceIsAcceptedByPattern(t *testing.T) {
	document := contract.OpenAPI()
	x := newExchange("GET", keyURL+"?a/b=1", "", 404, testkit.Failure(`"20008"`, "no"))
	x.Request.Header.Set("X-Auth-Key", "k")
	x.Response.Header.Set("Retry-After", "soon")
	for pattern, want := range map[string]bool{
		"getTurnKey.404:/errors/0/code":    true,
		"*.4XX:/errors/*/code":             true,
		"getTurnKey.*:/*/*/*":              true,
		"getTurnKey.4XX:/errors/*":         false,
		"getTurnKey.403:/errors/*/code":    false,
		"deleteTurnKey.4XX:/errors/*/code": false,
		"*.request:/name":                  false,
		"get*.404:/errors/[0-9]/c*":        true,
		"getTurnKey.4XX:/*/code":           false,
		"*.request:*":                      true,
		"*.request:query:*":                true,
		"getTurnKey.request:query:a/*":     true,
		"*.request:header:*":               true,
		"*.request:header:x-AUTH-key":      true,
		"getTurnKey.request:header:X-*":    true,
		"*.4XX:header:retry-after":         true,
		"getTurnKey.404:header:[RS]*":      true,
		"getTurnKey.404:header:X-*":        false,
	} {
		violations := document.Mark(document.Check(*x, contract.Secrets{}), []string{pattern})
		require.Len(t, violations, 4)
		for _, v := range violations {
			assert.Empty(t, v.Known, "a code below 1,000 is known, one that is a text is not")
		}
		accepted := slices.ContainsFunc(violations, func(v contract.Violation) bool { return v.Accepted })
		assert.Equal(t, want, accepted, pattern)
	}
}

func TestAPlaceIsAcceptedAsItIsPrinted(t *testing.T) {
	for _, name := range []string{"a[b", "[redacted]", `back\\slash`, "st*r", "dot.200:x"} {
		x := get()
		setResponse(x, with(`"`+name+`":1,`))
		violations := contract.OpenAPI().Check(*x, contract.Secrets{})
		require.Len(t, violations, 1)
		assert.True(t, violations[0].Matches(violations[0].Place()), name)
	}
}

func TestAPatternThatCannotMatchIsRejectedWithAValidOne(t *testing.T) {
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
