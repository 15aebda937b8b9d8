package contract_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
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
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func TestMiddlewareBlamesNoRightServerInAnyOrder(t *testing.T) {
	layers := map[string]wrap{
		"compression, announced first": compress(false),
		"compression, announced late":  compress(true),
		"a prefix":                     func(next http.Handler) http.Handler { return http.StripPrefix("/proxy", next) },
		"a timeout":                    func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "late") },
		"recovery":                     recovered,
	}
	layers["nothing"] = func(next http.Handler) http.Handler { return next }
	for outerName, outer := range layers {
		for innerName, inner := range layers {
			if outerName[:4] == innerName[:4] && outerName != "nothing" {
				continue
			}
			t.Run(outerName+" outside, "+innerName+" inside", func(t *testing.T) {
				checker := newChecker(t, nil)
				server := httptest.NewServer(outer(checker.Middleware(inner(fake.New()))))
				defer server.Close()
				prefix := map[bool]string{true: "/proxy"}[outerName == "a prefix" || innerName == "a prefix"]
				path := server.URL + prefix + fake.BasePath + "/accounts/" + fake.DefaultAccountID + "/calls/turn_keys"
				var created struct{ Success bool }
				for _, request := range []*http.Request{send(t, "POST", path, `{"name":"n"}`), send(t, "GET", path, ""), send(t, "GET", path+"/"+fake.DefaultAccountID, "")} {
					request.Header.Set("Authorization", "Bearer "+fake.DefaultToken)
					response, err := server.Client().Do(request)
					require.NoError(t, err)
					body, err := io.ReadAll(response.Body)
					require.NoError(t, err)
					require.NoError(t, response.Body.Close())
					require.NoError(t, json.Unmarshal(body, &created), "%q", body)
				}
				assert.Empty(t, checker.Violations())
				assert.Len(t, checker.Exchanges(), 3)
			})
		}
	}
}

func TestMiddlewareStillBlamesABrokenEncoding(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"announced": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			writeJSON(w, 200, get().response)
		},
		"made and not announced": func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, zipped(get().response)) },
	} {
		checker := newChecker(t, nil)
		request := httptest.NewRequestWithContext(t.Context(), "GET", keyPath, strings.NewReader(""))
		request.Header = http.Header{"Authorization": {"Bearer token-of-a-client"}, "Accept-Encoding": {"gzip"}}
		checker.Middleware(handler).ServeHTTP(httptest.NewRecorder(), request)
		require.Len(t, checker.Violations(), 1, name)
	}
}

func TestAHandlerThatOutlivesItsTimeoutIsNotBlamed(t *testing.T) {
	checker := newChecker(t, nil)
	slow := func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		time.Sleep(10 * time.Millisecond) // until the handler outside has responded
		writeJSON(w, 200, get().response)
	}
	server := httptest.NewServer(http.TimeoutHandler(checker.Middleware(http.HandlerFunc(slow)), time.Millisecond, "late"))
	defer server.Close()
	response, err := server.Client().Do(send(t, "GET", server.URL+keyPath, ""))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Eventually(t, func() bool { return len(checker.Exchanges()) == 1 }, 10*time.Second, time.Millisecond)
	assert.Empty(t, checker.Violations())
}
