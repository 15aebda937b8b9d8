package contract

import (
	"fmt"
	"regexp"
)

// Acceptances are the places of drift that is known and accepted, each the [Violation.Place] of a violation, such as
// "createTurnKey.201:/result/key".
type Acceptances []string

var placePattern = regexp.MustCompile(`^[A-Za-z]+\.([1-5][0-9][0-9]|request):.+$`)

// Check returns an error for the first place that no violation can have.
func (a Acceptances) Check() error {
	for _, place := range a {
		if !placePattern.MatchString(place) {
			return fmt.Errorf("want an operationId, a status or request, and a place, such as createTurnKey.201:/result/key, got %q", place)
		}
	}
	return nil
}

// mark marks the violations of an exchange that are accepted, and notes which acceptance that was.
func (a Acceptances) mark(violations []Violation, used map[string]bool) {
	for i := range violations {
		for _, place := range a {
			if violations[i].Place() == place {
				violations[i].Accepted = true
				used[place] = true
			}
		}
	}
}
