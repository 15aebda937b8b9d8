package main

import (
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// reporter serves an API, and prints the violations in the requests to it. Those in the answers are not the client's.
type reporter struct {
	checker *contract.Checker
	api     http.Handler
	out     io.Writer

	mu         sync.Mutex
	reported   int // exchanges
	violations int
}

func (r *reporter) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	defer r.report() // even if the answer is lost
	r.checker.Middleware(r.api).ServeHTTP(w, request)
}

func (r *reporter) report() {
	r.mu.Lock()
	defer r.mu.Unlock()
	exchanges := r.checker.Exchanges()
	for _, exchange := range exchanges[r.reported:] {
		for _, violation := range exchange.Violations {
			if violation.In == contract.Request {
				r.violations++
				_, _ = fmt.Fprintf(r.out, "turnkeys-fake: %s\n", violation)
			}
		}
	}
	r.reported = len(exchanges)
}

// exitStatus tells of the violations, if there were any, in one more line.
func (r *reporter) exitStatus() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.violations == 0 {
		return 0
	}
	_, _ = fmt.Fprintf(r.out, "turnkeys-fake: %d violations of openapi.yaml\n", r.violations)
	return 1
}
