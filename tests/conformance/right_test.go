package conformance_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

func TestServersThatDoNothingWrongConform(t *testing.T) {
	seconds := func(n float64) func(string) time.Duration {
		return func(string) time.Duration { return time.Duration(n * float64(time.Second)) }
	}
	only := func(operationID string, lag time.Duration) func(string) time.Duration {
		return func(id string) time.Duration {
			if id == operationID {
				return lag
			}
			return 0
		}
	}
	for name, serve := range map[string]func(api *fake.API) http.Handler{
		"a fake":                    func(api *fake.API) http.Handler { return api },
		"everything is 1 s late":    func(api *fake.API) http.Handler { return &late{api: api, lag: seconds(1)} },
		"everything is 4 s late":    func(api *fake.API) http.Handler { return &late{api: api, lag: seconds(4)} },
		"everything is 9.5 s late":  func(api *fake.API) http.Handler { return &late{api: api, lag: seconds(9.5)} },
		"get is late":               func(api *fake.API) http.Handler { return &late{api: api, lag: only("getTurnKey", 3*time.Second)} },
		"list is late":              func(api *fake.API) http.Handler { return &late{api: api, lag: only("listTurnKeys", 5*time.Second)} },
		"each call is limited once": func(api *fake.API) http.Handler { return everySecond(api, "1") },
		"each call is limited once, for how long is not said": func(api *fake.API) http.Handler { return everySecond(api, "") },
		"one 429 for each operation":                          failOnce(429),
		"one 500 for each operation":                          failOnce(500),
		"one 503 to a list": func(api *fake.API) http.Handler {
			api.FailNext("listTurnKeys", 503)
			return api
		},
		"a fresh token": func(api *fake.API) http.Handler {
			start := time.Time{}
			return before(api, func(w http.ResponseWriter, r *http.Request) bool {
				if start.IsZero() {
					start = time.Now()
				}
				return time.Since(start) < 5*time.Second && refuse(w, 403, "10000")
			})
		},
		"999 keys": func(api *fake.API) http.Handler {
			for i := range 999 {
				api.AddKey(fake.DefaultAccountID, generated.TurnKey{UID: fmt.Sprintf("%032x", i), Name: "video calls"})
			}
			return api
		},
	} {
		for _, thorough := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/thorough=%t", name, thorough), func(t *testing.T) {
				goal := target(serve(newFake()))
				goal.Thorough = thorough
				report, err := run(t, goal)
				requireConforms(t, report, err)
				show(t, report)
			})
		}
	}
}

// everySecond answers each call that is not asked a second time with 429.
func everySecond(api *fake.API, retryAfter string) http.Handler {
	limited := false
	return before(api, func(w http.ResponseWriter, r *http.Request) bool {
		if limited = !limited; limited {
			if retryAfter != "" {
				w.Header().Set("Retry-After", retryAfter)
			}
			return refuse(w, 429, "10429")
		}
		return false
	})
}

func failOnce(status int) func(api *fake.API) http.Handler {
	return func(api *fake.API) http.Handler {
		for _, id := range fake.Operations() {
			api.FailNext(id, status)
		}
		return api
	}
}
