package contract

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

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

var placePattern = regexp.MustCompile(`^(.*?)\.(\*|request|[1-5]XX|[1-5][0-9][0-9])(?::(.*))?$`)

// cutPlace returns the parts of a place. An operationId may contain dots.
func cutPlace(place string) (operation, side, at string, ok bool) {
	if match := placePattern.FindStringSubmatch(place); match != nil {
		return match[1], match[2], match[3], true
	}
	return "", "", "", false
}

var (
	requestAts  = regexp.MustCompile(`^(\*|/.*|body|operation|path|(header|path|query):.*)$`)
	methodName  = regexp.MustCompile(`^[A-Z]+$`)
	responseAts = regexp.MustCompile(`^(\*|/.*|body|status|header:.*)$`)
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

func (d *Document) placeProblem(pattern string) string {
	operation, side, at, ok := cutPlace(pattern)
	inRequest := (side == "request" || side == "*") && requestAts.MatchString(at)
	inResponse := side != "request" && responseAts.MatchString(at)
	known, hasBody := false, false
	for _, o := range d.operations {
		if matches(operation, o.ID) {
			known = true
			hasBody = hasBody || o.TakesBody && matchesSide(side, "request")
			for status := 100; ok && status < 600; status++ {
				hasBody = hasBody || o.Response(status) != "" && matchesSide(side, strconv.Itoa(status))
			}
		}
	}
	switch {
	case !ok:
		return "it has no status"
	case !inRequest && !inResponse:
		return "no violation can be at " + strconv.Quote(at)
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
