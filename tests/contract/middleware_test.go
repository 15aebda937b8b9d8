package contract_test

import (
	"bufio"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

// server has a handler behind a checker.
type server struct {
	*httptest.Server
	*contract.Checker

	handling sync.WaitGroup
}

func serve(t *testing.T, handler http.HandlerFunc, http2 bool) *server {
	t.Helper()
	s := &server{Checker: newChecker(t, nil)}
	checked := s.Middleware(handler)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.handling.Add(1)
		defer s.handling.Done()
		checked.ServeHTTP(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = http2
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// handle tests a handler over HTTP/1 and HTTP/2.
func handle(t *testing.T, handler http.HandlerFunc, test func(t *testing.T, s *server)) {
	t.Helper()
	t.Run("HTTP/1", func(t *testing.T) { test(t, serve(t, handler, false)) })
	t.Run("HTTP/2", func(t *testing.T) { test(t, serve(t, handler, true)) })
}

// ask sends a request, reads the response as far as there is one, and waits until it has been checked.
func (s *server) ask(r *http.Request) (*http.Response, string) {
	response, err := s.Client().Do(r)
	var body []byte
	if err == nil {
		body, _ = io.ReadAll(response.Body)
		_ = response.Body.Close()
	}
	s.handling.Wait()
	return response, string(body)
}

func writeJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// after responds with a Content-Type that is set too late.
func after(body string, first func(w http.ResponseWriter)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		first(w)
		writeJSON(w, 200, body)
	}
}

func TestMiddlewareChecksWhatAHandlerSends(t *testing.T) {
	valid, failure := key, testkit.Failure("20008", "no")
	tooLate := []string{"getTurnKey.200:header:Content-Type"}
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		places  []string
	}{
		"a valid response":            {serving(200, valid), []string{}},
		"a valid failure":             {serving(404, failure), []string{}},
		"a failure of the server":     {serving(500, failure), []string{"getTurnKey.500:status"}},
		"a response without a result": {serving(200, `{"errors":[],"messages":[],"success":true}`), []string{"getTurnKey.200:/result"}},
		"nothing":                     {func(http.ResponseWriter, *http.Request) {}, []string{"getTurnKey.200:body"}},
		"a response in parts": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for _, part := range strings.SplitAfter(valid, ",") {
				_, _ = io.WriteString(w, part)
				_ = http.NewResponseController(w).Flush()
			}
		}, []string{}},
		"a response that is copied": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.Copy(w, io.LimitReader(strings.NewReader(valid), large))
		}, []string{}},
		"gzip that the client asked for": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			writeJSON(w, 200, zipped(valid))
		}, []string{}},
		"a header set after the status":           {after(valid, func(w http.ResponseWriter) { w.WriteHeader(200) }), tooLate},
		"a header set after a flush":              {after(valid, func(w http.ResponseWriter) { w.(http.Flusher).Flush() }), tooLate},
		"a header set after a controller's flush": {after(valid, func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }), tooLate},
		"a header set after the first bytes":      {after(valid, func(w http.ResponseWriter) { _, _ = w.Write([]byte(" ")) }), tooLate},
		"a header set after the first text":       {after(valid, func(w http.ResponseWriter) { _, _ = io.WriteString(w, " ") }), tooLate},
		"a header set after the first copy":       {after(valid, func(w http.ResponseWriter) { _, _ = io.Copy(w, io.LimitReader(strings.NewReader("  "), 1)) }), tooLate},
		"an informational status before": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			writeJSON(w, 404, failure)
		}, []string{}},
		"a second status": {func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, 200, valid)
			w.WriteHeader(500)
		}, []string{}},
		"a broken response": {func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, 200, valid)
			panic(http.ErrAbortHandler)
		}, []string{"getTurnKey.200:body"}},
		"no response": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, []string{}},
		"less than announced": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			writeJSON(w, 200, valid)
		}, []string{"getTurnKey.200:body"}},
		"a request that the handler changes": {func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Authorization")
			r.URL.Path = "/"
			writeJSON(w, 200, valid)
		}, []string{}},
		"the token in a trailer": {func(w http.ResponseWriter, r *http.Request) {
			writeJSON(w, 200, valid)
			w.Header().Set(http.TrailerPrefix+"X-Token", r.Header.Get("Authorization"))
		}, []string{"getTurnKey.200:header:X-Token"}},
	} {
		t.Run(name, func(t *testing.T) {
			handle(t, tc.handler, func(t *testing.T, s *server) {
				s.ask(send(t, "GET", s.URL+keyPath, ""))
				require.Len(t, s.Exchanges(), 1)
				assert.Equal(t, tc.places, places(s.Violations()))
			})
		})
	}
}

func TestMiddlewarePassesAnInformationalStatusAndTheRealOne(t *testing.T) {
	handle(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		writeJSON(w, 404, testkit.Failure("20008", "no"))
		w.Header().Set("X-Late", "1")
	}, func(t *testing.T, s *server) {
		var informational []int
		request := send(t, "GET", s.URL+keyPath, "")
		request = request.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(status int, _ textproto.MIMEHeader) error {
				informational = append(informational, status)
				return nil
			},
		}))
		response, _ := s.ask(request)
		assert.Equal(t, []int{http.StatusEarlyHints}, informational)
		assert.Equal(t, 404, response.StatusCode)
		assert.Empty(t, response.Header.Get("X-Late"))
	})
}

func TestMiddlewarePassesBodiesOfAnyLength(t *testing.T) {
	received := int64(0)
	handle(t, func(w http.ResponseWriter, r *http.Request) {
		received, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(201)
		_, _ = io.Copy(w, io.LimitReader(zeros{}, large))
	}, func(t *testing.T, s *server) {
		request := send(t, "POST", s.URL+keysPath, "{}")
		request.Body, request.ContentLength = io.NopCloser(io.LimitReader(zeros{}, large)), -1
		response, body := s.ask(request)
		assert.Equal(t, 201, response.StatusCode)
		assert.Equal(t, []int64{large, large}, []int64{received, int64(len(body))})
		assert.Equal(t, []string{"createTurnKey.request:body", "createTurnKey.201:body", "createTurnKey.201:status"}, places(s.Violations()))
	})
}

func TestMiddlewareLeavesTheReadingOfARequestToTheHandler(t *testing.T) {
	nothing := func(*http.Request) {}
	broken := io.MultiReader(strings.NewReader("{"), iotest.ErrReader(errReset))
	for name, tc := range map[string]struct {
		method, url string
		body        io.Reader
		length      int64
		read        func(r *http.Request)
		place       string
	}{
		"a body that nobody reads":                       {"POST", keysPath, strings.NewReader(`{"nam":"x"}`), 11, nothing, ""},
		"a body that nobody reads and is not documented": {"DELETE", keyPath, strings.NewReader("{}"), 2, nothing, "deleteTurnKey.request:body"},
		"a body that is not sent to its end":             {"POST", keysPath, broken, 100, func(r *http.Request) { _, _ = io.ReadAll(r.Body) }, ""},
		"a body that is read without asking for its end": {"POST", keysPath, strings.NewReader(`{"name":`), 8, func(r *http.Request) {
			_, _ = io.ReadFull(r.Body, make([]byte, r.ContentLength))
		}, "createTurnKey.request:body"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				tc.read(r)
				writeJSON(w, 400, testkit.Failure("1000", "no"))
			}, false)
			request := send(t, tc.method, s.URL+tc.url, "{}")
			request.Body, request.ContentLength = io.NopCloser(tc.body), tc.length
			s.ask(request)
			assert.Equal(t, strings.Fields(tc.place), places(s.Violations()))
		})
	}
}

func TestMiddlewareKeepsDeadlinesAndFlushing(t *testing.T) {
	handle(t, func(w http.ResponseWriter, _ *http.Request) {
		control := http.NewResponseController(w)
		assert.NoError(t, control.SetWriteDeadline(time.Now().Add(time.Minute)))
		assert.NoError(t, control.SetReadDeadline(time.Now().Add(time.Minute)))
		assert.NoError(t, control.Flush())
	}, func(t *testing.T, s *server) { s.ask(send(t, "GET", s.URL+keyPath, "")) })
}

func TestMiddlewareKeepsHijacking(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		connection, buffered, err := http.NewResponseController(w).Hijack()
		if assert.NoError(t, err) {
			_, _ = buffered.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
			_ = buffered.Flush()
			_ = connection.Close()
		}
	}, false)
	_, body := s.ask(send(t, "GET", s.URL+keyPath, ""))
	assert.Equal(t, "ok", body)
	assert.Empty(t, s.Violations())
	assert.Zero(t, s.Exchanges()[0].Status, "it is not known what was sent")
}

func TestMiddlewareKeepsStreaming(t *testing.T) {
	next := make(chan bool)
	handle(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 2 {
			_, _ = io.WriteString(w, "line\n")
			_ = http.NewResponseController(w).Flush()
			<-next
		}
	}, func(t *testing.T, s *server) {
		response, err := s.Client().Do(send(t, "GET", s.URL+keyPath, ""))
		require.NoError(t, err)
		lines := bufio.NewReader(response.Body)
		for range 2 {
			line, err := lines.ReadString('\n')
			require.NoError(t, err)
			assert.Equal(t, "line\n", line)
			next <- true
		}
		require.NoError(t, response.Body.Close())
	})
}
