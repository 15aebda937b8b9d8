package conformance_test

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

func TestARunAccountsForEachOfItsRequestsAndKeys(t *testing.T) {
	for _, thorough := range []bool{false, true} {
		goal := loopback(thorough)
		var done int
		goal.Observe = func(s conformance.Step) {
			if s.Done {
				done++
			}
		}
		tr := controls[0].try(t, goal)
		assert.Empty(t, tr.alarms())
		var covered []string // in alphabetical order
		for _, c := range tr.report.Coverage {
			covered = append(covered, c.OperationID)
		}
		assert.Equal(t, documentedOps, slices.Compact(covered))
		assert.Len(t, tr.report.Steps, done)
		assert.Len(t, tr.report.Exchanges, tr.report.Requests)
		assert.Equal(t, tr.report.Requests, tr.server.calls["all"])
		assert.Len(t, tr.report.Deleted, tr.server.made-len(tr.server.seeded))
		assert.Empty(t, tr.remaining())
	}
}

func TestARunThatCannotBeMadeSaysWhy(t *testing.T) {
	for name, tc := range map[string]struct {
		change   func(*conformance.Target)
		want     string
		requests int
	}{
		"a refused token":    {func(g *conformance.Target) { g.Token = "another-token-of-forty-characters-000000" }, "listTurnKeys: 403 Forbidden (code 10000); check the API token", 5},
		"a wrong base URL":   {func(g *conformance.Target) { g.BaseURL = "http://127.0.0.1" }, "listTurnKeys: 404 Not Found (code 7003); check the base URL", 2},
		"plaintext":          {func(g *conformance.Target) { g.BaseURL = "http://192.0.2.1" }, "needs -insecure-http", 0},
		"thorough elsewhere": {func(g *conformance.Target) { g.BaseURL, g.Thorough = "https://192.0.2.1", true }, "needs -disposable", 0},
		"a bad place":        {func(g *conformance.Target) { g.Accept = []string{"createTurnKey"} }, "want one such as createTurnKey.201:/result/key", 0},
	} {
		t.Run(name, func(t *testing.T) {
			goal := loopback(false)
			tc.change(&goal)
			tr := controls[0].try(t, goal)
			require.ErrorContains(t, tr.err, tc.want)
			assert.NotContains(t, tr.err.Error(), "\n")
			assert.Empty(t, tr.report.Violations)
			assert.Equal(t, tc.requests, tr.server.calls["all"])
			assert.Empty(t, tr.remaining())
		})
	}
}

func TestAServerThatAlwaysFailsIsNotTakenForAWrongBaseURL(t *testing.T) {
	tr := failsAlways.try(t, loopback(false))
	require.EqualError(t, tr.err, "the server returns 503 Service Unavailable for every request")
}

func TestChangesByOthersAreViolationsWhereNobodyElseWorks(t *testing.T) {
	for _, s := range liveControls[:3] {
		assert.True(t, s.try(t, loopback(false)).noticed(), s.name)
	}
}

func TestAnAcceptedStatusCountsForTheOneThatShouldHaveCome(t *testing.T) {
	created200 := scenario{"create answers 200", onSuccess(func(_ *call, a *answer) { a.status = 200 }, createOp)}
	goal := loopback(false)
	tr := created200.try(t, goal)
	assert.False(t, tr.report.OK())
	assert.Equal(t, contract.Coverage{{OperationID: createOp, Response: "201"}}, tr.report.Coverage.Missing())

	goal.Accept = []string{"createTurnKey.200:status"}
	tr = created200.try(t, goal)
	require.NoError(t, tr.err)
	assert.True(t, tr.report.OK())
	assert.Len(t, tr.report.Deleted, 3)
}

func TestKnownDriftIsCountedAndFailsAStrictRun(t *testing.T) {
	reported := scenario{"the live API as reported", asReported}
	goal := loopback(true)
	tr := reported.try(t, goal)
	assert.Empty(t, tr.alarms())
	require.NotEmpty(t, tr.report.KnownDrift)
	assert.Equal(t, "createTurnKey.201:/result/key", tr.report.KnownDrift[0].Place)
	assert.Greater(t, tr.report.KnownDrift[0].Times, 3)

	goal.Strict = true
	tr = reported.try(t, goal)
	require.NoError(t, tr.err)
	assert.False(t, tr.report.OK())
}

func TestAReportNeverShowsASecretOrAToken(t *testing.T) {
	tr := scenario{"answers have fields that are called like a secret and the token", onSuccess(func(c *call, a *answer) {
		secret := c.created().secret
		a.body[secret], a.body[token] = secret, secret
	})}.try(t, loopback(false))
	require.NotEmpty(t, tr.report.Violations)
	for _, v := range tr.report.Violations {
		text := v.String() + v.Request + v.Step
		assert.NotRegexp(t, `[0-9a-f]{64}`, text)
		assert.NotContains(t, text, token)
		assert.NotContains(t, text, "\n")
	}
}

func TestThePackageCommentListsEachFieldOfTheJSON(t *testing.T) {
	source, err := os.ReadFile("run.go")
	require.NoError(t, err)
	comment, _, _ := strings.Cut(string(source), "\npackage ")
	var check func(reflect.Type)
	check = func(of reflect.Type) {
		for of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct || strings.HasSuffix(of.PkgPath(), "/contract") {
			return
		}
		for field := range of.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name != "" && name != "-" {
				assert.Regexp(t, `\b`+name+`\b`, comment)
			}
			check(field.Type)
		}
	}
	check(reflect.TypeFor[conformance.Report]())
}

func TestAFailureThatTheRetryResolvesIsANoticeThatNamesBoth(t *testing.T) {
	tr := scenario{"", badGateway(getOp, 1)}.try(t, loopback(false))
	assert.Empty(t, tr.alarms())
	require.Len(t, tr.report.Notices, 1)
	assert.Equal(t, "first attempt: 502 Bad Gateway; retry: 200 OK", tr.report.Notices[0].Message)
}
