package contract

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// Side is the message of an exchange in which a violation was found.
type Side string

// The two messages.
const (
	Request  Side = "request"
	Response Side = "response"
)

// Violation describes one way in which an exchange departs from the document. It contains no values from the exchange.
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
	// Rule is the rule that was broken: a schema keyword, such as "required", or a name of this package's.
	Rule    string `json:"rule"`
	Message string `json:"message"`
	// Known is the Source of the known [Drift] that this violation matches, or "".
	Known string `json:"known,omitempty"`
	// Accepted reports whether [WithAccepted] names the place.
	Accepted bool `json:"accepted,omitempty"`
}

// String returns one line that contains no values from the exchange.
func (v Violation) String() string {
	return fmt.Sprintf("%s  %s (%s)", v.Place(), v.Message, v.Rule)
}

// Place names what the violation is about, such as "createTurnKey.201:/result/key" or "editTurnKey.request:/name". If
// no operation is documented for the request, its method comes first: "PATCH.request:operation".
func (v Violation) Place() string { return v.operation() + "." + v.side() + ":" + v.At }

func (v Violation) operation() string { return cmp.Or(v.OperationID, v.Method) }

func (v Violation) side() string {
	switch {
	case v.In == Request:
		return "request"
	case v.Status == 0: // no response came
		return "*"
	}
	return strconv.Itoa(v.Status)
}

// Fails reports whether the violation is neither known nor accepted.
func (v Violation) Fails() bool { return v.Known == "" && !v.Accepted }

// Matches reports whether a pattern of places, written as for [WithAccepted], matches the violation's place.
func (v Violation) Matches(pattern string) bool {
	operation, side, at, _ := cutPlace(pattern)
	return pattern == v.Place() || matches(operation, v.operation()) && matchesSide(side, v.side()) && matches(at, v.At)
}

func matchesSide(pattern, side string) bool {
	return pattern == "*" || pattern == side || pattern == side[:1]+"XX"
}

// matches compares as path.Match does, and the names of headers in any case.
func matches(pattern, name string) bool {
	if strings.HasPrefix(name, "header:") {
		pattern, name = strings.ToLower(pattern), strings.ToLower(name)
	}
	if !strings.HasPrefix(name, "/") { // a slash in the name of a parameter separates nothing
		pattern, name = strings.ReplaceAll(pattern, "/", ":"), strings.ReplaceAll(name, "/", ":")
	}
	matched, err := path.Match(pattern, name)
	return matched || err != nil && pattern == name
}

// An operationId may contain dots.
var placePattern = regexp.MustCompile(`^(.*?)\.(\*|request|[1-5]XX|[1-5][0-9][0-9])(?::(.*))?$`)

func cutPlace(place string) (operation, side, at string, ok bool) {
	if match := placePattern.FindStringSubmatch(place); match != nil {
		return match[1], match[2], match[3], true
	}
	return "", "", "", false
}

// maxViolations bounds what a hostile body can cost.
const maxViolations = 1000

// add adds a violation at a place in the message. A pointer to the whole body is "".
func (m *message) add(at, rule, format string, args ...any) {
	if len(m.violations) < maxViolations {
		v := m.about
		v.At, v.Rule, v.Message = cmp.Or(at, "body"), rule, fmt.Sprintf(format, args...)
		m.violations = append(m.violations, v)
	}
}

// cleaned returns the violations in order, each once, without secrets.
func (m *message) cleaned(secrets Secrets) (all []Violation) {
	for _, v := range m.violations {
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
func clean(text string, secrets Secrets) string {
	text = credentials.Redact(text, slices.Concat(secrets.Keys, secrets.Tokens)...)
	text = fmt.Sprintf("%+q", text)
	text = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(text[1 : len(text)-1])
	if len(text) > maxText {
		text = text[:maxText] + "..."
	}
	return text
}
