package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
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
		"times in whole seconds": answersAll(times(func(t time.Time) string { return t.Truncate(time.Second).Format(time.RFC3339) })),
		"times with an offset": answersAll(times(func(t time.Time) string {
			return t.In(time.FixedZone("", -(9*60+30)*60)).Format(time.RFC3339Nano)
		})),
		"a refused token is answered with 401": status(403, 401),
		"a deleted key is answered with 410":   status(404, 410),
		"a list in another order each time": answers("listTurnKeys", changeKeys(func(keys []map[string]any) []map[string]any {
			rand.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
			return keys
		})),
		"unknown fields are ignored": func(api *fake.API) http.Handler {
			return before(api, func(_ http.ResponseWriter, r *http.Request) bool {
				body, _ := io.ReadAll(r.Body)
				var object map[string]any
				if json.Unmarshal(body, &object) == nil && object != nil && (object["unknown"] != nil || object["NAME"] != nil) {
					delete(object, "unknown")
					delete(object, "NAME")
					body, _ = json.Marshal(object)
				}
				r.Body = io.NopCloser(bytes.NewReader(body))
				return false
			})
		},
		"OPTIONS is answered": func(api *fake.API) http.Handler {
			return before(api, func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodOptions {
					w.WriteHeader(http.StatusNoContent)
				}
				return r.Method == http.MethodOptions
			})
		},
		"odd addresses get pages":         oddly(http.StatusNotFound),
		"odd addresses are bad requests":  oddly(http.StatusBadRequest),
		"odd addresses are not allowed":   oddly(http.StatusMethodNotAllowed),
		"odd addresses are moved":         oddly(http.StatusMovedPermanently),
		"a rate limit of 90 s":            func(api *fake.API) http.Handler { return limitedUntil(api, 90*time.Second) },
		"a query is ignored":              query(false),
		"a query is refused":              query(true),
		"keys that were there before":     func(api *fake.API) http.Handler { addKeys(api, 30); return api },
		"deleted keys can be got for 3 s": func(api *fake.API) http.Handler { return &late{api: api, lag: only("getTurnKey", 3*time.Second)} },
		"every edit and delete needs 2 s before it can find the key": func(api *fake.API) http.Handler {
			created := map[string]time.Time{}
			return tampered(before(api, func(w http.ResponseWriter, r *http.Request) bool {
				at, ok := created[r.URL.Path]
				return ok && r.Method != http.MethodGet && time.Since(at) < 2*time.Second && good(r) && refuse(w, 404, "20008")
			}), func(r *http.Request, status int, body string) (int, string) {
				if status == 201 {
					_ = answersKey(body, func(key map[string]any) { created[collection+"/"+key["uid"].(string)] = time.Now() })
				}
				return status, body
			})
		},
		"another run works at the same time": func(api *fake.API) http.Handler {
			n := 0
			return before(api, func(_ http.ResponseWriter, r *http.Request) bool {
				n++
				uid := fmt.Sprintf("%032x", n)
				api.AddKey(fake.DefaultAccountID, generated.TurnKey{UID: uid, Name: "turnkeys-contract-0123"})
				if n > 2 {
					with(api, http.MethodDelete, collection+"/"+fmt.Sprintf("%032x", n-2), "")
				}
				return false
			})
		},
		"999 keys": func(api *fake.API) http.Handler {
			addKeys(api, 999)
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

func answersAll(change func(string) string) func(*fake.API) http.Handler {
	return func(api *fake.API) http.Handler {
		return tampered(api, func(_ *http.Request, status int, body string) (int, string) {
			if status < 300 {
				body = change(body)
			}
			return status, body
		})
	}
}

func times(format func(time.Time) string) func(string) string {
	return changeKeys(func(keys []map[string]any) []map[string]any {
		for _, key := range keys {
			for _, field := range []string{"created", "modified"} {
				t, _ := time.Parse(time.RFC3339, key[field].(string))
				key[field] = format(t)
			}
		}
		return keys
	})
}

func status(from, to int) func(*fake.API) http.Handler {
	return func(api *fake.API) http.Handler {
		return tampered(api, func(_ *http.Request, status int, body string) (int, string) {
			if status == from {
				status = to
			}
			return status, body
		})
	}
}

var usual = regexp.MustCompile("^" + fake.BasePath + "/accounts/[0-9a-f]{32}/calls/turn_keys(/[0-9a-f]{32})?$")

func oddly(status int) func(*fake.API) http.Handler {
	return func(api *fake.API) http.Handler {
		return before(api, func(w http.ResponseWriter, r *http.Request) bool {
			known := slices.Contains([]string{"GET", "POST", "PUT", "DELETE"}, r.Method)
			if known && usual.MatchString(r.URL.Path) && (r.Method != http.MethodPost || strings.HasSuffix(r.URL.Path, "turn_keys")) {
				return false
			}
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, http.StatusText(status))
			return true
		})
	}
}

func query(refused bool) func(*fake.API) http.Handler {
	return func(api *fake.API) http.Handler {
		return before(api, func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.RawQuery != "" && refused && good(r) {
				return refuse(w, 400, "20400")
			}
			r.URL.RawQuery = ""
			return false
		})
	}
}

func good(r *http.Request) bool {
	return r.Header.Get("Authorization") == "Bearer "+fake.DefaultToken
}

func limitedUntil(api *fake.API, wait time.Duration) http.Handler {
	start := time.Time{}
	return before(api, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && start.IsZero() {
			start = time.Now()
		}
		until := start.Add(wait)
		if start.IsZero() || time.Now().After(until) {
			return false
		}
		w.Header().Set("Retry-After", strconv.Itoa(1+int(time.Until(until).Seconds())))
		return refuse(w, 429, "10429")
	})
}

func addKeys(api *fake.API, n int) {
	for i := range n {
		api.AddKey(fake.DefaultAccountID, generated.TurnKey{UID: fmt.Sprintf("%032x", i), Name: "video calls"})
	}
}
