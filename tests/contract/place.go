package contract

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

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
	operation, side, at, ok := cutPlace(pattern)
	if !ok {
		return "it has no status"
	}
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
				isNamed := name == "default" || matchesSide(side, name) || matchesSide(name, side)
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

// Mark sets Known and Accepted in the violations of an exchange. If that leaves nothing wrong with the request, it drops
// the violation that the server accepted it.
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
