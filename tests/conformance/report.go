package conformance

import (
	"slices"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// Report is what a run found.
type Report struct {
	BaseURL     string             `json:"baseUrl"`
	Requests    int                `json:"requests"`    // that the run made
	MaxRequests int                `json:"maxRequests"` // its limit
	Steps       []Step             `json:"steps"`
	Exchanges   []contract.Checked `json:"exchanges"`
	Coverage    contract.Coverage  `json:"coverage"`

	// Violations are departures from the document, including accepted ones.
	Violations []Violation `json:"violations"`
	// KnownDrift lists the reported deviations of the live API that were seen. They are failures if Strict is set.
	KnownDrift []SeenDrift `json:"knownDrift"`
	Strict     bool        `json:"strict,omitempty"`
	// Unused lists the accepted places that matched no violation.
	Unused []string `json:"unusedAcceptances"`
	// Notices are observations that are not failures.
	Notices []Notice `json:"notices"`

	// Deleted lists the uids of the keys that the run created and deleted: the delete succeeded, and neither a list nor a
	// get shows the key any more.
	Deleted []string `json:"deleted"`
	// Left lists the keys that the run created, or may have created, and that may still exist.
	Left []LeftKey `json:"left"`
}

// Violation is a departure from the document, in one response or between several. Its Occurrence is the first request that
// showed it, Times is how often it was seen, and Also lists the other requests.
type Violation struct {
	contract.Violation
	Occurrence

	Times int          `json:"times"`
	Also  []Occurrence `json:"also,omitempty"`
}

// String returns one line that contains no values from the exchange, with the request in words.
func (v Violation) String() string { return v.Violation.String() + ": " + v.Request }

// Occurrence is a request that showed a violation, in words, and the step of the run that made it.
type Occurrence struct {
	Request string `json:"request"`
	Step    string `json:"step"`
	// Command repeats the request with curl, in bash. The tokens are variables in it.
	Command string `json:"command"`

	stepIndex int
}

// SeenDrift is known drift and how often it was seen.
type SeenDrift struct {
	contract.Drift

	Times int `json:"times"`
}

// Notice is something worth knowing about the server, or about the run. Request, in words, is "" if it is about none.
type Notice struct {
	Request string `json:"request,omitempty"`
	Step    string `json:"step"`
	Message string `json:"message"`
}

// LeftKey is a key that the run created or may have created, and that may still exist. UID is "" if no response showed it.
// Command deletes the key, or shows where to look for it.
type LeftKey struct {
	UID     string `json:"uid,omitempty"`
	Name    string `json:"name,omitempty"`
	Command string `json:"command"`
}

// Step is a part of the run: a call and its retries, or a probe. Its name is the call in words, or that of the probe.
type Step struct {
	Name  string `json:"name"`
	Probe bool   `json:"probe,omitempty"`
	// OperationID and Status are those of the last call; Status is 0 if it got no response.
	OperationID string        `json:"operationId,omitempty"`
	Status      int           `json:"status,omitempty"`
	Requests    int           `json:"requests"`
	Elapsed     time.Duration `json:"elapsedNanoseconds"`
	Violations  int           `json:"violations"`
	Accepted    int           `json:"accepted"`
	Known       int           `json:"known"`
	Notices     int           `json:"notices"`
	// Skipped is why the step was not made, or was cut short.
	Skipped string `json:"skipped,omitempty"`
	// Stopped reports whether the run could not continue after the step.
	Stopped bool `json:"stopped,omitempty"`
	// Done is false while the step is in progress; Doing then is what the run is doing.
	Done  bool   `json:"-"`
	Doing string `json:"-"`
}

// OK reports whether the server conforms: there is no violation that is not accepted, every documented response was
// seen, and no key is left behind.
func (r Report) OK() bool {
	conforms := !slices.ContainsFunc(r.Violations, func(v Violation) bool { return !v.Accepted })
	return conforms && len(r.Coverage.Missing()) == 0 && len(r.Left) == 0 &&
		(!r.Strict || len(r.KnownDrift) == 0)
}
