package contract

import (
	"fmt"
	"path"
	"regexp"
	"slices"
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
	if pattern == v.Place() {
		return true
	}
	operation, side, at, _ := cutPlace(pattern)
	class := v.side()[:1] + "XX"
	return matches(operation, v.operation()) && slices.Contains([]string{"*", v.side(), class}, side) && matches(at, v.At)
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
	requestAts  = regexp.MustCompile(`^(\*|/.*|body|operation|path|(header|path|query|cookie):.*)$`)
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
	case !d.has(operation):
		return "unknown operation " + strconv.Quote(operation)
	case strings.HasPrefix(at, "/") && !d.hasBody(operation, side):
		return "no body is documented for it"
	}
	return ""
}

func (d *Document) has(operation string) bool {
	return slices.ContainsFunc(d.operations, func(o *Operation) bool { return matches(operation, o.ID) })
}

// hasBody reports whether an operation that a pattern matches documents a body for a side.
func (d *Document) hasBody(operation, side string) bool {
	return slices.ContainsFunc(d.operations, func(o *Operation) bool {
		if !matches(operation, o.ID) {
			return false
		}
		if side == "*" || side == "request" {
			return side == "*" || o.TakesBody
		}
		return slices.ContainsFunc(o.Responses(), func(name string) bool {
			return name == "default" || name[:1] == side[:1] && (name[1:] == "XX" || side[1:] == "XX" || name == side)
		})
	})
}
