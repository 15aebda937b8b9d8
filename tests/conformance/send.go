package conformance

import (
	"bytes"
	"context"
	"errors"
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

// operation is one of the document's.
type operation struct {
	id, method string
	onKey      bool // its path names a key, not the collection
}

var (
	createTurnKey = operation{"createTurnKey", http.MethodPost, false}
	listTurnKeys  = operation{"listTurnKeys", http.MethodGet, false}
	getTurnKey    = operation{"getTurnKey", http.MethodGet, true}
	editTurnKey   = operation{"editTurnKey", http.MethodPut, true}
	deleteTurnKey = operation{"deleteTurnKey", http.MethodDelete, true}

	operations = []operation{listTurnKeys, createTurnKey, getTurnKey, editTurnKey, deleteTurnKey}
)

func (o operation) takesBody() bool { return o == createTurnKey || o == editTurnKey }

func (o operation) success() int {
	if o == createTurnKey {
		return http.StatusCreated
	}
	return http.StatusOK
}

func (o operation) template() string {
	if o.onKey {
		return "/accounts/{account_id}/calls/turn_keys/{key_id}"
	}
	return "/accounts/{account_id}/calls/turn_keys"
}

// call is one request of a run.
type call struct {
	operation

	account       *account
	words         string // what the request asks for, for the report
	path          string // below the base URL, escaped
	authorization []string
	contentType   string
	body          string
	wanted        string // the documented response that should come, such as "201"
	anyShape      bool   // the document does not permit the request, so it says nothing about the answer's shape
}

// answer is what came back for a call. A status of 0 means that there was none, and err says why.
type answer struct {
	call
	envelope

	exchange contract.Exchange // as the checker saw it
	status   int
	header   http.Header
	body     []byte
	at       time.Time
	faltered bool // it is the second answer: the first was a 5xx, or was lost
	err      error
}

// call returns a request to the account, with its token.
func (acc *account) call(op operation, keyID, words string) call {
	c := call{
		operation: op, account: acc, words: words + acc.label, wanted: strconv.Itoa(op.success()),
		authorization: []string{"Bearer " + acc.token},
	}
	return c.to(acc.id, keyID)
}

// toFail says that the call should be refused.
func (c call) toFail() call {
	c.wanted = "4XX"
	return c
}

// to addresses the call to a key, or to the collection, of an account.
func (c call) to(accountID, keyID string) call {
	c.path = "/accounts/" + accountID + "/calls/turn_keys"
	if c.onKey {
		c.path += "/" + keyID
	}
	return c
}

func (c call) withToken(token string) call {
	c.authorization = []string{"Bearer " + token}
	return c
}

func (c call) withBody(body string) call {
	c.body, c.contentType = body, "application/json"
	return c
}

func (c call) withName(name string) call { return c.withBody(`{"name":` + quote(name) + `}`) }

// send sends a call and records the answer.
func (r *run) send(ctx context.Context, c call) answer {
	return r.accept(ctx, r.request(ctx, c))
}

// accept records an answer, or the next one in its place: a 429 is waited out once, and a 5xx or a lost answer that is an
// exception is asked for again, and is then a notice. A create is sent again only after a 5xx.
func (r *run) accept(ctx context.Context, a answer) answer {
	c := a.call
	if a.status == http.StatusTooManyRequests {
		r.record(a)
		if !r.affords(c.operation) {
			r.exhausted = true
			return answer{call: c, err: errBudget}
		}
		r.sleep(ctx, a.retryAfter())
		r.limited++
		a = r.request(ctx, c)
	}
	lost := a.status == 0 && r.answered && c.operation != createTurnKey
	if (a.status >= 500 || lost) && r.isException(c.operation) && r.affords(c.operation) && ctx.Err() == nil {
		r.failedOnce[c.operation.id], r.lastFailure = true, r.spent
		first := a
		r.sleep(ctx, time.Second)
		a = r.request(ctx, c)
		a.faltered = true
		if a.status == 0 || a.status >= 500 {
			r.record(first)
		} else {
			r.notice(c, "the answer was %s at first, and %d when asked again", first.statusInWords(), a.status)
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
		r.exhausted = true
		return answer{call: c, err: errBudget}
	}
	r.spent++
	a := r.roundTrip(ctx, c)
	if fresh := r.drain(); len(fresh) > 0 { // nothing is sent to an address that is none
		a.exchange = fresh[0]
	}
	r.answered = r.answered || a.status != 0
	return a
}

var errBudget = errors.New("the run has made all the requests that it may make")

func (r *run) roundTrip(ctx context.Context, c call) answer {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	a := answer{call: c}
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

// retryAfter is how long a 429 asks to wait.
func (a answer) retryAfter() time.Duration {
	wait := time.Second
	value := a.header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if t, err := http.ParseTime(value); err == nil {
		wait = time.Until(t)
	}
	return min(max(wait, time.Second), maxRateLimit)
}

// record adds to the report what the checker saw of an answer.
func (r *run) record(a answer) {
	step := r.step()
	step.OperationID, step.Status = a.id, a.status
	step.Elapsed += a.exchange.Elapsed
	for _, v := range a.exchange.Violations {
		if v.In == contract.Response && v.Rule != "accepted" && !a.anyShape { // the run itself knows what should be refused
			r.add(a.call, v)
		}
	}
	if a.status >= 200 && a.status <= 299 && len(a.codes) > 0 {
		r.notice(a.call, "has success and errors at once (code %d)", a.codes[0])
	}
	if r.echoesToken(a) {
		r.violate(a, "body", "token", "the answer repeats the API token")
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
func (r *run) drain() []contract.Exchange {
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
