package conformance_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

// answers changes the successful answers of one operation.
func answers(operationID string, change func(body string) string) func(*fake.API) http.Handler {
	return func(api *fake.API) http.Handler {
		return tampered(api, func(r *http.Request, status int, body string) (int, string) {
			if operationOf(r) == operationID && status < 300 {
				body = change(body)
			}
			return status, body
		})
	}
}

// after does something once an operation has been answered with success.
func after(operationID string, do func(api *fake.API, r *http.Request)) func(*fake.API) http.Handler {
	return func(api *fake.API) http.Handler {
		return tampered(api, func(r *http.Request, status int, body string) (int, string) {
			if operationOf(r) == operationID && status < 300 {
				do(api, r)
			}
			return status, body
		})
	}
}

// with makes a request to the fake with the good token, behind the back of the run.
func with(api *fake.API, method, path, body string) {
	r, _ := http.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+fake.DefaultToken)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	_, _ = inMemory(api).RoundTrip(r)
}

const collection = fake.BasePath + "/accounts/" + fake.DefaultAccountID + "/calls/turn_keys"

// anyToken takes the place of whatever token an operation is tried with.
func anyToken(operationID string) func(*fake.API) http.Handler {
	return func(api *fake.API) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if operationOf(r) == operationID {
				r.Header.Set("Authorization", "Bearer "+fake.DefaultToken)
			}
			api.ServeHTTP(w, r)
		})
	}
}

func replace(old, replacement string) func(string) string {
	return func(body string) string { return strings.Replace(body, old, replacement, 1) }
}

// changeKeys changes the result of an answer, be it a key or a list of them.
func changeKeys(change func(keys []map[string]any) []map[string]any) func(string) string {
	return func(body string) string {
		var envelope map[string]any
		_ = json.Unmarshal([]byte(body), &envelope)
		var keys []map[string]any
		list, isList := envelope["result"].([]any)
		for _, item := range list {
			keys = append(keys, item.(map[string]any))
		}
		if !isList {
			keys = []map[string]any{envelope["result"].(map[string]any)}
		}
		if keys = change(keys); isList {
			envelope["result"] = append([]map[string]any{}, keys...)
		} else {
			envelope["result"] = keys[0]
		}
		changed, _ := json.Marshal(envelope)
		return string(changed)
	}
}

func eachName(change func(string) string) func(string) string {
	return changeKeys(func(keys []map[string]any) []map[string]any {
		for _, key := range keys {
			key["name"] = change(key["name"].(string))
		}
		return keys
	})
}

func TestTheDefaultPlanNoticesWhatAnswersContradict(t *testing.T) {
	for name, tc := range map[string]struct {
		serve func(*fake.API) http.Handler
		place string
	}{
		"create gives another name":  {answers("createTurnKey", replace(`"name":"`, `"name":"x`)), "createTurnKey.201:/result/name"},
		"create was long ago":        {answers("createTurnKey", replace(`"created":"2`, `"created":"1`)), "createTurnKey.201:/result/created"},
		"get shows another name":     {answers("getTurnKey", replace(`"name":"`, `"name":"x`)), "getTurnKey.200:/result/name"},
		"get shows another creation": {answers("getTurnKey", replace(`"created":"2`, `"created":"1`)), "getTurnKey.200:/result/created"},
		"names are trimmed":          {answers("listTurnKeys", eachName(strings.TrimSpace)), "listTurnKeys.200:/result/1/name"},
		"edit sets modified back":    {answers("editTurnKey", replace(`"modified":"2`, `"modified":"1`)), "editTurnKey.200:/result/modified"},
		"edit changes created":       {answers("editTurnKey", replace(`"created":"2`, `"created":"1`)), "editTurnKey.200:/result/created"},
		"delete shows it otherwise":  {answers("deleteTurnKey", replace(`"modified":"2`, `"modified":"1`)), "deleteTurnKey.200:/result/modified"},
		"list leaves the last key out": {answers("listTurnKeys", changeKeys(func(keys []map[string]any) []map[string]any {
			return keys[:max(0, len(keys)-1)]
		})), "listTurnKeys.200:/result"},
		"list shows a key twice": {answers("listTurnKeys", changeKeys(func(keys []map[string]any) []map[string]any {
			return append(keys, keys...)
		})), "listTurnKeys.200:/result/2"},
		"an edit renames every key": {after("editTurnKey", func(api *fake.API, _ *http.Request) {
			for _, key := range api.Keys(fake.DefaultAccountID) {
				with(api, http.MethodPut, collection+"/"+key.UID, `{"name":"renamed"}`)
			}
		}), "getTurnKey.200:/result/name"},
		"a delete deletes every key": {after("deleteTurnKey", func(api *fake.API, _ *http.Request) {
			for _, key := range api.Keys(fake.DefaultAccountID) {
				with(api, http.MethodDelete, collection+"/"+key.UID, "")
			}
		}), "getTurnKey.404:status"},
		"list takes any token":   {anyToken("listTurnKeys"), "listTurnKeys.200:status"},
		"create takes any token": {anyToken("createTurnKey"), "createTurnKey.201:status"},
		"get takes any token":    {anyToken("getTurnKey"), "getTurnKey.200:status"},
		"edit takes any token":   {anyToken("editTurnKey"), "editTurnKey.200:status"},
		"delete takes any token": {anyToken("deleteTurnKey"), "deleteTurnKey.200:status"},
		"a refused create creates": {func(api *fake.API) http.Handler {
			return before(api, func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodPost && r.Header.Get("Authorization") != "Bearer "+fake.DefaultToken {
					with(api, http.MethodPost, collection, `{"name":"`+nameIn(r)+`"}`)
				}
				return false
			})
		}, "listTurnKeys.200:/result/2"},
		"a deleted key can still be got": {func(api *fake.API) http.Handler {
			return before(api, func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodDelete && r.Header.Get("Authorization") == "Bearer "+fake.DefaultToken {
					r.Method = http.MethodGet
				}
				return false
			})
		}, "getTurnKey.200:status"},
		"every secret is the same": {answers("createTurnKey", changeKeys(func(keys []map[string]any) []map[string]any {
			keys[0]["key"] = strings.Repeat("0123456789abcdef", 4)
			return keys
		})), "createTurnKey.201:/result/key"},
		"a secret is the uid twice": {answers("createTurnKey", changeKeys(func(keys []map[string]any) []map[string]any {
			keys[0]["key"] = strings.Repeat(keys[0]["uid"].(string), 2)
			return keys
		})), "createTurnKey.201:/result/key"},
		"a refused token is told that there is no such key": {func(api *fake.API) http.Handler {
			return tampered(api, func(_ *http.Request, status int, body string) (int, string) {
				return status, strings.Replace(body, `"code":10000`, `"code":20008`, 1)
			})
		}, "getTurnKey.403:/errors/0/code"},
		"a deleted key is forbidden": {func(api *fake.API) http.Handler {
			return tampered(api, func(_ *http.Request, status int, body string) (int, string) {
				if status == 404 {
					status = 403
				}
				return status, body
			})
		}, "editTurnKey.403:status"},
		"get fails after a while": {func(api *fake.API) http.Handler {
			gets := 0
			return before(api, func(w http.ResponseWriter, r *http.Request) bool {
				if operationOf(r) == "getTurnKey" {
					gets++
				}
				return operationOf(r) == "getTurnKey" && gets > 1 && refuse(w, 500, "20500")
			})
		}, "getTurnKey.500:status"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, err := run(t, target(tc.serve(newFake())))
			require.NoError(t, err)
			assert.False(t, report.OK())
			assert.LessOrEqual(t, report.Requests, conformance.MaxRequests)
			if !assert.Contains(t, places(report), tc.place) {
				show(t, report)
			}
		})
	}
}

func nameIn(r *http.Request) string {
	var input struct{ Name string }
	_ = json.NewDecoder(r.Body).Decode(&input)
	return input.Name
}

func places(report conformance.Report) (all []string) {
	for _, v := range report.Violations {
		all = append(all, v.Place())
	}
	return all
}

func TestAThoroughRunNoticesWhatTheDefaultPlanDoesNotTry(t *testing.T) {
	lenient := func(change func(r *http.Request)) func(*fake.API) http.Handler {
		return func(api *fake.API) http.Handler {
			return before(api, func(_ http.ResponseWriter, r *http.Request) bool { change(r); return false })
		}
	}
	for name, tc := range map[string]struct {
		serve          func(*fake.API) http.Handler
		place, request string
	}{
		"any content type": {
			lenient(func(r *http.Request) {
				if r.Body != http.NoBody {
					r.Header.Set("Content-Type", "application/json")
				}
			}),
			"createTurnKey.201:status", "createTurnKey with JSON as text/plain",
		},
		"a token in the query": {
			lenient(func(r *http.Request) {
				if token := r.URL.Query().Get("access_token"); token != "" {
					r.Header.Set("Authorization", "Bearer "+token)
					r.URL.RawQuery = ""
				}
			}),
			"listTurnKeys.200:status", "listTurnKeys with the token in the query",
		},
		"ids in upper case": {
			lenient(func(r *http.Request) { r.URL.Path = strings.ToLower(r.URL.Path) }),
			"getTurnKey.200:status", "getTurnKey of an id in upper case",
		},
		"another account's token": {
			lenient(func(r *http.Request) {
				if strings.HasSuffix(r.Header.Get("Authorization"), otherToken) && strings.Contains(r.URL.Path, fake.DefaultAccountID) {
					r.Header.Set("Authorization", "Bearer "+fake.DefaultToken)
				}
			}),
			"deleteTurnKey.200:status", "deleteTurnKey with the second account's token",
		},
		"an odd id is a failure of the server": {
			func(api *fake.API) http.Handler {
				return before(api, func(w http.ResponseWriter, r *http.Request) bool {
					return strings.HasSuffix(r.URL.Path, "\x00") && refuse(w, 500, "20500")
				})
			},
			"getTurnKey.500:status", "getTurnKey of an id with a zero byte",
		},
		"emoji are damaged": {
			answers("listTurnKeys", eachName(func(name string) string { return strings.ReplaceAll(name, "\u200d", "") })),
			"listTurnKeys.200:/result/8/name", "listTurnKeys with awkward names",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			goal := target(tc.serve(newFake()))
			goal.Thorough = true
			report, err := run(t, goal)
			require.NoError(t, err)
			assert.LessOrEqual(t, report.Requests, conformance.MaxRequestsThorough)
			found := slices.ContainsFunc(report.Violations, func(v conformance.Violation) bool {
				return v.Place() == tc.place && v.Request == tc.request && v.In == contract.Response
			})
			if !assert.True(t, found, "%s, for %s", tc.place, tc.request) {
				show(t, report)
			}
		})
	}
}

func TestAKeyThatWasThereBeforeIsLeftAlone(t *testing.T) {
	for name, listed := range map[string]bool{"although a create gives its uid": true, "although no list shows it": false} {
		t.Run(name, func(t *testing.T) {
			api := newFake()
			mine := api.AddKey(fake.DefaultAccountID, generated.TurnKey{Name: "video calls"})
			goal := target(tampered(api, func(r *http.Request, status int, body string) (int, string) {
				switch {
				case operationOf(r) == "createTurnKey" && status == 201:
					body = changeKeys(func(keys []map[string]any) []map[string]any {
						keys[0]["uid"] = mine.UID
						return keys
					})(body)
				case operationOf(r) == "listTurnKeys" && status == 200 && !listed:
					body = changeKeys(func(keys []map[string]any) []map[string]any {
						return slices.DeleteFunc(keys, func(key map[string]any) bool { return key["uid"] == mine.UID })
					})(body)
				}
				return status, body
			}))
			report, err := run(t, goal)
			require.NoError(t, err)
			assert.False(t, report.OK())
			assert.Contains(t, api.Keys(fake.DefaultAccountID), mine)
			for _, r := range api.Requests() {
				assert.False(t, strings.HasSuffix(r.Path, mine.UID) && (r.Method != http.MethodGet || listed), "%s %s", r.Method, r.Path)
			}
			if t.Failed() {
				show(t, report)
			}
		})
	}
}
