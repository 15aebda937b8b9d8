package conformance

import (
	"slices"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// Report is what a run found.
type Report struct {
	BaseURL string `json:"baseUrl"`
	// Requests counts those that the run made, of the MaxRequests that it might have made.
	Requests    int `json:"requests"`
	MaxRequests int `json:"maxRequests"`

	Steps     []Step             `json:"steps"`
	Exchanges []contract.Checked `json:"exchanges"`
	Coverage  contract.Coverage  `json:"coverage"`

	// Violations are departures from the document, the accepted ones too.
	Violations []Violation `json:"violations"`
	// KnownDrift holds the reported deviations of the live API that were seen.
	KnownDrift []SeenDrift `json:"knownDrift"`
	// Strict says that known drift is a failure.
	Strict bool `json:"strict,omitempty"`
	// Unused holds the accepted places at which nothing was wrong.
	Unused []string `json:"unusedAcceptances"`
	// Notices are worth knowing, and no failures.
	Notices []Notice `json:"notices"`

	// Deleted holds the uids of the keys that the run created and deleted: the delete was answered with 200, and no list
	// shows them any more.
	Deleted []string `json:"deleted"`
	// Left holds the keys that may still exist.
	Left []LeftKey `json:"left"`
}

// Violation is a departure from the document, in one answer or between several.
type Violation struct {
	contract.Violation

	// Request says in words what was sent, and Step at which step of the run.
	Request string `json:"request"`
	Step    string `json:"step"`
	// Times counts how often the same was seen, for this request and others.
	Times int `json:"times"`

	wanted    string // the documented response that should have come
	stepIndex int
}

// SeenDrift is known drift and how often it was seen.
type SeenDrift struct {
	contract.Drift

	Times int `json:"times"`
}

// Notice is something worth knowing about the server, or about the run.
type Notice struct {
	// Request says in words what was sent, or is "" where the notice is about no one request.
	Request string `json:"request,omitempty"`
	Step    string `json:"step"`
	Message string `json:"message"`
}

// LeftKey is a key that the run created or may have created, and that may still exist.
type LeftKey struct {
	// UID is "" where the answer that would have shown it never came.
	UID  string `json:"uid,omitempty"`
	Name string `json:"name,omitempty"`
	// Command deletes the key, or lists the keys to find it by its name.
	Command string `json:"command"`
}

// Step is a part of the run: one call and what is asked again for it, or a probe.
type Step struct {
	// Name is the call in words, or the name of the probe.
	Name  string `json:"name"`
	Probe bool   `json:"probe,omitempty"`
	// OperationID and Status are those of the last call; Status is 0 if it was not answered.
	OperationID string        `json:"operationId,omitempty"`
	Status      int           `json:"status,omitempty"`
	Requests    int           `json:"requests"`
	Elapsed     time.Duration `json:"elapsedNanoseconds"`

	Violations int `json:"violations"`
	Accepted   int `json:"accepted"`
	Known      int `json:"known"`
	Notices    int `json:"notices"`
	// LeftOut says why the step was not made, or was cut short.
	LeftOut string `json:"leftOut,omitempty"`
	// Stopped says that the run could not go on after the step.
	Stopped bool `json:"stopped,omitempty"`
	// Done is false in what Observe sees while the step goes on; Doing then says what is being done.
	Done  bool   `json:"-"`
	Doing string `json:"-"`
}

// OK reports whether the server conforms: nothing violates the document that is not accepted, every documented response
// was seen, and no key is left behind.
func (r Report) OK() bool {
	failing := func(v Violation) bool { return !v.Accepted }
	return !slices.ContainsFunc(r.Violations, failing) && len(r.Coverage.Missing()) == 0 && len(r.Left) == 0 &&
		(!r.Strict || len(r.KnownDrift) == 0)
}
