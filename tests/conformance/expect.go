package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// expectation is what the response to a call should be.
type expectation struct {
	// statuses are the right ones. If there are none, any 4XX is right, but for those in not.
	statuses, not []int
	// want names the right statuses, and says why they are.
	want string
	// check is the name of the check that a success fails.
	check string
	// late are the statuses that may be right in a moment.
	late func(status int) bool
	// codes are Cloudflare's codes that contradict the status.
	codes []int64
	// pages reports whether the address is outside the API: any page may be there, but no key.
	pages bool
	// open reports whether the document leaves open if there is such an address. If there is, the key is there.
	open bool
	// optional reports whether a 4XX is only worth a notice.
	optional bool
}

// Cloudflare's codes that are known, by what they say.
var (
	tokenCodes   = []int64{6003, 9106, 10000, 10001}
	missingCodes = []int64{20008}
	routingCodes = []int64{7000, 7003}
	limitCodes   = []int64{971}
)

var (
	// success is the documented status; what else is documented is not.
	success       = expectation{late: isUnauthorized}
	successForKey = expectation{late: func(status int) bool { return isUnauthorized(status) || isMissing(status) }}
	// variant is for another way to write the address of a key, or of the keys.
	variant = expectation{open: true}

	unauthorized = expectation{
		statuses: []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden},
		want:     "400, 401 or 403: the token is invalid", check: "ignored_auth",
		codes: slices.Concat(missingCodes, routingCodes, limitCodes),
	}
	deleted = expectation{
		statuses: []int{http.StatusNotFound, http.StatusGone}, want: "404 or 410: the key was deleted", check: "use_after_delete",
		late:  func(status int) bool { return status < 300 || isUnauthorized(status) },
		codes: slices.Concat(tokenCodes, routingCodes, limitCodes),
	}
	unknownKey = expectation{
		statuses: []int{http.StatusNotFound, http.StatusGone}, want: "404 or 410: the key never existed", check: "unknown_id_accepted",
		late: isUnauthorized, codes: slices.Concat(tokenCodes, routingCodes, limitCodes),
	}
	badInput = expectation{
		not:  []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone},
		want: "a 4XX about the request body, which is invalid", check: "bad_input_accepted",
		late: func(status int) bool { return isUnauthorized(status) || isMissing(status) },
	}
	unknownAccount = expectation{want: "a 4XX: the token is not for this account", check: "ignored_auth"}
	full           = expectation{want: "a 4XX: the account has 1,000 keys already", check: "limit_not_enforced"}
	noToken        = expectation{want: "a 4XX: the token is missing", check: "ignored_auth", pages: true}
	foreignToken   = expectation{want: "a 4XX: the token is another account's", check: "ignored_auth"}
	foreignKey     = expectation{want: "a 4XX: the key is another account's", check: "unknown_id_accepted"}
	unknownID      = expectation{want: "a 4XX: no key has this id", check: "unknown_id_accepted", pages: true}
)

// elsewhere returns what is expected if the address is not even one of the API's.
func (e expectation) elsewhere() expectation {
	e.pages = true
	return e
}

// unlimited is for a name that the document permits, but that a server may find too long.
func (e expectation) unlimited() expectation {
	e.optional = true
	return e
}

func (e expectation) isSuccess() bool { return e.want == "" }

func (e expectation) permits(status int) bool {
	if len(e.statuses) > 0 {
		return slices.Contains(e.statuses, status)
	}
	return status/100 == 4 && !slices.Contains(e.not, status)
}

func (e expectation) isLate(status int) bool { return e.late != nil && e.late(status) }

// judgeStatus returns what is wrong with the status of a response. The document's own check reports what is undocumented.
func (a response) judgeStatus() []finding {
	e, at := a.want, finding{at: "status"}
	switch {
	case a.unsent:
	case a.status == 0:
		return []finding{at.because("no_response", a.silence())}
	case e.isSuccess() && a.status < 400, e.open && a.status/100 == 4, !e.isSuccess() && e.permits(a.status):
		return a.judgeCodes()
	case e.isSuccess() && a.status/100 == 4:
		at.late, at.notice = e.isLate(a.status), e.optional && !e.isLate(a.status)
		if at.notice {
			return []finding{at.because("rejected", fmt.Sprintf("rejected with %d", a.status))}
		}
		check := "good_input_rejected"
		if isMissing(a.status) && a.about != nil && isOnKey(a.Operation) {
			check = "missing_after_create"
		}
		return []finding{at.because(check, fmt.Sprintf("want %d at this point in the run", a.Success))}
	case a.status >= 500 && a.undocumented:
		return []finding{at.because("server_error", "want a 4XX: the request is wrong, not the server")}
	case a.status >= 500, a.status/100 == 3, e.pages && (!a.enveloped || a.status/100 != 2 || a.Operation != listTurnKeys && len(a.results) > 0):
	case a.status/100 == 2:
		at.late = e.isLate(a.status)
		return []finding{at.because(e.check, "want "+e.want)}
	default:
		at.late = e.isLate(a.status)
		return []finding{at.because("wrong_status", "want "+e.want)}
	}
	return nil
}

// silence says for how long there was no response, or how the connection ended.
func (a response) silence() string {
	if errors.Is(a.err, context.DeadlineExceeded) {
		return fmt.Sprintf("no response within %s", a.elapsed.Round(time.Second))
	}
	return fmt.Sprintf("no response: %v", a.err)
}

// judgeCodes reports codes that are known to say something else than the status.
func (a response) judgeCodes() (all []finding) {
	for i, code := range a.codes {
		if slices.Contains(a.want.codes, code) {
			at := finding{at: fmt.Sprintf("/errors/%d/code", i)}
			all = append(all, at.because("wrong_code", fmt.Sprintf("code %d belongs to a different kind of failure", code)))
		}
	}
	return all
}

func (a response) hasCode(codes ...int64) bool {
	return slices.ContainsFunc(a.codes, func(code int64) bool { return slices.Contains(codes, code) })
}

func isMissing(status int) bool { return status == http.StatusNotFound || status == http.StatusGone }

func isUnauthorized(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

// saysTokenIsBad reports whether a response rejects the token.
func (a response) saysTokenIsBad() bool {
	return isUnauthorized(a.status) || a.status == http.StatusBadRequest && a.hasCode(tokenCodes...)
}

// isFromElsewhere reports whether a response looks like one from an address without such an API, or from a server that
// is down.
func (a response) isFromElsewhere() bool {
	return a.status >= 500 || !a.isJSON || a.status == http.StatusNotFound || a.hasCode(routingCodes...)
}
