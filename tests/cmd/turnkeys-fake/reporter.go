package main

import (
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

// reporter prints the violations in the requests to an API.
type reporter struct {
	out io.Writer

	running              sync.WaitGroup // the requests
	mu                   sync.Mutex
	requests, violations int
}

// count makes a handler that counts its requests.
func (r *reporter) count(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.running.Add(1)
		defer r.running.Done()
		r.mu.Lock()
		r.requests++
		r.mu.Unlock()
		handler.ServeHTTP(w, request)
	})
}

func (r *reporter) report(v fake.Violation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	accepted := "accepted: "
	if v.Fails() {
		r.violations++
		accepted = ""
	}
	_, _ = fmt.Fprintf(r.out, "turnkeys-fake: %s%s\n", accepted, v)
}

// exitStatus waits for the requests under way, and prints a summary if it is not 0.
func (r *reporter) exitStatus() int {
	r.running.Wait()
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
