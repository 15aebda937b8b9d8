package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// reporter serves an API, and prints the violations in the requests to it. Those in the answers are not the client's.
type reporter struct {
	api http.Handler
	out io.Writer

	mu         sync.Mutex
	violations int
}

func (r *reporter) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	checker, err := contract.New(nil) // one for each request: it keeps what it has seen
	if err != nil {
		panic(err) // the document is our own
	}
	defer r.report(checker, request) // even if the answer is lost
	checker.Middleware(r.api).ServeHTTP(w, request)
}

func (r *reporter) report(checker *contract.Checker, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, violation := range checker.Violations() {
		if violation.In != contract.Request {
			continue
		}
		r.violations++
		where := ""
		if violation.OperationID == "" {
			token := strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer ")
			where = fmt.Sprintf(" %q", credentials.Redact(request.URL.Path, token))
		}
		_, _ = fmt.Fprintf(r.out, "turnkeys-fake: %s%s\n", violation, where)
	}
}

// exitStatus tells of the violations, if there were any, in one more line.
func (r *reporter) exitStatus() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.violations == 0 {
		return 0
	}
	_, _ = fmt.Fprintf(r.out, "turnkeys-fake: violations of openapi.yaml: %d\n", r.violations)
	return 1
}
