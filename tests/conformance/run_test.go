package conformance_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

func TestARunTouchesNoOtherKeyAndMakesFewRequests(t *testing.T) {
	for _, thorough := range []bool{false, true} {
		api := newFake()
		bystander := api.AddKey(fake.DefaultAccountID, generated.TurnKey{Name: "video calls"})
		goal := target(api)
		goal.Thorough = thorough
		var done int
		goal.Observe = func(s conformance.Step) {
			if s.Done {
				done++
			}
		}
		report, err := run(t, goal)
		requireConforms(t, report, err)
		assert.Empty(t, report.Violations)
		assert.Equal(t, "10 of 10 documented responses", report.Coverage.String())
		assert.Empty(t, report.Left)
		assert.Len(t, report.Steps, done)
		assert.Len(t, report.Exchanges, report.Requests)
		assert.Len(t, api.Requests(), report.Requests)
		assert.Equal(t, []generated.TurnKey{bystander}, api.Keys(fake.DefaultAccountID))
		assert.Empty(t, api.Keys(otherAccountID))
		for _, r := range api.Requests() {
			assert.False(t, strings.HasSuffix(r.Path, bystander.UID) && (r.Method != http.MethodGet || !thorough), "%s %s", r.Method, r.Path)
		}
	}
}

// afterCreate does something when the first key has been created.
func afterCreate(do func()) func(conformance.Step) {
	return func(s conformance.Step) {
		if s.OperationID == "createTurnKey" && s.Status == http.StatusCreated && s.Done && do != nil {
			first := do
			do = nil
			first()
		}
	}
}

func TestARunDeletesItsKeys(t *testing.T) {
	t.Run("when it is interrupted", func(t *testing.T) {
		api := newFake()
		goal := target(api)
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			goal.Observe = afterCreate(cancel)
			report, err := conformance.Run(ctx, goal)
			require.ErrorIs(t, err, context.Canceled)
			assert.Len(t, report.Deleted, 1)
			assert.Empty(t, report.Left)
		})
		assert.Empty(t, api.Keys(fake.DefaultAccountID))
	})
	t.Run("when its time is up", func(t *testing.T) {
		api := newFake()
		goal := target(api)
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			goal.Observe = afterCreate(func() { time.Sleep(2 * time.Minute) })
			report, err := conformance.Run(ctx, goal)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Len(t, report.Deleted, 1)
		})
		assert.Empty(t, api.Keys(fake.DefaultAccountID))
	})
	t.Run("when it panics", func(t *testing.T) {
		api := newFake()
		goal := target(api)
		goal.Observe = afterCreate(func() { panic("in Observe") })
		report, err := run(t, goal)
		require.EqualError(t, err, "the run panicked: in Observe")
		assert.Len(t, report.Deleted, 1)
		assert.Empty(t, api.Keys(fake.DefaultAccountID))
	})
	t.Run("when the answer to a create is lost", func(t *testing.T) {
		api := newFake()
		goal := target(api)
		lost := 0
		goal.Transport = losing(goal.Transport, func(r *http.Request) bool {
			if r.Method == http.MethodPost {
				lost++
			}
			return r.Method == http.MethodPost && lost == 1
		})
		report, err := run(t, goal)
		require.NoError(t, err)
		assert.Contains(t, places(report), "createTurnKey.0:status")
		assert.Empty(t, report.Left)
		assert.Empty(t, api.Keys(fake.DefaultAccountID))
	})
	t.Run("when a delete fails a few times", func(t *testing.T) {
		api := newFake()
		api.FailNext("deleteTurnKey", 500, 500, 500, 500)
		goal := target(api)
		report, err := run(t, goal)
		require.NoError(t, err)
		assert.Contains(t, places(report), "deleteTurnKey.500:status")
		assert.Empty(t, report.Left)
		assert.Empty(t, api.Keys(fake.DefaultAccountID))
	})
}

// losing loses answers after the request has been served.
func losing(next http.RoundTripper, lose func(*http.Request) bool) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		lost := lose(r)
		response, err := next.RoundTrip(r)
		if lost {
			return nil, errors.New("connection reset by peer")
		}
		return response, err
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestNothingThatMayRemainIsCalledDeleted(t *testing.T) {
	for name, serve := range map[string]func(api *fake.API) http.Handler{
		"deletes fail": func(api *fake.API) http.Handler {
			return before(api, func(w http.ResponseWriter, r *http.Request) bool {
				return r.Method == http.MethodDelete && good(r) && refuse(w, 500, "20500")
			})
		},
		"deletes are refused": func(api *fake.API) http.Handler {
			return before(api, func(w http.ResponseWriter, r *http.Request) bool {
				return r.Method == http.MethodDelete && good(r) && refuse(w, 409, "20409")
			})
		},
		"deletes change nothing": func(api *fake.API) http.Handler {
			return before(api, func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodDelete && good(r) {
					r.Method = http.MethodGet
				}
				return false
			})
		},
		"deletes hide the key from the list": func(api *fake.API) http.Handler {
			hidden := map[string]bool{}
			return tampered(before(api, func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodDelete && good(r) {
					hidden[r.URL.Path[len(collection)+1:]] = true
					r.Method = http.MethodGet
				}
				return false
			}), func(r *http.Request, status int, body string) (int, string) {
				if operationOf(r) == "listTurnKeys" && status == 200 {
					body = changeKeys(func(keys []map[string]any) (left []map[string]any) {
						for _, key := range keys {
							if !hidden[key["uid"].(string)] {
								left = append(left, key)
							}
						}
						return left
					})(body)
				}
				return status, body
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			api := newFake()
			report, err := run(t, target(serve(api)))
			require.NoError(t, err)
			assert.False(t, report.OK())
			assert.Empty(t, report.Deleted)
			assert.LessOrEqual(t, report.Requests, conformance.MaxRequests)
			var left []string
			for _, k := range report.Left {
				left = append(left, k.UID)
				assert.Contains(t, k.Command, "curl -X DELETE ")
				assert.Contains(t, k.Command, k.UID)
				assert.NotContains(t, k.Command, fake.DefaultToken)
			}
			require.NotEmpty(t, left)
			for _, key := range api.Keys(fake.DefaultAccountID) {
				assert.Contains(t, left, key.UID)
			}
		})
	}
}

func TestARunThatCannotBeMadeSaysWhy(t *testing.T) {
	for name, tc := range map[string]struct {
		change   func(*conformance.Target)
		want     string
		requests int
	}{
		"a refused token":    {func(g *conformance.Target) { g.Token = "another-token-of-forty-characters-000000" }, "listTurnKeys: 403 Forbidden (code 10000); check the API token", 5},
		"a malformed token":  {func(g *conformance.Target) { g.Token = "another" }, "listTurnKeys: 400 Bad Request (code 6003); check the API token", 1},
		"a wrong base URL":   {func(g *conformance.Target) { g.BaseURL = "http://127.0.0.1" }, "listTurnKeys: 404 Not Found (code 7003); is the base URL right?", 3},
		"plaintext":          {func(g *conformance.Target) { g.BaseURL = "http://192.0.2.1" }, "base URL: want https", 0},
		"thorough elsewhere": {func(g *conformance.Target) { g.BaseURL, g.Thorough = "https://192.0.2.1", true }, "-disposable says so", 0},
		"a bad place":        {func(g *conformance.Target) { g.Accept = []string{"createTurnKey"} }, "want one such as createTurnKey.201:/result/key", 0},
	} {
		t.Run(name, func(t *testing.T) {
			api := newFake()
			goal := target(api)
			tc.change(&goal)
			report, err := run(t, goal)
			require.ErrorContains(t, err, tc.want)
			assert.NotContains(t, err.Error(), "\n")
			assert.Empty(t, report.Violations)
			assert.Len(t, api.Requests(), tc.requests)
			assert.Empty(t, api.Keys(fake.DefaultAccountID))
		})
	}
}

func TestChangesByOthersAreNoticesWhereOthersWork(t *testing.T) {
	for _, tc := range []struct {
		baseURL string
		ok      bool
	}{{"https://turnkeys.example", true}, {"http://127.0.0.1", false}} {
		api := newFake()
		goal := target(before(api, func(_ http.ResponseWriter, r *http.Request) bool {
			if operationOf(r) == "listTurnKeys" {
				api.AddKey(fake.DefaultAccountID, generated.TurnKey{Name: "somebody's"})
				api.AddKey(fake.DefaultAccountID, generated.TurnKey{Name: "turnkeys-contract-somebody's"})
			}
			return false
		}))
		goal.BaseURL = tc.baseURL + fake.BasePath
		report, err := run(t, goal)
		require.NoError(t, err)
		assert.Equal(t, tc.ok, report.OK(), tc.baseURL)
		if tc.ok {
			assert.NotEmpty(t, report.Notices)
		}
	}
}

func TestAnAcceptedStatusCountsForTheOneThatShouldHaveCome(t *testing.T) {
	goal := target(tampered(newFake(), func(r *http.Request, status int, body string) (int, string) {
		if status == 201 {
			status = 200
		}
		return status, body
	}))
	report, err := run(t, goal)
	require.NoError(t, err)
	assert.False(t, report.OK())
	assert.Equal(t, "9 of 10 documented responses", report.Coverage.String())

	goal.Accept = []string{"createTurnKey.200:status"}
	report, err = run(t, goal)
	requireConforms(t, report, err)
	assert.Len(t, report.Deleted, 3)
}

func TestKnownDriftIsCountedAndFailsAStrictRun(t *testing.T) {
	goal := target(newFake(fake.AsReported()))
	goal.Thorough = true
	report, err := run(t, goal)
	requireConforms(t, report, err)
	assert.Empty(t, report.Violations)
	require.NotEmpty(t, report.KnownDrift)
	assert.Equal(t, "createTurnKey.201:/result/key", report.KnownDrift[0].Place)
	assert.Greater(t, report.KnownDrift[0].Times, 3)

	goal.Strict = true
	report, err = run(t, goal)
	require.NoError(t, err)
	assert.False(t, report.OK())
}

func TestAReportNeverShowsASecretOrAToken(t *testing.T) {
	var secrets []string
	api := newFake()
	goal := target(tampered(api, func(r *http.Request, status int, body string) (int, string) {
		if operationOf(r) == "createTurnKey" && status == 201 {
			_ = answersKey(body, func(key map[string]any) { secrets = append(secrets, key["key"].(string)) })
			return status, body
		}
		if len(secrets) > 0 {
			body = strings.Replace(body, `"success"`, `"`+secrets[0]+`":1,"`+fake.DefaultToken+`":"`+secrets[0]+`","success"`, 1)
		}
		return status, body
	}))
	report, err := run(t, goal)
	require.NoError(t, err)
	require.NotEmpty(t, report.Violations)
	for _, v := range report.Violations {
		text := v.String() + v.Request + v.Step
		assert.NotContains(t, text, secrets[0])
		assert.NotContains(t, text, fake.DefaultToken)
		assert.NotContains(t, text, "\n")
	}
}

func answersKey(body string, look func(map[string]any)) string {
	return changeKeys(func(keys []map[string]any) []map[string]any { look(keys[0]); return keys })(body)
}
