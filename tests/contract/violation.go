package contract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// Side is the half of an exchange in which a violation was found.
type Side string

// The two halves.
const (
	Request  Side = "request"
	Response Side = "response"
)

// Violation is one departure of an exchange from the document. It holds no value of the exchange.
type Violation struct {
	// OperationID and Path, a template, are "" if no operation is documented for the request.
	OperationID string `json:"operationId,omitempty"`
	Method      string `json:"method"`
	Path        string `json:"path,omitempty"`
	// Status is the response's, or 0 in a request or if no response came.
	Status int  `json:"status,omitempty"`
	In     Side `json:"in"`
	// At is a JSON pointer into the body, or one of "body", "status", "operation", "header:NAME", "query:NAME",
	// "path:NAME" and "path".
	At string `json:"at"`
	// Rule is the broken one: a keyword of the schema, such as "required", or one of the checker's own.
	Rule    string `json:"rule"`
	Message string `json:"message"`
	// Known is the source of the [Drift] that this is, or "".
	Known string `json:"known,omitempty"`
	// Accepted says that an option named the place.
	Accepted bool `json:"accepted,omitempty"`
}

// String is one line, without any value of the exchange.
func (v Violation) String() string {
	return fmt.Sprintf("%s  %s (%s)", v.Place(), v.Message, v.Rule)
}

// fails says that the violation is neither known nor accepted.
func (v Violation) fails() bool { return v.Known == "" && !v.Accepted }

// findings collects the violations of one half of an exchange.
type findings struct {
	about Violation // what all of them have in common
	list  []Violation
}

func (f *findings) add(at, rule, format string, args ...any) {
	v := f.about
	v.At, v.Rule, v.Message = at, rule, fmt.Sprintf(format, args...)
	f.list = append(f.list, v)
}

// cleaned returns the violations in order, each once, without secrets.
func (f *findings) cleaned(secrets []string) []Violation {
	var all []Violation
	for _, v := range f.list {
		v.Method, v.At, v.Message = clean(v.Method, secrets), clean(v.At, secrets), clean(v.Message, secrets)
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	slices.SortStableFunc(all, func(a, b Violation) int { return strings.Compare(a.At, b.At) })
	return all
}

const maxText = 200

// clean keeps secrets and line ends out of a violation: names and pointers come from the other side.
func clean(text string, secrets []string) string {
	text = credentials.Redact(text, secrets...)
	text = fmt.Sprintf("%+q", text)
	text = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(text[1 : len(text)-1])
	if len(text) > maxText {
		text = text[:maxText] + "..."
	}
	return text
}
