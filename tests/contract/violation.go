package contract

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Side is the half of an exchange in which a violation was found.
type Side string

// The two halves.
const (
	Request  Side = "request"
	Response Side = "response"
)

// Violation is one departure of an exchange from the document.
type Violation struct {
	// OperationID and Path, a template, are "" if no operation is documented for the request.
	OperationID string `json:"operationId,omitempty"`
	Method      string `json:"method"`
	Path        string `json:"path,omitempty"`
	// Status is the response's, or 0 in a request.
	Status int  `json:"status,omitempty"`
	In     Side `json:"in"`
	// At is a JSON pointer into the body, or one of "body", "status", "operation", "header:NAME", "query:NAME",
	// "path:NAME" and "sequence".
	At string `json:"at"`
	// Rule is the broken one: a keyword of the schema, such as "required", or one of the checker's own.
	Rule    string `json:"rule"`
	Message string `json:"message"`
	// Accepted says that a run was told to expect it.
	Accepted bool `json:"accepted,omitempty"`
}

// Place names what the violation is about, such as "createTurnKey.201:/result/key" or "editTurnKey.request:/name".
func (v Violation) Place() string {
	side := "request"
	if v.In == Response {
		side = strconv.Itoa(v.Status)
	}
	return fmt.Sprintf("%s.%s:%s", v.operation(), side, v.At)
}

// String is one line, without any value of the exchange.
func (v Violation) String() string {
	return fmt.Sprintf("%s  %s (%s)", v.Place(), v.Message, v.Rule)
}

func (v Violation) operation() string {
	if v.OperationID != "" {
		return v.OperationID
	}
	return v.Method
}

// findings collects the violations of one side of an exchange.
type findings struct {
	side  Violation // what all of them have in common
	token string
	list  []Violation
}

func (f *findings) add(at, rule, format string, args ...any) {
	v := f.side
	v.At, v.Rule, v.Message = f.clean(at), rule, f.clean(fmt.Sprintf(format, args...))
	if !slices.Contains(f.list, v) {
		f.list = append(f.list, v)
	}
}

var secretPattern = regexp.MustCompile(`[0-9a-fA-F]{64}`)

const maxText = 200

// clean keeps secrets, tokens and line ends out of a violation: names and pointers come from the other side.
func (f *findings) clean(text string) string {
	if f.token != "" {
		text = strings.ReplaceAll(text, f.token, "[redacted]")
	}
	text = secretPattern.ReplaceAllString(text, "[redacted]")
	text = strings.Trim(fmt.Sprintf("%+q", text), `"`)
	text = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(text)
	if len(text) > maxText {
		text = text[:maxText] + "..."
	}
	return text
}
