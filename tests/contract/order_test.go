package contract_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

type wrap func(http.Handler) http.Handler

// compress announces the encoding first, or when the response begins.
func compress(first bool) wrap {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			plain := httptest.NewRecorder()
			if first {
				plain.Header().Set("Content-Encoding", "gzip")
				r.Header.Del("Accept-Encoding")
			}
			next.ServeHTTP(plain, r)
			maps.Copy(w.Header(), plain.Header())
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Del("Content-Length")
			w.WriteHeader(plain.Code)
			_, _ = io.WriteString(w, zipped(plain.Body.String()))
		})
	}
}

func TestMiddlewareBlamesNoValidServerInAnyOrder(t *testing.T) {
	layers := map[string]wrap{
		"nothing":                      func(next http.Handler) http.Handler { return next },
		"compression, announced first": compress(true),
		"compression, announced late":  compress(false),
		"a prefix":                     func(next http.Handler) http.Handler { return http.StripPrefix("/proxy", next) },
		"a timeout":                    func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "late") },
	}
	for outerName, outer := range layers {
		for innerName, inner := range layers {
			if outerName[:4] == innerName[:4] && outerName != "nothing" {
				continue
			}
			checker := newChecker(t, nil)
			server := httptest.NewServer(outer(checker.Middleware(inner(fake.New()))))
			path := fake.BasePath + "/accounts/" + fake.DefaultAccountID + "/calls/turn_keys"
			if outerName == "a prefix" || innerName == "a prefix" {
				path = "/proxy" + path
			}
			for _, request := range []*http.Request{
				send(t, "POST", server.URL+path, `{"name":"n"}`), send(t, "GET", server.URL+path, ""),
				send(t, "GET", server.URL+path+"/"+fake.DefaultAccountID, ""),
			} {
				request.Header.Set("Authorization", "Bearer "+fake.DefaultToken)
				response, err := server.Client().Do(request)
				require.NoError(t, err)
				body, err := io.ReadAll(response.Body)
				require.NoError(t, err)
				require.NoError(t, response.Body.Close())
				require.True(t, json.Valid(body), "%q", body)
			}
			server.Close()
			assert.Empty(t, checker.Violations(), "%s outside, %s inside", outerName, innerName)
			assert.Len(t, checker.Exchanges(), 3)
		}
	}
}

func TestMiddlewareStillBlamesABrokenEncoding(t *testing.T) {
	announced := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		writeJSON(w, 200, key)
	}
	for _, handler := range []http.HandlerFunc{announced, serving(200, zipped(key))} {
		checker := newChecker(t, nil)
		request := send(t, "GET", keyPath, "")
		request.Header.Set("Accept-Encoding", "gzip")
		checker.Middleware(handler).ServeHTTP(httptest.NewRecorder(), request)
		assert.Len(t, checker.Violations(), 1)
	}
}

func TestAHandlerThatOutlivesItsTimeoutIsNotBlamed(t *testing.T) {
	checker := newChecker(t, nil)
	slow := func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		time.Sleep(10 * time.Millisecond) // until the handler outside has responded
		writeJSON(w, 200, key)
	}
	server := httptest.NewServer(http.TimeoutHandler(checker.Middleware(http.HandlerFunc(slow)), time.Millisecond, "late"))
	defer server.Close()
	response, err := server.Client().Do(send(t, "GET", server.URL+keyPath, ""))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Eventually(t, func() bool { return len(checker.Exchanges()) == 1 }, 10*time.Second, time.Millisecond)
	assert.Empty(t, checker.Violations())
}
