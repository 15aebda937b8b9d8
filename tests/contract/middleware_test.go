package contract_test

import (
	"bufio"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"runtime"
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

// server has a handler behind a checker, and a client that is checked, too.
type server struct {
	*httptest.Server
	*contract.Checker

	client        *contract.Checker
	informational []int // statuses that the client got
	handling      sync.WaitGroup
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
	s.client = newChecker(t, s.Client().Transport)
	return s
}

// handle tests a handler over HTTP/1 and HTTP/2.
func handle(t *testing.T, handler http.HandlerFunc, test func(t *testing.T, s *server)) {
	t.Helper()
	t.Run("HTTP/1", func(t *testing.T) { test(t, serve(t, handler, false)) })
	t.Run("HTTP/2", func(t *testing.T) { test(t, serve(t, handler, true)) })
}

// ask sends a request, reads the response as far as there is one, and waits until it has been checked.
func (s *server) ask(r *http.Request) string {
	response, err := s.client.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(status int, _ textproto.MIMEHeader) error {
			s.informational = append(s.informational, status)
			return nil
		},
	})))
	var body []byte
	if err == nil {
		body, _ = io.ReadAll(response.Body)
		_ = response.Body.Close()
	}
	s.handling.Wait()
	return string(body)
}

func writeJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func flush(w http.ResponseWriter, _ *http.Request) { _ = http.NewResponseController(w).Flush() }

func copied(text string, length int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.Copy(w, io.LimitReader(strings.NewReader(text), length))
	}
}

func setting(name, value string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(name, value) }
}

func TestMiddlewareChecksWhatAHandlerSends(t *testing.T) {
	type parts []http.HandlerFunc
	valid, failed, isJSON := serving(200, key), serving(404, failure), setting("Content-Type", "application/json")
	abort := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	const tooLate, truncated = "getTurnKey.200:header:Content-Type", "getTurnKey.200:body" // the Content-Type is too late
	for name, row := range map[string]struct {
		parts parts
		place string
	}{
		"a valid response":            {parts{valid}, ""},
		"a valid failure":             {parts{failed}, ""},
		"a failure of the server":     {parts{serving(500, failure)}, "getTurnKey.500:status"},
		"a response without a result": {parts{serving(200, `{"errors":[],"messages":[],"success":true}`)}, "getTurnKey.200:/result"},
		"nothing":                     {nil, "getTurnKey.200:body"},
		"a response in parts": {parts{isJSON, func(w http.ResponseWriter, r *http.Request) {
			for _, part := range strings.SplitAfter(key, ",") {
				_, _ = io.WriteString(w, part)
				flush(w, r)
			}
		}}, ""},
		"a response that is copied":               {parts{isJSON, copied(key, large)}, ""},
		"gzip that the client asked for":          {parts{setting("Content-Encoding", "gzip"), serving(200, zipped(key))}, ""},
		"a header set after the status":           {parts{func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) }, valid}, tooLate},
		"a header set after a flush":              {parts{func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() }, valid}, tooLate},
		"a header set after a controller's flush": {parts{flush, valid}, tooLate},
		"a header set after the first bytes":      {parts{func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(" ")) }, valid}, tooLate},
		"a header set after the first text":       {parts{func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, " ") }, valid}, tooLate},
		"a header set after the first copy":       {parts{copied("  ", 1), valid}, tooLate},
		"an informational status before":          {parts{func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103) }, failed}, ""},
		"a second status":                         {parts{valid, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }}, ""},
		"a broken response":                       {parts{valid, flush, abort}, truncated},
		"no response":                             {parts{abort}, ""},
		"less than announced":                     {parts{setting("Content-Length", "1000"), valid}, truncated},
		"a request that the handler changes": {parts{func(_ http.ResponseWriter, r *http.Request) {
			r.Header.Del("Authorization")
			r.URL.Path = "/"
		}, valid}, ""},
		"deadlines": {parts{func(w http.ResponseWriter, _ *http.Request) {
			assert.NoError(t, http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute)))
			assert.NoError(t, http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Minute)))
		}, valid}, ""},
		"the token in an announced trailer": {parts{setting("Trailer", "X-T"), valid, flush, setting("X-T", testkit.Token)}, "getTurnKey.200:header:X-T"},
		"the token in a trailer":            {parts{valid, flush, setting(http.TrailerPrefix+"X-Token", testkit.Token)}, "getTurnKey.200:header:X-Token"},
	} {
		handler := func(w http.ResponseWriter, r *http.Request) {
			for _, part := range row.parts {
				part(w, r)
			}
		}
		handle(t, handler, func(t *testing.T, s *server) {
			s.ask(send(t, "GET", s.URL+keyPath, ""))
			require.Len(t, s.Exchanges(), 1, name)
			assert.Equal(t, strings.Fields(row.place), places(s.Violations()), name)
			assert.Equal(t, strings.Fields(row.place), places(s.client.Violations()), name)
			assert.Equal(t, map[string][]int{"an informational status before": {103}}[name], s.informational, name)
		})
	}
}

func TestBodiesOfAnyLengthPassAndAreReportedAsTooLarge(t *testing.T) {
	received := int64(0)
	handle(t, func(w http.ResponseWriter, r *http.Request) {
		received, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(201)
		_, _ = io.Copy(w, io.LimitReader(zeros{}, large))
	}, func(t *testing.T, s *server) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		request := send(t, "POST", s.URL+keysPath, "{}")
		request.Body, request.GetBody, request.ContentLength = io.NopCloser(io.LimitReader(zeros{}, large)), nil, -1
		sent, err := io.Copy(io.Discard, roundTrip(t, s.client, request).Body)
		require.NoError(t, err)
		s.handling.Wait()
		runtime.ReadMemStats(&after)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(400<<20), "no more is kept than is checked")
		assert.Equal(t, []int64{large, large}, []int64{received, sent})
		for _, checker := range []*contract.Checker{s.Checker, s.client} {
			want := []string{"createTurnKey.request:body", "createTurnKey.201:body", "createTurnKey.201:status"}
			assert.Equal(t, want, places(checker.Violations()))
			assert.Equal(t, "size", checker.Violations()[1].Rule)
		}
	})
}

func TestMiddlewareLeavesTheReadingOfARequestToTheHandler(t *testing.T) {
	all := func(r *http.Request) { _, _ = io.ReadAll(r.Body) }
	for name, row := range map[string]struct {
		method, url, body string
		missing           int64 // bytes that are announced and never sent
		read              func(r *http.Request)
		place             string
	}{
		"a body that nobody reads":                       {"POST", keysPath, `{"nam":"x"}`, 0, func(*http.Request) {}, ""},
		"a body that nobody reads and is not documented": {"DELETE", keyPath, "{}", 0, func(*http.Request) {}, "deleteTurnKey.request:body"},
		"a body that is not sent to its end":             {"POST", keysPath, "{" + strings.Repeat(" ", 1<<16), 1, all, ""},
		"a body that is read without asking for its end": {"POST", keysPath, `{"name":`, 0, func(r *http.Request) {
			_, _ = io.ReadFull(r.Body, make([]byte, r.ContentLength))
		}, "createTurnKey.request:body"},
	} {
		handle(t, func(w http.ResponseWriter, r *http.Request) {
			row.read(r)
			writeJSON(w, 400, failure)
		}, func(t *testing.T, s *server) {
			request := send(t, row.method, s.URL+row.url, row.body)
			if request.GetBody = nil; row.missing > 0 {
				request.ContentLength += row.missing
				request.Body = io.NopCloser(io.MultiReader(strings.NewReader(row.body), iotest.ErrReader(errReset)))
			}
			s.ask(request)
			require.Eventually(t, func() bool { return len(s.Exchanges()) == 1 }, 10*time.Second, time.Millisecond, name)
			assert.Equal(t, strings.Fields(row.place), places(s.Violations()), name)
		})
	}
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
	body := s.ask(send(t, "GET", s.URL+keyPath, ""))
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
		response := roundTrip(t, s.client, send(t, "GET", s.URL+keyPath, ""))
		lines := bufio.NewReader(response.Body)
		for range 2 {
			line, err := lines.ReadString('\n')
			require.NoError(t, err)
			assert.Equal(t, "line\n", line)
			assert.Empty(t, s.client.Exchanges(), "it has not ended")
			next <- true
		}
		_, err := lines.ReadByte()
		require.ErrorIs(t, err, io.EOF)
		require.NoError(t, response.Body.Close())
		assert.Len(t, s.client.Exchanges(), 1)
	})
}
