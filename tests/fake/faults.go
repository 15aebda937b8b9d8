package fake

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// UntilReset is a number of times: until the API is reset.
const UntilReset = -1

// FailNext makes the next calls of an operation, such as "getTurnKey", fail with the given statuses, one status per call,
// regardless of token and body. A 4XX response contains a failure envelope, and a 429 also a Retry-After header (see
// [WithRetryAfter]); a 5XX response is an HTML page, as a CDN would often send. A failed call changes nothing. FailNext
// panics if there is no such operation, no status, or a status outside 400 to 599.
func (a *API) FailNext(operationID string, statuses ...int) {
	panicOn("FailNext", a.inject(operationID, failures(statuses)...))
}

// LoseResponse processes the next calls of an operation but drops the connection without sending a response, so that the
// caller cannot know whether they succeeded. It needs a server: without one, ServeHTTP panics with http.ErrAbortHandler.
// Go's http.Transport retries a GET by itself if a reused connection is dropped. LoseResponse panics if there is no such
// operation, or if times is neither 1 to 1,000,000 nor [UntilReset].
func (a *API) LoseResponse(operationID string, times int) {
	panicOn("LoseResponse", a.inject(operationID, fault{kind: "lose", times: times}))
}

// Delay makes the next calls of an operation wait for d before they are processed. A call whose context is done by then,
// for example because the client disconnected, changes nothing. Delay panics as [API.LoseResponse] does, and if d is not
// positive.
func (a *API) Delay(operationID string, d time.Duration, times int) {
	panicOn("Delay", a.inject(operationID, fault{kind: "delay", value: int(d), times: times}))
}

// Late makes the next calls of an operation wait for d, and processes them even if the client has disconnected by then:
// a create that was cancelled makes a key all the same. It panics as [API.Delay] does.
func (a *API) Late(operationID string, d time.Duration, times int) {
	panicOn("Late", a.inject(operationID, fault{kind: "late", value: int(d), times: times}))
}

// Inject adds faults of a kind ("fail", "lose", "delay" or "late"), written as in the flag of turnkeys-fake with the same
// name: getTurnKey=429,500.
func (a *API) Inject(kind, text string) error {
	operationID, list, ok := strings.Cut(text, "=")
	words := faultWords[kind]
	switch err := checkOperation(operationID); {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("%q: want an equals sign, as in %s", text, words.example)
	}
	var faults []fault
	for part := range strings.SplitSeq(list, ",") {
		f, err := parseFault(kind, part)
		if err != nil || f.check() != nil {
			return fmt.Errorf("%s %q: %s, as in %s", words.noun, part, words.want, words.example)
		}
		faults = append(faults, f)
	}
	return a.inject(operationID, faults...)
}

var faultWords = map[string]struct{ noun, want, example string }{
	"fail":  {"status", "want 400 to 599", "getTurnKey=429,500"},
	"lose":  {"times", "want 1 or more", "createTurnKey=1"},
	"delay": {"delay", "want more than 0", "listTurnKeys=2s,500ms"},
	"late":  {"delay", "want more than 0", "createTurnKey=3s"},
}

// fault is what happens to some calls of an operation.
type fault struct {
	kind      string
	value     int // a status, or the nanoseconds of a delay
	times     int
	accountID string // "": of any account
}

func failures(statuses []int) (faults []fault) {
	for _, status := range statuses {
		faults = append(faults, fault{kind: "fail", value: status, times: 1})
	}
	return faults
}

func parseFault(kind, text string) (f fault, err error) {
	f = fault{kind: kind, times: 1}
	switch kind {
	case "fail":
		f.value, err = strconv.Atoi(text)
	case "lose":
		f.times, err = strconv.Atoi(text)
	default:
		var d time.Duration
		d, err = time.ParseDuration(text)
		f.value = int(d)
	}
	return f, err
}

func (f fault) check() error {
	switch {
	case f.times < 1 && f.times != UntilReset:
		return errors.New("times: want 1 or more")
	case f.times > 1_000_000:
		return errors.New("times: want at most 1,000,000, or -1: until the fake is reset")
	case f.kind == "fail" && (f.value < 400 || f.value > 599):
		return fmt.Errorf("status %d: want 400 to 599", f.value)
	case f.kind != "fail" && f.kind != "lose" && f.value <= 0:
		return fmt.Errorf("delay %v: want more than 0", time.Duration(f.value))
	}
	return nil
}

func (a *API) inject(operationID string, faults ...fault) error {
	err := checkOperation(operationID)
	if err == nil && len(faults) == 0 {
		err = errors.New("statuses: want 1 or more")
	}
	for _, f := range faults {
		if err == nil {
			err = f.check()
		}
	}
	if err == nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.faults[operationID] = append(a.faults[operationID], faults...)
	}
	return err
}

// nextFaults returns what happens to a call: the first fault of each kind.
func (a *API) nextFaults(operationID, accountID string) map[string]fault {
	a.mu.Lock()
	defer a.mu.Unlock()
	next := map[string]fault{}
	faults := a.faults[operationID]
	for i, f := range faults {
		if _, taken := next[f.kind]; !taken && (f.accountID == "" || f.accountID == accountID) {
			next[f.kind] = f
			if f.times != UntilReset {
				faults[i].times--
			}
		}
	}
	a.faults[operationID] = slices.DeleteFunc(faults, func(f fault) bool { return f.times == 0 })
	return next
}

// wait returns an error if the context ends, or the API is closed, before the end of a delay.
func (a *API) wait(ctx context.Context, delay fault) error {
	if delay.value == 0 {
		return nil
	}
	select {
	case <-time.After(time.Duration(delay.value)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-a.closed.Done():
		return a.closed.Err()
	}
}

func (a *API) writeFault(w http.ResponseWriter, r *http.Request, status int) {
	code, message := codeBadRequest, http.StatusText(status)
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		code = codeUnauthorized
	case http.StatusNotFound:
		code = codeKeyNotFound
	case http.StatusTooManyRequests:
		code = codeRateLimited
		message = "More than 1200 requests per 300 seconds reached. Please wait and consider throttling your request speed"
		w.Header().Set("Retry-After", strconv.Itoa(a.retryAfter))
	}
	if status < 500 {
		writeFailure(w, r, failure{status, code, message, nil})
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<!DOCTYPE html><title>" + message + "</title>\n"))
}

// Operations returns the operationIds of the document, in alphabetical order.
func Operations() (operationIDs []string) {
	for _, operation := range document.Operations() {
		operationIDs = append(operationIDs, operation.ID)
	}
	return operationIDs
}

func checkOperation(operationID string) error {
	if slices.Contains(Operations(), operationID) {
		return nil
	}
	return fmt.Errorf("unknown operation %q; want one of %s", operationID, strings.Join(Operations(), ", "))
}

func panicOn(method string, err error) {
	if err != nil {
		panic("fake: " + method + ": " + err.Error())
	}
}
