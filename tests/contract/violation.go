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
	// Status is the status of the response, or 0 for a request or if there was no response.
	Status int  `json:"status,omitempty"`
	In     Side `json:"in"`
	// At is a JSON pointer into the body, or one of "body", "status", "operation", "header:NAME", "query:NAME",
	// "path:NAME" and "path".
	At string `json:"at"`
	// Rule is the rule that was broken: a schema keyword, such as "required", or a name defined by this package.
	Rule    string `json:"rule"`
	Message string `json:"message"`
	// Known is the Source of the known [Drift] that this violation matches, or "".
	Known string `json:"known,omitempty"`
	// Accepted reports whether [WithAccepted] names the place.
	Accepted bool `json:"accepted,omitempty"`
}

// String returns one line that contains no values from the exchange.
func (v Violation) String() string { return fmt.Sprintf("%s  %s (%s)", v.Place(), v.Message, v.Rule) }

// Place names what the violation is about, such as "createTurnKey.201:/result/key" or "editTurnKey.request:/name". If
// no operation is documented for the request, its method comes first: "PATCH.request:operation".
func (v Violation) Place() string {
	return cmp.Or(v.OperationID, v.Method) + "." + v.side() + ":" + v.At
}

func (v Violation) side() string {
	switch {
	case v.In == Request:
		return "request"
	case v.Status == 0: // there was no response
		return "*"
	}
	return strconv.Itoa(v.Status)
}

// Fails reports whether the violation is neither known nor accepted.
func (v Violation) Fails() bool { return v.Known == "" && !v.Accepted }

// Operation, status and place. An operationId may contain dots.
var placePattern = regexp.MustCompile(`^(.*?)\.(\*|request|[1-5]XX|[1-5][0-9][0-9])(?::(.*))?$`)

// Matches reports whether a pattern of places, written as for [WithAccepted], matches the violation's place.
func (v Violation) Matches(pattern string) bool {
	part, operation := placePattern.FindStringSubmatch(pattern), cmp.Or(v.OperationID, v.Method)
	return pattern == v.Place() ||
		part != nil && matches(part[1], operation) && matchesSide(part[2], v.side()) && matches(part[3], v.At)
}

func matchesSide(pattern, side string) bool {
	return pattern == "*" || pattern == side || pattern == side[:1]+"XX"
}

// matches compares as path.Match does, but ignores the case of header names.
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

// CheckPlaces returns an error for the first pattern that no violation can match.
func (d *Document) CheckPlaces(patterns []string) error {
	for _, pattern := range patterns {
		if problem := d.placeProblem(pattern); problem != "" {
			return fmt.Errorf("place %q: %s; want one such as createTurnKey.201:/result/key or *.4XX:/errors/*/code", pattern, problem)
		}
	}
	return nil
}

var (
	requestAt  = regexp.MustCompile(`^(\*|/.*|body|operation|path|(header|path|query):.*)$`)
	responseAt = regexp.MustCompile(`^(\*|/.*|body|status|header:.*)$`)
	methodName = regexp.MustCompile(`^[A-Z]+$`)
)

func (d *Document) placeProblem(pattern string) string {
	part := placePattern.FindStringSubmatch(pattern)
	if part == nil {
		return "it has no status"
	}
	operation, side, at := part[1], part[2], part[3]
	inRequest := (side == "request" || side == "*") && requestAt.MatchString(at)
	inResponse := side != "request" && responseAt.MatchString(at)
	if !inRequest && !inResponse {
		return "no violation can be at " + strconv.Quote(at)
	}
	known, hasBody := false, false
	for _, o := range d.operations {
		if matches(operation, o.ID) {
			known = true
			for name := range o.messages {
				isNamed := matchesSide(side, name) || matchesSide(name, side) || name == "default" && side != "request"
				hasBody = hasBody || isNamed && (name != "request" || o.TakesBody)
			}
		}
	}
	switch {
	case side == "request" && methodName.MatchString(operation): // of a request that no operation is documented for
		return ""
	case !known:
		return "unknown operation " + strconv.Quote(operation)
	case strings.HasPrefix(at, "/") && !hasBody:
		return "no body is documented for it"
	}
	return ""
}

// Drift is reported behaviour of the live API that Cloudflare's reference does not document.
type Drift struct {
	// Place is a pattern, written as for [WithAccepted].
	Place string `json:"place"`
	Rule  string `json:"rule"`
	// Seen is what the API does.
	Seen string `json:"seen"`
	// Source is where it is reported: a project and the number of an issue.
	Source string `json:"source"`
}

// Matches reports whether a violation is this drift.
func (d Drift) Matches(v Violation) bool { return v.Rule == d.Rule && v.Matches(d.Place) }

var knownDrift = []Drift{
	{"createTurnKey.201:/result/key", "renamed", "the secret is in a field named secret, not key", "pulumi-cloudflare 1674"},
	{"*.4XX:/errors/*/error_chain", "additionalProperties", "errors have an error_chain field", "ddns-go 916"},
	{"*.4XX:/messages", "required", "failures omit messages", "CloudflareToAbuseIPDB 5"},
	{"*.4XX:/result", "required", "failures omit result", "CloudflareToAbuseIPDB 5"},
	{"*.4XX:/errors/*/code", "minimum", "error codes can be below 1,000", "certbot-dns-cloudflare 6"},
	{"*.*:/errors", "nullable", "errors can be null", "cloudflare-go 587"},
	{"*.*:/messages", "nullable", "messages can be null", "cloudflare-go 587"},
}

// KnownDrift returns the drift that is marked as known.
func KnownDrift() []Drift { return slices.Clone(knownDrift) }

// Mark sets Known and Accepted in the violations of an exchange. If that leaves nothing wrong with the request, it also
// drops the violation for accepting an invalid request.
func (d *Document) Mark(violations []Violation, accepted []string) []Violation {
	marked := slices.Clone(violations)
	invalidRequest := false
	for i, v := range marked {
		for _, drift := range knownDrift {
			if d.isTurnKeys() && drift.Matches(v) {
				marked[i].Known = drift.Source
			}
		}
		marked[i].Accepted = slices.ContainsFunc(accepted, v.Matches)
		invalidRequest = invalidRequest || v.In == Request && marked[i].Fails()
	}
	return slices.DeleteFunc(marked, func(v Violation) bool { return v.Rule == "accepted" && !invalidRequest })
}

// add adds a violation at a place in the message. A pointer to the whole body is "".
func (m *message) add(at, rule, format string, args ...any) {
	if len(m.violations) < maxViolations {
		v := m.about
		v.At, v.Rule, v.Message = cmp.Or(at, "body"), rule, fmt.Sprintf(format, args...)
		m.violations = append(m.violations, v)
	}
}

// cleaned returns the violations sorted by place, each once, without secrets.
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

// clean removes secrets and line ends, since the names and pointers in a violation come from the exchange.
func clean(text string, secrets Secrets) string {
	text = credentials.Redact(text, slices.Concat(secrets.Keys, secrets.Tokens)...)
	text = fmt.Sprintf("%+q", text)
	text = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(text[1 : len(text)-1])
	if len(text) > maxText {
		text = text[:maxText] + "..."
	}
	return text
}
