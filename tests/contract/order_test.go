package contract_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

type wrap func(http.Handler) http.Handler

// zipper compresses what is written to it.
type zipper struct {
	http.ResponseWriter

	zip  *gzip.Writer
	late bool // it announces the encoding when the response begins
}

func (z *zipper) WriteHeader(status int) {
	if z.late {
		z.Header().Set("Content-Encoding", "gzip")
	}
	z.Header().Del("Content-Length")
	z.ResponseWriter.WriteHeader(status)
}

func (z *zipper) Write(p []byte) (int, error) { return z.zip.Write(p) }

func compress(late bool) wrap {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			z := &zipper{w, gzip.NewWriter(w), late}
			if !late {
				w.Header().Set("Content-Encoding", "gzip")
				r.Header.Del("Accept-Encoding")
			}
			next.ServeHTTP(z, r)
			_ = z.zip.Close()
		})
	}
}

func recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { _ = recover() }()
		next.ServeHTTP(w, r)
	})
}

func TestMiddlewareBlamesNoValidServerInAnyOrder(t *testing.T) {
	layers := map[string]wrap{
		"compression, announced first": compress(false),
		"compression, announced late":  compress(true),
		"a prefix":                     func(next http.Handler) http.Handler { return http.StripPrefix("/proxy", next) },
		"a timeout":                    func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "late") },
		"recovery":                     recovered,
		"nothing":                      func(next http.Handler) http.Handler { return next },
	}
	for outerName, outer := range layers {
		for innerName, inner := range layers {
			if outerName[:4] == innerName[:4] && outerName != "nothing" {
				continue
			}
			t.Run(outerName+" outside, "+innerName+" inside", func(t *testing.T) {
				checker := newChecker(t, nil)
				server := httptest.NewServer(outer(checker.Middleware(inner(fake.New()))))
				defer server.Close()
				path := server.URL + fake.BasePath + "/accounts/" + fake.DefaultAccountID + "/calls/turn_keys"
				if outerName == "a prefix" || innerName == "a prefix" {
					path = server.URL + "/proxy" + path[len(server.URL):]
				}
				for _, request := range []*http.Request{
					send(t, "POST", path, `{"name":"n"}`), send(t, "GET", path, ""), send(t, "GET", path+"/"+fake.DefaultAccountID, ""),
				} {
					request.Header.Set("Authorization", "Bearer "+fake.DefaultToken)
					response, err := server.Client().Do(request)
					require.NoError(t, err)
					body, err := io.ReadAll(response.Body)
					require.NoError(t, err)
					require.NoError(t, response.Body.Close())
					require.True(t, json.Valid(body), "%q", body)
				}
				assert.Empty(t, checker.Violations())
				assert.Len(t, checker.Exchanges(), 3)
			})
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
