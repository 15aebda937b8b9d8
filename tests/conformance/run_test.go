package conformance_test

import (
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
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
		tr := try(t, goal)
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

func TestNothingIsSaidOfAServerThatCannotBeUsed(t *testing.T) {
	odd := func(r *response) plant { return instead(r, always) }
	const badURL, isFull = "; check the base URL", "the account is full (1000 keys): delete one to make room for the run"
	for name, tc := range map[string]struct {
		plant    plant
		requests int
		want     string
	}{
		"the account is full":        {withKeys(maxKeys, "one of many"), 1, isFull},
		"the token is invalid":       {rejectingToken(always), 5, "listTurnKeys: 403 Forbidden (code 10000); check the API token"},
		"each path is unknown":       {odd(failure(404, codeUnroutable)), 2, "listTurnKeys: 404 Not Found (code 7003)" + badURL},
		"each route is a 400":        {odd(failure(400, codeUnroutable)), 2, "listTurnKeys: 400 Bad Request (code 7003)" + badURL},
		"each path is a page":        {odd(page(404)), 2, "listTurnKeys: 404 Not Found" + badURL},
		"each path is the home page": {odd(page(200)), 2, "listTurnKeys: 200 OK" + badURL},
		"each call is a 503":         {odd(page(503)), 3, "the server returns 503 Service Unavailable for every request"},
		"each call is a 503 in JSON": {odd(failure(503)), 3, "the server returns 503 Service Unavailable (code 20011) for"},
		"each call breaks":           {onAny(lost), 2, "listTurnKeys: the connection broke; check that the server is running"},
		"each call is rate-limited":  {odd(failure(429, 971)), 10, "listTurnKeys: 429 Too Many Requests for more than 5m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			tr := try(t, loopback(false), tc.plant)
			require.ErrorContains(t, tr.err, tc.want)
			assert.NotContains(t, tr.err.Error(), "\n")
			assert.Empty(t, tr.report.Violations)
			assert.Equal(t, tc.requests, tr.server.calls["all"])
			assert.Empty(t, tr.remaining())
		})
	}
}

func TestAnAcceptedStatusCountsForTheDocumentedOne(t *testing.T) {
	goal := loopback(false)
	tr := try(t, goal, status(200, createOp))
	assert.Equal(t, []string{"status"}, tr.rules())
	assert.False(t, tr.report.OK())
	assert.Equal(t, contract.Coverage{{OperationID: createOp, Response: "201"}}, tr.report.Coverage.Missing())

	goal.Accept = []string{"createTurnKey.200:status"}
	tr = try(t, goal, status(200, createOp))
	require.NoError(t, tr.err)
	assert.True(t, tr.report.OK())
	assert.Len(t, tr.report.Deleted, 3)
}

func TestKnownDriftIsCountedAndFailsAStrictRun(t *testing.T) {
	goal := loopback(false)
	goal.Strict = true
	tr := try(t, goal, asReported)
	assert.Empty(t, tr.alarms())
	require.NotEmpty(t, tr.report.KnownDrift)
	assert.Equal(t, "createTurnKey.201:/result/key", tr.report.KnownDrift[0].Place)
	assert.Equal(t, 3, tr.report.KnownDrift[0].Times)
	assert.False(t, tr.report.OK())
}

func TestAReportNeverShowsASecretOrAToken(t *testing.T) {
	tr := try(t, loopback(false), onSuccess(func(c *call, r *response) {
		secret := c.other().secret
		r.body[secret], r.body[token] = secret, secret
	}))
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
	tr := try(t, loopback(false), badGateway(nth(1, getOp)))
	assert.Empty(t, tr.alarms())
	require.Len(t, tr.report.Notices, 1)
	assert.Equal(t, "first attempt: 502 Bad Gateway; retry: 200 OK", tr.report.Notices[0].Message)
}

// A request that closes its connection would end the calls beside it over HTTP/2. Over HTTP/1, one that reuses a connection
// may be lost.
func TestWritesCloseTheirConnectionUnlessItIsHTTP2(t *testing.T) {
	for version, want := range map[int]bool{1: true, 2: false} {
		synctest.Test(t, func(t *testing.T) {
			s, goal := start(), loopback(true)
			goal.Transport = testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
				assert.Equal(t, want && r.Method != http.MethodGet, r.Close, "%s over HTTP/%d", r.Method, version)
				response, err := wire{s}.RoundTrip(r)
				response.ProtoMajor = version
				return response, err
			})
			report, err := conformance.Run(t.Context(), goal)
			require.NoError(t, err)
			assert.Empty(t, report.Violations)
		})
	}
}
