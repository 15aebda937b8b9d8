package main

import (
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// reporter prints the violations in the requests to an API.
type reporter struct {
	out io.Writer

	mu                   sync.Mutex
	requests, violations int
}

// count makes a handler that counts its requests.
func (r *reporter) count(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		r.requests++
		r.mu.Unlock()
		handler.ServeHTTP(w, request)
	})
}

func (r *reporter) report(v contract.Violation, path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.violations++
	where := ""
	if v.OperationID == "" {
		where = fmt.Sprintf(" %q", path)
	}
	_, _ = fmt.Fprintf(r.out, "turnkeys-fake: %s%s\n", v, where)
}

// exitStatus prints a summary if it is not 0.
func (r *reporter) exitStatus() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.violations > 0:
		_, _ = fmt.Fprintf(r.out, "turnkeys-fake: violations of openapi.yaml: %d\n", r.violations)
	case r.requests == 0:
		_, _ = fmt.Fprintln(r.out, "turnkeys-fake: -check saw no requests")
	default:
		return 0
	}
	return 1
}
