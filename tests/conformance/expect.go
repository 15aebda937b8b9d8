package conformance

import (
	"fmt"
	"net/http"
	"slices"
)

// expectation is what the response to a call should be: the documented success, if nothing is set.
type expectation struct {
	statuses []int // the valid ones; if there are none, any 4XX except those in not
	not      []int
	want     string  // the valid statuses in words, and why; "" if the call should succeed
	check    string  // the name of the check that a success fails
	codes    []int64 // Cloudflare's for this failure; the other known ones contradict the status
	optional bool    // a 4XX is right too, and worth a notice if the document permits the request
}

// Cloudflare's codes that are known, by what they say.
var (
	tokenCodes   = []int64{6003, 9106, 10000, 10001}
	missingCodes = []int64{20008}
	routingCodes = []int64{7000, 7003}
	knownCodes   = slices.Concat(tokenCodes, missingCodes, routingCodes, []int64{971})
)

var (
	// variant is for another way to write a request. The document leaves open whether it works.
	variant = expectation{optional: true}

	unauthorized = expectation{
		statuses: []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden},
		want:     "400, 401 or 403: the token is invalid", check: "ignored_auth", codes: tokenCodes,
	}
	deleted = expectation{
		statuses: []int{http.StatusNotFound, http.StatusGone},
		want:     "404 or 410: the key was deleted", check: "use_after_delete", codes: missingCodes,
	}
	unknownKey = expectation{
		statuses: []int{http.StatusNotFound, http.StatusGone},
		want:     "404 or 410: the key never existed", check: "unknown_id_accepted", codes: missingCodes,
	}
	badInput = expectation{
		not:  []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone},
		want: "a 4XX about the request body, which is invalid", check: "bad_input_accepted",
	}
	unknownAccount = expectation{want: "a 4XX: the token is not for this account", check: "ignored_auth"}
	full           = expectation{want: "a 4XX: the account has 1,000 keys already", check: "limit_not_enforced"}
	noToken        = expectation{want: "a 4XX: the token is missing", check: "ignored_auth"}
	foreignToken   = expectation{want: "a 4XX: the token is another account's", check: "ignored_auth"}
	foreignKey     = expectation{want: "a 4XX: the key is another account's", check: "unknown_id_accepted"}
	unknownID      = expectation{want: "a 4XX: no key has this id", check: "unknown_id_accepted"}
)

func (e expectation) isSuccess() bool { return e.want == "" }

// permits reports whether a status is right.
func (e expectation) permits(status int) bool {
	switch {
	case e.isSuccess():
		return status < 400 // the document's own check knows which
	case e.statuses != nil:
		return slices.Contains(e.statuses, status)
	}
	return status/100 == 4 && !slices.Contains(e.not, status)
}

// isLate reports whether another status may come in a moment: a token, a key or its deletion may not be known yet.
func (a response) isLate() bool {
	return isUnauthorized(a.status) || isMissing(a.status) && isOnKey(a.Operation) || a.want.check == deleted.check && a.ok()
}

// judgeStatus returns what is wrong with the status of a response. The document's own check reports what is undocumented.
func (a response) judgeStatus() []finding {
	e, rejected := a.want, a.status/100 == 4
	f := finding{at: "status", check: "wrong_status", message: "want " + e.want, late: a.isLate()}
	switch {
	case a.status == 0:
		f.check, f.message = "no_response", a.summary()
	case e.permits(a.status):
		return a.judgeCodes()
	case rejected && e.optional && a.undocumented, a.status/100 == 3:
		return nil
	case e.optional && rejected && !f.late:
		f.notice, f.message = true, fmt.Sprintf("rejected with %d", a.status)
	case e.isSuccess() && rejected && isMissing(a.status) && a.about != nil && isOnKey(a.Operation):
		f.check, f.message = "missing_after_create", fmt.Sprintf("want %d at this point in the run", a.Success)
	case e.isSuccess() && rejected:
		f.check, f.message = "good_input_rejected", fmt.Sprintf("want %d at this point in the run", a.Success)
	case a.status >= 500 && a.undocumented:
		f.check, f.message = "server_error", "want a 4XX: the request is wrong, not the server"
	case a.status >= 500, a.undocumented && (!a.enveloped || a.Operation != listTurnKeys && a.listed && len(a.results) > 0):
		return nil
	case a.ok():
		f.check = e.check
	}
	return []finding{f}
}

// judgeCodes reports codes that are known to say something else than the status.
func (a response) judgeCodes() (all []finding) {
	for i, code := range a.codes {
		if a.want.codes != nil && slices.Contains(knownCodes, code) && !slices.Contains(a.want.codes, code) {
			message := fmt.Sprintf("code %d belongs to a different kind of failure", code)
			all = append(all, finding{at: fmt.Sprintf("/errors/%d/code", i), check: "wrong_code", message: message})
		}
	}
	return all
}

func (a response) hasCode(codes []int64) bool {
	return slices.ContainsFunc(a.codes, func(code int64) bool { return slices.Contains(codes, code) })
}

func isMissing(status int) bool { return status == http.StatusNotFound || status == http.StatusGone }

func isUnauthorized(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

// isFromElsewhere reports whether a response looks like one from an address without such an API, or from a server that
// is down.
func (a response) isFromElsewhere() bool {
	return a.status >= 500 || !a.isJSON || a.status == http.StatusNotFound || a.hasCode(routingCodes)
}
