package fake

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/generated"
)

// Control returns a handler that lets tests in other languages inject faults and inspect the API, in JSON. An error is
// {"error":"…"} with status 400, 404 or 405. Anyone who can connect can use it.
//
//	GET    /fake/health                        200, without a body
//	POST   /fake/accounts                      a new account: {"account_id":"…","token":"…"}, with status 201
//	DELETE /fake/accounts/{account_id}         deletes an account
//	GET    /fake/accounts/{account_id}/keys    what Keys returns
//	POST   /fake/accounts/{account_id}/keys    {"name":"video calls"}, or more fields of a key; returns what AddKey returns
//	POST   /fake/fail                          {"operation":"getTurnKey","statuses":[429,500]}
//	POST   /fake/lose                          {"operation":"createTurnKey","times":1}
//	POST   /fake/delay                         {"operation":"listTurnKeys","delay":"1.5s","times":1}
//	POST   /fake/late                          {"operation":"createTurnKey","delay":"3s","times":1}
//	GET    /fake/requests                      what Requests returns
//	GET    /fake/violations                    what Violations returns
//	POST   /fake/reset                         without a body
//
// Each of the last seven can be limited to an account: /fake/fail?account={account_id}. With "times":-1, a fault lasts
// until the next reset.
func (a *API) Control() http.Handler {
	endpoints := a.endpoints()
	mux := http.NewServeMux()
	for pattern, handler := range endpoints {
		mux.Handle(pattern, handler)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		_, accountErr := a.keysOf(accountOf(r))
		switch {
		case pattern == "":
			response := httptest.NewRecorder()
			mux.ServeHTTP(response, r) // knows whether the path or the method is wrong
			w.Header()["Allow"] = response.Header()["Allow"]
			wanted := strings.Join(slices.Sorted(maps.Keys(endpoints)), ", ")
			writeError(w, response.Code, errors.New("unknown method or path; want one of "+wanted))
		case accountOf(r) != "" && accountErr != nil:
			writeError(w, http.StatusBadRequest, accountErr)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

func (a *API) endpoints() map[string]http.HandlerFunc {
	delay := func(kind string) http.HandlerFunc {
		type input struct {
			Operation, Delay string
			Times            int
		}
		return withBody(`{"operation":"listTurnKeys","delay":"1.5s","times":1}`, func(r *http.Request, in input) (any, error) {
			d, _ := time.ParseDuration(in.Delay) // 0 if it is invalid, which inject rejects
			return nil, a.inject(in.Operation, accountOf(r), fault{kind: kind, delay: d, times: in.Times})
		})
	}
	type failInput struct {
		Operation string
		Statuses  []int
	}
	type loseInput struct {
		Operation string
		Times     int
	}
	return map[string]http.HandlerFunc{
		"GET /fake/health": func(http.ResponseWriter, *http.Request) {},
		"POST /fake/accounts": func(w http.ResponseWriter, _ *http.Request) {
			accountID, token := a.NewAccount()
			writeJSON(w, http.StatusCreated, map[string]string{"account_id": accountID, "token": token})
		},
		"DELETE /fake/accounts/{account_id}": respond(func(r *http.Request) (any, error) {
			return nil, a.deleteAccount(r.PathValue("account_id"))
		}),
		"GET /fake/accounts/{account_id}/keys": respond(func(r *http.Request) (any, error) {
			return a.keysOf(r.PathValue("account_id"))
		}),
		"POST /fake/accounts/{account_id}/keys": withBody(`{"name":"video calls","created":"2014-01-01T05:20:00Z"}, times as in RFC 3339`,
			func(r *http.Request, key generated.TurnKey) (any, error) {
				return a.addKey(r.PathValue("account_id"), key)
			}),
		"POST /fake/fail": withBody(`{"operation":"getTurnKey","statuses":[429,500]}`, func(r *http.Request, in failInput) (any, error) {
			return nil, a.inject(in.Operation, accountOf(r), failures(in.Statuses)...)
		}),
		"POST /fake/lose": withBody(`{"operation":"createTurnKey","times":1}`, func(r *http.Request, in loseInput) (any, error) {
			return nil, a.inject(in.Operation, accountOf(r), fault{kind: "lose", times: in.Times})
		}),
		"POST /fake/delay": delay("delay"),
		"POST /fake/late":  delay("late"),
		"GET /fake/requests": respond(func(r *http.Request) (any, error) {
			return slices.DeleteFunc(a.Requests(), func(q Request) bool { return !isOf(q.Path, accountOf(r)) }), nil
		}),
		"GET /fake/violations": respond(func(r *http.Request) (any, error) {
			return slices.DeleteFunc(a.Violations(), func(v Violation) bool { return !isOf(v.RequestPath, accountOf(r)) }), nil
		}),
		"POST /fake/reset": respond(func(r *http.Request) (any, error) {
			a.reset(accountOf(r))
			return nil, nil
		}),
	}
}

func accountOf(r *http.Request) string { return r.URL.Query().Get("account") }

// withBody returns a handler that decodes the request body, a JSON object without unknown fields, and passes it to f.
func withBody[T any](example string, f func(*http.Request, T) (any, error)) http.HandlerFunc {
	return respond(func(r *http.Request) (any, error) {
		var body T
		decoder := json.NewDecoder(io.LimitReader(r.Body, maxBody))
		decoder.DisallowUnknownFields()
		if decoder.Decode(&body) != nil || !errors.Is(decoder.Decode(new(any)), io.EOF) {
			return nil, errors.New("the request body: want a JSON object such as " + example)
		}
		return f(r, body)
	})
}

// respond returns a handler that sends the result of f, or its error. Without either, the response has no body.
func respond(f func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		result, err := f(r)
		switch {
		case err != nil:
			writeError(w, http.StatusBadRequest, err)
		case result == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			writeJSON(w, http.StatusOK, result)
		}
	}
}

func writeError(w http.ResponseWriter, status int, err error) {
	writeJSON(w, status, map[string]string{"error": err.Error()})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
