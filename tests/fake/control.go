package fake

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/generated"
)

// Control returns a handler that lets tests in other languages inject faults and inspect the API, in JSON. An error is
// {"error":"…"} with status 400. Whoever can connect can use it.
//
//	GET  /fake/requests                      what Requests returns
//	GET  /fake/accounts/{account_id}/keys    what Keys returns
//	POST /fake/accounts/{account_id}/keys    {"name":"video calls"}, or more fields of a key; returns what AddKey does
//	POST /fake/fail                          {"operation":"getTurnKey","statuses":[429,500]}
//	POST /fake/lose                          {"operation":"createTurnKey","times":1}
//	POST /fake/delay                         {"operation":"listTurnKeys","delay":"1.5s","times":1}
//	POST /fake/late                          {"operation":"createTurnKey","delay":"3s","times":1}
//	POST /fake/reset                         without a body
func (a *API) Control() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /fake/requests", control(func(*http.Request) (any, error) { return a.Requests(), nil }))
	mux.Handle("GET /fake/accounts/{account_id}/keys", control(func(r *http.Request) (any, error) {
		return a.keysOf(r.PathValue("account_id"))
	}))
	mux.Handle("POST /fake/accounts/{account_id}/keys", control(func(r *http.Request) (any, error) {
		var key generated.TurnKey
		if err := readJSON(r, &key); err != nil {
			return nil, err
		}
		return a.addKey(r.PathValue("account_id"), key)
	}))
	mux.Handle("POST /fake/fail", action(func(input struct {
		Operation string
		Statuses  []int
	}) error {
		return a.inject(input.Operation, failures(input.Statuses)...)
	}))
	mux.Handle("POST /fake/lose", action(func(input struct {
		Operation string
		Times     int
	}) error {
		return a.inject(input.Operation, fault{"lose", 0, input.Times})
	}))
	for _, kind := range []string{"delay", "late"} {
		mux.Handle("POST /fake/"+kind, action(func(input struct {
			Operation, Delay string
			Times            int
		}) error {
			d, err := time.ParseDuration(input.Delay)
			if err != nil {
				return wrongType("delay")
			}
			return a.inject(input.Operation, fault{kind, int(d), input.Times})
		}))
	}
	mux.Handle("POST /fake/reset", control(func(*http.Request) (any, error) {
		a.Reset()
		return nil, nil
	}))
	mux.Handle("/", control(func(*http.Request) (any, error) {
		return nil, errors.New("unknown endpoint; want GET /fake/requests, GET or POST /fake/accounts/{account_id}/keys, " +
			"or POST /fake/fail, /fake/lose, /fake/delay, /fake/late or /fake/reset")
	}))
	return mux
}

// control makes a handler of a function that returns the result, if any.
func control(f func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		result, err := f(r)
		switch {
		case err != nil:
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		case result == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			writeJSON(w, http.StatusOK, result)
		}
	})
}

// action makes a handler of a function that takes the body of the request.
func action[T any](f func(T) error) http.Handler {
	return control(func(r *http.Request) (any, error) {
		var input T
		if err := readJSON(r, &input); err != nil {
			return nil, err
		}
		return nil, f(input)
	})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func readJSON(r *http.Request, value any) error {
	decoder := json.NewDecoder(io.LimitReader(r.Body, maxBody))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(value)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field, _, _ := strings.Cut(strings.ToLower(wrong.Field), ".") // Go 1.27 writes statuses.0
		return wrongType(field)
	}
	if err != nil {
		return fmt.Errorf("the request body: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the request body has data after its JSON object")
	}
	return nil
}

// wrongType says what a field of a body must be, without the names of Go's types.
func wrongType(field string) error {
	wants := map[string]string{
		"operation": "a string", "name": "a string", "uid": "a string", "delay": `a string such as "1.5s"`,
		"statuses": "a list such as [429,500]", "times": "a whole number",
	}
	if field == "" {
		return errors.New("the request body: want a JSON object")
	}
	return fmt.Errorf("%q: want %s", field, cmp.Or(wants[field], "another JSON type"))
}
