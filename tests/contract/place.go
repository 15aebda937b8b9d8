package contract

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Place names what the violation is about, such as "createTurnKey.201:/result/key" or "editTurnKey.request:/name". If
// no operation is documented for the request, the method stands in its place: "PATCH.request:operation".
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
	case v.Status == 0: // no answer came
		return "*"
	}
	return strconv.Itoa(v.Status)
}

// Matches reports whether a pattern of places, written as for [WithAccepted], matches the violation's place.
func (v Violation) Matches(pattern string) bool {
	operation, side, at := cutPlace(pattern)
	class := v.side()[:1] + "XX"
	return slices.Contains([]string{"*", v.operation()}, operation) && slices.Contains([]string{"*", v.side(), class}, side) &&
		slices.EqualFunc(strings.Split(at, "/"), strings.Split(v.At, "/"), func(want, got string) bool {
			return want == "*" || want == got
		})
}

func cutPlace(place string) (operation, side, at string) {
	operation, rest, _ := strings.Cut(place, ".")
	side, at, _ = strings.Cut(rest, ":")
	return operation, side, at
}

var (
	sides       = regexp.MustCompile(`^(\*|request|[1-5]XX|[1-5][0-9][0-9])$`)
	requestAts  = regexp.MustCompile(`^(\*|/.*|body|operation|path|(header|path|query):.*)$`)
	methodName  = regexp.MustCompile(`^[A-Z]+$`)
	responseAts = regexp.MustCompile(`^(\*|/.*|body|status|header:.*)$`)
)

// checkPlace returns an error for a pattern that no violation can match.
func (d *document) checkPlace(pattern string) error {
	operationID, side, at := cutPlace(pattern)
	inRequest := (side == "request" || side == "*") && requestAts.MatchString(at)
	inResponse := side != "request" && responseAts.MatchString(at)
	var problem string
	switch {
	case side == "":
		problem = "it has no status"
	case !sides.MatchString(side):
		problem = strconv.Quote(side) + " is no status"
	case !inRequest && !inResponse:
		problem = "no violation is at " + strconv.Quote(at)
	case side == "request" && methodName.MatchString(operationID): // of a request that no operation is documented for
		return nil
	case !d.has(operationID):
		problem = "no operation is called " + strconv.Quote(operationID)
	case strings.HasPrefix(at, "/") && !d.hasBody(operationID, side):
		problem = "no body is documented there"
	default:
		return nil
	}
	return fmt.Errorf("place %q: %s; want one such as createTurnKey.201:/result/key or *.4XX:/errors/*/code", pattern, problem)
}

func (d *document) has(operationID string) bool {
	return operationID == "*" || slices.ContainsFunc(d.operations, func(o operation) bool { return o.OperationID == operationID })
}

// hasBody says whether an operation, or any if it is *, documents a body for a side.
func (d *document) hasBody(operationID, side string) bool {
	return slices.ContainsFunc(d.operations, func(o operation) bool {
		if operationID != "*" && operationID != o.OperationID {
			return false
		}
		if side == "*" || side == "request" {
			return side == "*" || o.RequestBody != nil
		}
		for name := range o.Responses.Map() {
			if name == "default" || name[:1] == side[:1] && (name[1:] == "XX" || side[1:] == "XX" || name == side) {
				return true
			}
		}
		return false
	})
}
