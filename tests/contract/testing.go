package contract

import (
	"net/http"
	"testing"
)

// HTTPClient returns an http.Client for the client under test. The test fails when it ends if there was a violation that
// is neither known drift nor accepted, or if the client sent no request. A 5XX response is the server's fault and does
// not fail the test.
func HTTPClient(t testing.TB, options ...Option) *http.Client {
	t.Helper()
	checker := newForTest(t, options)
	t.Cleanup(func() {
		checker.report(t, "this http.Client sent", func(v Violation) bool { return v.Rule == "status" && v.Status >= 500 })
	})
	return &http.Client{Transport: checker}
}

// Middleware returns a handler that passes everything on to the handler under test. The test fails when it ends if there
// was a violation that is neither known drift nor accepted, or if the handler received no request.
func Middleware(t testing.TB, handler http.Handler, options ...Option) http.Handler {
	t.Helper()
	checker := newForTest(t, options)
	t.Cleanup(func() {
		checker.report(t, "this handler received", func(Violation) bool { return false })
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

// report fails a test for the violations, except those to pass over, and for what was not checked.
func (c *Checker) report(t testing.TB, subject string, passOver func(Violation) bool) {
	t.Helper()
	for _, v := range c.Violations() {
		if v.Fails() && !passOver(v) {
			t.Errorf("contract: %s", v)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.open > 0:
		t.Errorf("contract: %d responses were not checked: their bodies were neither read to the end nor closed", c.open)
	case len(c.exchanges) == 0 && c.elsewhere > 0:
		t.Errorf("contract: %s %d requests, none of them under %s", subject, c.elsewhere, c.document.base)
	case len(c.exchanges) == 0:
		t.Errorf("contract: %s no requests: does the code under test use it?", subject)
	}
}
