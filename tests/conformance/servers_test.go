package conformance_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

const (
	otherAccountID = "11112222333344445555666677778888"
	otherToken     = "fake-token-of-the-second-account-0000000"
)

func newFake(options ...fake.Option) *fake.API {
	return fake.New(append([]fake.Option{
		fake.WithAccount(fake.DefaultAccountID, fake.DefaultToken), fake.WithAccount(otherAccountID, otherToken),
	}, options...)...)
}

// inMemory answers requests by a handler, without a connection, so that time can be virtual.
func inMemory(handler http.Handler) http.RoundTripper {
	return testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Result(), nil
	})
}

func target(handler http.Handler) conformance.Target {
	return conformance.Target{
		BaseURL: "http://127.0.0.1" + fake.BasePath, AccountID: fake.DefaultAccountID, Token: fake.DefaultToken,
		OtherAccountID: otherAccountID, OtherToken: otherToken,
		Transport: inMemory(handler), Settle: conformance.DefaultSettle,
	}
}

// run runs in virtual time: nothing waits.
func run(t *testing.T, target conformance.Target) (report conformance.Report, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { report, err = conformance.Run(t.Context(), target) })
	return report, err
}

func show(t *testing.T, report conformance.Report) {
	t.Helper()
	for _, s := range report.Steps {
		t.Logf("step  %3d %2d %s %s", s.Status, s.Requests, s.Name, s.LeftOut)
	}
	for _, v := range report.Violations {
		t.Logf("violation  %s | %s | %d", v.Violation, v.Request, v.Times)
	}
	for _, n := range report.Notices {
		t.Logf("notice  %s: %s", n.Request, n.Message)
	}
	t.Logf("requests %d, left %v, drift %v", report.Requests, report.Left, report.KnownDrift)
}

// requireConforms fails with the whole report.
func requireConforms(t *testing.T, report conformance.Report, err error) {
	t.Helper()
	if err != nil || !report.OK() {
		show(t, report)
		require.NoError(t, err)
		require.Fail(t, "the server does nothing wrong")
	}
	require.LessOrEqual(t, report.Requests, report.MaxRequests)
}

func operationOf(r *http.Request) string {
	onKey := !strings.HasSuffix(r.URL.Path, "turn_keys")
	switch {
	case r.Method == http.MethodPost:
		return "createTurnKey"
	case r.Method == http.MethodPut:
		return "editTurnKey"
	case r.Method == http.MethodDelete:
		return "deleteTurnKey"
	case onKey:
		return "getTurnKey"
	}
	return "listTurnKeys"
}

// late answers get and list from what the keys were some time ago.
type late struct {
	api     *fake.API
	lag     func(operationID string) time.Duration
	history []moment
}

type moment struct {
	at   time.Time
	keys []generated.TurnKey
}

func (l *late) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if len(l.history) == 0 {
		l.history = []moment{{keys: l.api.Keys(fake.DefaultAccountID)}}
	}
	if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, fake.DefaultAccountID) {
		l.api.ServeHTTP(w, r)
		l.history = append(l.history, moment{time.Now(), l.api.Keys(fake.DefaultAccountID)})
		return
	}
	past := fake.New()
	seen := l.history[0]
	for _, m := range l.history {
		if time.Since(m.at) >= l.lag(operationOf(r)) {
			seen = m
		}
	}
	for _, key := range seen.keys {
		past.AddKey(fake.DefaultAccountID, key)
	}
	past.ServeHTTP(w, r)
}

// tampered answers as a fake does, and changes what change wants to.
func tampered(api http.Handler, change func(r *http.Request, status int, body string) (int, string)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		api.ServeHTTP(answer, r)
		status, body := change(r, answer.Code, answer.Body.String())
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// before answers a request itself, or leaves it to the next handler.
func before(api http.Handler, first func(w http.ResponseWriter, r *http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !first(w, r) {
			api.ServeHTTP(w, r)
		}
	})
}

func refuse(w http.ResponseWriter, status int, code string) bool {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, testkit.Failure(code, http.StatusText(status)))
	return true
}
