package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/fake"
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
	// One for each request: it keeps what it has seen. The host of the base URL does not count.
	checker, err := contract.New(nil, contract.WithBaseURL("http://localhost"+fake.BasePath))
	if err != nil {
		panic(err) // the document is our own
	}
	defer r.report(checker, request) // even if the answer is lost
	checker.Middleware(r.api).ServeHTTP(w, request)
}

func (r *reporter) report(checker *contract.Checker, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	token := strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer ")
	path := credentials.Redact(request.URL.Path, token)
	violations := checker.Violations()
	if len(checker.Exchanges()) == 0 {
		violations = []contract.Violation{notDocumented(credentials.Redact(request.Method, token), path)}
	}
	for _, violation := range violations {
		if violation.In != contract.Request {
			continue
		}
		r.violations++
		where := ""
		if violation.OperationID == "" {
			where = fmt.Sprintf(" %q", path)
		}
		_, _ = fmt.Fprintf(r.out, "turnkeys-fake: %s%s\n", violation, where)
	}
}

// notDocumented is the violation of a request that the checker ignores: it checks only those below the base URL that
// have a word of the document in their paths.
func notDocumented(method, path string) contract.Violation {
	message := "no documented operation: the path is not documented"
	if !strings.HasPrefix(path+"/", fake.BasePath+"/") {
		message = "no documented operation: the path is not under " + fake.BasePath
	}
	return contract.Violation{Method: method, In: contract.Request, At: "operation", Rule: "operation", Message: message}
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
