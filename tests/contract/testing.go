package contract

import (
	"net/http"
	"testing"
)

// HTTPClient returns an http.Client for the client under test. When the test ends, each violation that is neither known
// drift nor accepted fails it, and so does a client through which no request was sent. An answer with a 5XX status is
// the server's fault and fails nothing here.
func HTTPClient(t testing.TB, options ...Option) *http.Client {
	t.Helper()
	checker := newForTest(t, options)
	t.Cleanup(func() {
		checker.report(t, "this http.Client", func(v Violation) bool { return v.Rule == "status" && v.Status >= 500 })
	})
	return &http.Client{Transport: checker}
}

// Middleware returns a handler that passes everything on to the handler under test. When the test ends, each violation
// that is neither known drift nor accepted fails it, and so does a handler that got no request.
func Middleware(t testing.TB, handler http.Handler, options ...Option) http.Handler {
	t.Helper()
	checker := newForTest(t, options)
	t.Cleanup(func() {
		checker.report(t, "this handler", func(Violation) bool { return false })
	})
	return checker.Middleware(handler)
}

func newForTest(t testing.TB, options []Option) *Checker {
	t.Helper()
	checker, err := New(nil, options...)
	if err != nil {
		t.Fatal(err)
	}
	return checker
}

// report fails a test for what was found and is not to be passed over, and for what was not checked.
func (c *Checker) report(t testing.TB, subject string, passOver func(Violation) bool) {
	t.Helper()
	for _, v := range c.Violations() {
		if v.fails() && !passOver(v) {
			t.Errorf("contract: %s", v)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.open > 0:
		t.Errorf("contract: %d responses were not checked: their bodies were neither read to the end nor closed", c.open)
	case len(c.exchanges) == 0 && c.elsewhere > 0:
		t.Errorf("contract: %s got %d requests, none of them below %s", subject, c.elsewhere, c.baseURL)
	case len(c.exchanges) == 0:
		t.Errorf("contract: %s got no request: was it handed to the code under test?", subject)
	}
}
