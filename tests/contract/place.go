package contract

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Place names what the violation is about, such as "createTurnKey.201:/result/key" or "editTurnKey.request:/name". If
// no operation is documented for the request, its method comes first: "PATCH.request:operation".
func (v Violation) Place() string {
	return fmt.Sprintf("%s.%s:%s", v.operation(), v.side(), v.At)
}

func (v Violation) operation() string {
	if v.OperationID != "" {
		return v.OperationID
	}
	return v.Method
}

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
	return pattern == v.Place() ||
		matches(operation, v.operation()) && matchesSide(side, v.side()) && matches(at, v.At)
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
	match := placePattern.FindStringSubmatch(place)
	if match == nil {
		return "", "", "", false
	}
	return match[1], match[2], match[3], true
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
	case !ok && !strings.Contains(pattern, "."):
		return "it has no status"
	case !ok:
		_, status, _ := strings.Cut(pattern, ".")
		status, _, _ = strings.Cut(status, ":")
		return "invalid status " + strconv.Quote(status)
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
