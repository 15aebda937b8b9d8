package fake

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/generated"
)

// Control returns a handler that lets tests in other languages inject faults and inspect the API, in JSON. An error is
// {"error":"…"} with status 400, 404 or 405. Whoever can connect can use it.
//
//	GET    /fake/health                        200, without a body
//	POST   /fake/accounts                      a new account: {"account_id":"…","token":"…"}, with status 201
//	DELETE /fake/accounts/{account_id}         deletes an account
//	GET    /fake/accounts/{account_id}/keys    what Keys returns
//	POST   /fake/accounts/{account_id}/keys    {"name":"video calls"}, or more fields of a key; returns what AddKey does
//	POST   /fake/fail                          {"operation":"getTurnKey","statuses":[429,500]}
//	POST   /fake/lose                          {"operation":"createTurnKey","times":1}
//	POST   /fake/delay                         {"operation":"listTurnKeys","delay":"1.5s","times":1}
//	POST   /fake/late                          {"operation":"createTurnKey","delay":"3s","times":1}
//	GET    /fake/requests                      what Requests returns
//	GET    /fake/violations                    what Violations returns
//	POST   /fake/reset                         without a body
//
// The last seven take an account: /fake/fail?account={account_id}. A times of -1 means until the API is reset.
func (a *API) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /fake/health", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /fake/accounts", func(w http.ResponseWriter, _ *http.Request) {
		accountID, token := a.NewAccount()
		writeJSON(w, http.StatusCreated, map[string]string{"account_id": accountID, "token": token})
	})
	mux.Handle("DELETE /fake/accounts/{account_id}", control(func(r *http.Request) (any, error) {
		return nil, a.deleteAccount(r.PathValue("account_id"))
	}))
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
	for kind := range faultWords {
		mux.Handle("POST /fake/"+kind, control(func(r *http.Request) (any, error) {
			var input faultInput
			if err := readJSON(r, &input); err != nil {
				return nil, err
			}
			faults, err := input.faults(kind, r.URL.Query().Get("account"))
			if err != nil {
				return nil, err
			}
			return nil, a.inject(input.Operation, faults...)
		}))
	}
	mux.Handle("GET /fake/requests", control(func(r *http.Request) (any, error) {
		return slices.DeleteFunc(a.Requests(), func(q Request) bool { return !isOf(q.Path, r.URL.Query().Get("account")) }), nil
	}))
	mux.Handle("GET /fake/violations", control(func(r *http.Request) (any, error) {
		return slices.DeleteFunc(a.Violations(), func(v Violation) bool { return !isOf(v.RequestPath, r.URL.Query().Get("account")) }), nil
	}))
	mux.Handle("POST /fake/reset", control(func(r *http.Request) (any, error) {
		a.reset(r.URL.Query().Get("account"))
		return nil, nil
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accountID := r.URL.Query().Get("account")
		_, pattern := mux.Handler(r)
		switch {
		case pattern == "": // mux knows whether the path or the method is wrong
			response := httptest.NewRecorder()
			mux.ServeHTTP(response, r)
			w.Header()["Allow"] = response.Header()["Allow"]
			message := "unknown endpoint; want GET /fake/health, /fake/requests or /fake/violations, POST /fake/accounts, " +
				"DELETE /fake/accounts/{account_id}, GET or POST /fake/accounts/{account_id}/keys, " +
				"or POST /fake/fail, /fake/lose, /fake/delay, /fake/late or /fake/reset"
			if response.Code == http.StatusMethodNotAllowed {
				message = "want " + response.Header().Get("Allow")
			}
			writeJSON(w, response.Code, map[string]string{"error": message})
		case accountID != "" && a.account(accountID) == nil:
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": a.noAccount(accountID).Error()})
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

// faultInput is the body of a request for faults. Each kind has its own fields.
type faultInput struct {
	Operation string
	Statuses  []int
	Times     int
	Delay     string
}

func (input faultInput) faults(kind, accountID string) ([]fault, error) {
	faults := failures(input.Statuses)
	if kind != "fail" {
		d, err := time.ParseDuration(cmp.Or(input.Delay, "0"))
		if err != nil {
			return nil, wrongType("delay")
		}
		faults = append(faults, fault{kind: kind, value: int(d), times: input.Times})
	}
	for i := range faults {
		faults[i].accountID = accountID
	}
	if kind != "fail" && input.Statuses != nil || kind == "fail" && input.Times != 0 || (kind == "fail" || kind == "lose") && input.Delay != "" {
		return nil, errors.New("the request body has a field of another kind of fault")
	}
	return faults, nil
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

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func readJSON(r *http.Request, value any) error {
	decoder := json.NewDecoder(io.LimitReader(r.Body, maxBody))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(value)
	wrong, isWrongType := errors.AsType[*json.UnmarshalTypeError](err)
	_, isWrongTime := errors.AsType[*time.ParseError](err)
	switch {
	case isWrongType:
		field, _, _ := strings.Cut(strings.ToLower(wrong.Field), ".") // Go 1.27 writes statuses.0
		return wrongType(field)
	case isWrongTime:
		return errors.New("want times as in RFC 3339, such as 2014-01-01T05:20:00Z")
	case errors.Is(err, io.EOF):
		return errors.New("the request body is empty: want a JSON object")
	case err != nil:
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
