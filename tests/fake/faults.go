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

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// FailNext makes the next calls of an operation, such as "getTurnKey", fail with these statuses, one call for each,
// whatever the token and body. A 4XX carries a failure envelope, and a 429 asks to wait (see [WithRetryAfter]); a 5XX
// is an HTML page, as a CDN's often is. A call that fails changes nothing. FailNext panics if there is no such
// operation, no status, or a status outside 400 to 599.
func (a *API) FailNext(operationID string, statuses ...int) {
	panicOn("FailNext", a.failNext(operationID, statuses))
}

func (a *API) failNext(operationID string, statuses []int) error {
	if err := checkOperation(operationID); err != nil {
		return err
	}
	if len(statuses) == 0 {
		return errors.New("statuses: want 1 or more")
	}
	for _, status := range statuses {
		if status < 400 || status > 599 {
			return fmt.Errorf("status %d: want 400 to 599", status)
		}
	}
	a.changeFaults(operationID, func(f *faults) { f.statuses = append(f.statuses, statuses...) })
	return nil
}

// LoseAnswer makes the next calls of an operation do their work and then drops the connection without an answer, so
// that whoever called cannot know whether it worked. It panics if there is no such operation, or if times is not
// positive. Go's http.Transport sends a GET, PUT or DELETE again on its own when a connection that it had used before
// is dropped.
func (a *API) LoseAnswer(operationID string, times int) {
	panicOn("LoseAnswer", a.loseAnswer(operationID, times))
}

func (a *API) loseAnswer(operationID string, times int) error {
	if err := checkOperation(operationID); err != nil {
		return err
	}
	if times < 1 {
		return errNoTimes
	}
	a.changeFaults(operationID, func(f *faults) { f.losses += times })
	return nil
}

// Delay makes the next calls of an operation wait for d before anything else is done. A call whose context ends, as it
// does when the client hangs up, changes nothing. Delay panics if there is no such operation, or if d or times is not
// positive.
func (a *API) Delay(operationID string, d time.Duration, times int) {
	panicOn("Delay", a.delay(operationID, d, times))
}

func (a *API) delay(operationID string, d time.Duration, times int) error {
	if err := checkOperation(operationID); err != nil {
		return err
	}
	if d <= 0 {
		return fmt.Errorf("delay %v: want more than 0", d)
	}
	if times < 1 {
		return errNoTimes
	}
	a.changeFaults(operationID, func(f *faults) { f.delays = append(f.delays, slices.Repeat([]time.Duration{d}, times)...) })
	return nil
}

// faults are those of one operation. A call takes the first of each.
type faults struct {
	statuses []int
	delays   []time.Duration
	losses   int
}

// fault is what happens to one call.
type fault struct {
	status int // 0 for none
	delay  time.Duration
	lost   bool
}

func (a *API) changeFaults(operationID string, change func(*faults)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.faults[operationID] == nil {
		a.faults[operationID] = new(faults)
	}
	change(a.faults[operationID])
}

func (a *API) nextFault(operationID string) (next fault) {
	a.changeFaults(operationID, func(f *faults) {
		if len(f.statuses) > 0 {
			next.status, f.statuses = f.statuses[0], f.statuses[1:]
		}
		if len(f.delays) > 0 {
			next.delay, f.delays = f.delays[0], f.delays[1:]
		}
		if f.losses > 0 {
			next.lost = true
			f.losses--
		}
	})
	return next
}

func (a *API) writeFault(w http.ResponseWriter, r *http.Request, status int) {
	code, message := codeFault, http.StatusText(status)
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		code = codeUnauthorized
	case http.StatusNotFound:
		code = codeKeyNotFound
	case http.StatusTooManyRequests:
		message = "Please wait and consider throttling your request speed"
		w.Header().Set("Retry-After", strconv.Itoa(a.retryAfter))
	}
	if status < 500 {
		writeFailure(w, r, failure{status, code, message})
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<!DOCTYPE html><title>" + message + "</title>\n"))
}

// wait returns an error if the context ends first.
func wait(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errNoTimes = errors.New("times: want 1 or more")

// Operations returns the operationIds of the document, in alphabetical order.
func Operations() []string {
	var operationIDs []string
	for _, operation := range contract.OpenAPI().Operations() {
		operationIDs = append(operationIDs, operation.ID)
	}
	return operationIDs
}

func checkOperation(operationID string) error {
	if slices.Contains(Operations(), operationID) {
		return nil
	}
	return fmt.Errorf("no operation %q; want one of %s", operationID, strings.Join(Operations(), ", "))
}

func panicOn(method string, err error) {
	if err != nil {
		panic("fake: " + method + ": " + err.Error())
	}
}
