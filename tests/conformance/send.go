package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

const (
	requestTimeout = 30 * time.Second
	maxRateLimit   = 5 * time.Minute // Cloudflare refuses for no longer
	maxBody        = 32 << 20
)

// send sends a call and records the answer.
func (r *run) send(ctx context.Context, c call) answer {
	return r.accept(ctx, r.request(ctx, c))
}

// accept records an answer, or that of a second try in its place: after a 429, and after a 5xx or a lost answer that is an
// exception, which is then a notice. A create whose answer was lost is not sent again.
func (r *run) accept(ctx context.Context, a answer) answer {
	c := a.call
	for tries := 0; a.status == http.StatusTooManyRequests && tries < 3; tries++ {
		r.record(a)
		if !r.mayRepeat(c.operation) {
			r.outOfRequests = true
			return unsent(c)
		}
		r.sleep(ctx, a.retryAfter())
		r.rateLimited++
		a = r.request(ctx, c)
	}
	lost := a.status == 0 && r.answered && c.operation != createTurnKey
	if (a.status >= 500 || lost) && r.isException(c.operation) && r.mayRepeat(c.operation) && ctx.Err() == nil {
		r.failedOnce[c.id], r.lastFailure = true, a.spent
		first := a
		r.sleep(ctx, time.Second)
		a = r.request(ctx, c)
		a.afterFailure = true
		if a.status == 0 || a.status >= 500 {
			r.record(first)
		} else {
			r.addNotice(c, "the answer was %s at first, and %d when asked again", first.statusInWords(), a.status)
		}
	}
	r.record(a)
	return a
}

// isException says that a failure is the first of an operation, or that ten requests were made since the last.
func (r *run) isException(op operation) bool {
	return !r.failedOnce[op.id] || r.spent-r.lastFailure >= 10
}

func (a answer) statusInWords() string {
	if a.status == 0 {
		return "lost"
	}
	return strconv.Itoa(a.status)
}

// request makes one request out of the budget.
func (r *run) request(ctx context.Context, c call) answer {
	if r.spent >= r.budget {
		r.outOfRequests = true
		return unsent(c)
	}
	r.count(1)
	a := r.roundTrip(ctx, c)
	r.notePanic(a)
	if fresh := r.drain(); len(fresh) > 0 { // nothing is sent to an address that is none
		a.exchange = fresh[0]
	}
	r.answered = r.answered || a.status != 0
	return a
}

func (r *run) count(requests int) {
	r.spent += requests
	r.step().Requests += requests
}

// panicked is the error of a request whose transport panicked. The run ends, and cleans up.
type panicked struct{ value any }

func (p panicked) Error() string { return fmt.Sprintf("the run panicked: %v", p.value) }

func (r *run) notePanic(a answer) {
	if p, ok := errors.AsType[panicked](a.err); ok {
		r.failed = p
	}
}

func unsent(c call) answer {
	return answer{call: c, unsent: true, err: errors.New("the run has made all the requests that it may make")}
}

func (r *run) roundTrip(ctx context.Context, c call) (a answer) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	a = answer{call: c, spent: r.spent}
	defer func() {
		if p := recover(); p != nil {
			a.err = panicked{p}
		}
	}()
	var body io.Reader = http.NoBody
	if c.body != "" || c.contentType != "" {
		body = strings.NewReader(c.body)
	}
	request, err := http.NewRequestWithContext(ctx, c.method, strings.TrimSuffix(r.BaseURL, "/")+c.path, body)
	if err != nil {
		a.err = err
		return a
	}
	request.GetBody = nil // no transport may send a create again
	request.Header = http.Header{"Accept": {"application/json"}, "User-Agent": {"turnkeys-contract"}}
	if len(c.authorization) > 0 {
		request.Header["Authorization"] = c.authorization
	}
	if c.contentType != "" {
		request.Header.Set("Content-Type", c.contentType)
	}
	response, err := r.checker.RoundTrip(request)
	a.at = time.Now()
	if err != nil {
		a.err = err
		return a
	}
	defer func() { _ = response.Body.Close() }()
	a.status, a.header = response.StatusCode, response.Header
	a.body, a.err = io.ReadAll(io.LimitReader(response.Body, maxBody))
	a.envelope = decodeEnvelope(a.body)
	return a
}

// record adds to the report what the checker saw of an answer.
func (r *run) record(a answer) {
	step := r.step()
	step.OperationID, step.Status = a.id, a.status
	step.Elapsed += a.exchange.Elapsed
	for _, v := range a.exchange.Violations {
		if v.In == contract.Response && v.Rule != "accepted" && !a.anyShape { // the run itself knows what should be refused
			r.addChecked(a.call, v)
		}
	}
	if a.status >= 200 && a.status <= 299 && len(a.codes) > 0 {
		r.addNotice(a.call, "has success and errors at once (code %d)", a.codes[0])
	}
	if r.echoesToken(a) {
		r.addViolation(a, "body", "token", "the answer repeats the API token")
	}
}

func (r *run) echoesToken(a answer) bool {
	if len(a.account.token) < 8 || a.status == 0 {
		return false
	}
	for _, values := range a.header {
		if strings.Contains(strings.Join(values, "\n"), a.account.token) {
			return true
		}
	}
	return bytes.Contains(a.body, []byte(a.account.token))
}

// drain returns the exchanges since it was last called. The checker keeps the token of an exchange out of its
// violations; the run also keeps out those that it did not send with it.
func (r *run) drain() []contract.Checked {
	all := r.checker.Exchanges()
	fresh := slices.Clone(all[len(r.exchanges):])
	for _, e := range fresh {
		for i := range e.Violations {
			v := &e.Violations[i]
			v.At, v.Message = r.redact(v.At), r.redact(v.Message)
		}
	}
	r.exchanges = append(r.exchanges, fresh...)
	return fresh
}

func (r *run) redact(text string) string {
	for _, token := range []string{r.Token, r.OtherToken} {
		if token != "" {
			text = strings.ReplaceAll(text, token, "[redacted]")
		}
	}
	return text
}

// sleep waits, unless the context ends first.
func (r *run) sleep(ctx context.Context, wait time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(wait):
	}
}
