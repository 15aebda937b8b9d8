package fake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FailNext makes the next calls of an operation, such as "getTurnKey", fail with the given statuses, one status per
// call, regardless of token and body. A 4XX response contains a failure envelope, and a 429 has a Retry-After header
// (see [WithRetryAfter]); a 5XX response is an HTML page, as CDNs often send. A failed call changes nothing. FailNext
// panics if there is no such operation, no status, or a status outside 400 to 599.
func (a *API) FailNext(operationID string, statuses ...int) {
	panicOn("FailNext", a.inject(operationID, "", failures(statuses)...))
}

// LoseResponse processes the next calls of an operation but drops the connection without a response, so that the caller
// cannot know whether they succeeded. It needs a server: without one, ServeHTTP panics with http.ErrAbortHandler. Go's
// http.Transport retries a GET by itself if a reused connection is dropped. LoseResponse panics if there is no such
// operation, or if times is neither 1 to 1,000,000 nor [UntilReset].
func (a *API) LoseResponse(operationID string, times int) {
	panicOn("LoseResponse", a.inject(operationID, "", fault{kind: "lose", times: times}))
}

// Delay makes the next calls of an operation wait for d before they are processed. A call changes nothing if its
// context ends first, for example because the client disconnected. Delay panics in the same cases as
// [API.LoseResponse], and if d is not positive.
func (a *API) Delay(operationID string, d time.Duration, times int) {
	panicOn("Delay", a.inject(operationID, "", fault{kind: "delay", delay: d, times: times}))
}

// Late makes the next calls of an operation wait for d, and processes them even if the client has disconnected by then:
// a canceled create still makes a key. It panics in the same cases as [API.Delay].
func (a *API) Late(operationID string, d time.Duration, times int) {
	panicOn("Late", a.inject(operationID, "", fault{kind: "late", delay: d, times: times}))
}

// Inject adds faults of a kind ("fail", "lose", "delay" or "late"), written as for the flag of turnkeys-fake with that
// name: Inject("fail", "getTurnKey=429,500").
func (a *API) Inject(kind, text string) error {
	operationID, list, ok := strings.Cut(text, "=")
	if !ok {
		return errors.New("want an equals sign")
	}
	var faults []fault
	for part := range strings.SplitSeq(list, ",") {
		f := fault{kind: kind, times: 1}
		switch kind { // what is invalid becomes 0, which inject rejects
		case "fail":
			f.status, _ = strconv.Atoi(part)
		case "lose":
			f.times, _ = strconv.Atoi(part)
		default:
			f.delay, _ = time.ParseDuration(part)
		}
		faults = append(faults, f)
	}
	return a.inject(operationID, "", faults...)
}

// fault is what happens to some calls of an operation.
type fault struct {
	operationID, accountID string // accountID "": of any account
	kind                   string
	status                 int
	delay                  time.Duration
	times                  int
}

func failures(statuses []int) (faults []fault) {
	for _, status := range statuses {
		faults = append(faults, fault{kind: "fail", status: status, times: 1})
	}
	return faults
}

// inject adds faults to the calls of one account, or of all if the id is "".
func (a *API) inject(operationID, accountID string, faults ...fault) error {
	if !slices.Contains(Operations(), operationID) {
		return fmt.Errorf("unknown operation %q; want one of %s", operationID, strings.Join(Operations(), ", "))
	}
	if len(faults) == 0 {
		return errors.New("want a status")
	}
	for i, f := range faults {
		switch {
		case f.kind == "fail" && (f.status < 400 || f.status > 599):
			return errors.New("want a status from 400 to 599")
		case (f.kind == "delay" || f.kind == "late") && f.delay <= 0:
			return errors.New("want a delay of more than 0, such as 1.5s")
		case f.times != UntilReset && (f.times < 1 || f.times > 1_000_000):
			return errors.New("want times from 1 to 1,000,000, or -1: until the fake is reset")
		}
		faults[i].operationID, faults[i].accountID = operationID, accountID
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = append(a.faults, faults...)
	return nil
}

// nextFaults returns what happens to a call: the first fault of each kind.
func (a *API) nextFaults(operationID, accountID string) map[string]fault {
	a.mu.Lock()
	defer a.mu.Unlock()
	next := map[string]fault{}
	for i, f := range a.faults {
		if _, taken := next[f.kind]; !taken && f.operationID == operationID && (f.accountID == "" || f.accountID == accountID) {
			next[f.kind] = f
			a.faults[i].times-- // UntilReset never gets to 0
		}
	}
	a.faults = slices.DeleteFunc(a.faults, func(f fault) bool { return f.times == 0 })
	return next
}

// wait reports whether a delay ended before the context did, and before the API was closed.
func (a *API) wait(ctx context.Context, delay time.Duration) bool {
	if delay == 0 {
		return true
	}
	select {
	case <-time.After(delay):
		return true
	case <-ctx.Done():
	case <-a.closed.Done():
	}
	return false
}

func (a *API) writeFault(w http.ResponseWriter, r *http.Request, status int) {
	if status >= 500 {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<!DOCTYPE html><title>%s</title>\n", http.StatusText(status))
		return
	}
	codes := map[int]int{401: codeUnauthorized, 403: codeUnauthorized, 404: codeKeyNotFound, 429: codeRateLimited}
	f := failure{status, cmp.Or(codes[status], codeBadRequest), http.StatusText(status), nil}
	if status == http.StatusTooManyRequests {
		f.message = "More than 1200 requests per 300 seconds reached. Please wait and consider throttling your request speed"
		w.Header().Set("Retry-After", strconv.Itoa(a.retryAfter))
	}
	writeFailure(w, r, f)
}

// Operations returns the operationIds of openapi.yaml, sorted.
func Operations() (operationIDs []string) {
	for _, operation := range document.Operations() {
		operationIDs = append(operationIDs, operation.ID)
	}
	return operationIDs
}

func panicOn(method string, err error) {
	if err != nil {
		panic("fake: " + method + ": " + err.Error())
	}
}
