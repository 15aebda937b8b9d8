package turnkeys

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/generated"
)

// The sentinels that an [*Error] may match. Test for them with [errors.Is].
var (
	// ErrNotFound: the key does not exist. A 404 that is not from the API, or reports a wrong URL, does not match.
	ErrNotFound = errors.New("turnkeys: not found")
	// ErrUnauthorized: the token is invalid or too new, or lacks the permission, or the account has no TURN service.
	ErrUnauthorized = errors.New("turnkeys: unauthorized")
	// ErrRateLimited: too many calls. The limit is 1,200 in five minutes. See Error.RetryAfter.
	ErrRateLimited = errors.New("turnkeys: rate limited")
	// ErrBadResponse: the response is not as documented: it is truncated, too large, not JSON, or has no result.
	ErrBadResponse = errors.New("turnkeys: bad response")
	// ErrOutcomeUnknown: a create may have made a key whose secret is lost. Find it with List, by name and time, and delete
	// it. Error.RawBody returns the part of the response that arrived, perhaps with the secret.
	ErrOutcomeUnknown = errors.New("turnkeys: outcome unknown")
	sentinels         = []error{ErrNotFound, ErrUnauthorized, ErrRateLimited, ErrBadResponse, ErrOutcomeUnknown}
)

// Message is an error or a notice from Cloudflare. It has a Code (int) and a Message (string), and may have a
// DocumentationURL (*string), and a Source.Pointer (*string), a JSON pointer to the part of the request it is about.
type Message = generated.Message

// Error is the error of a failed call. Its text is one line of at most 512 bytes, without secrets. One that a test
// makes from the exported fields matches the sentinels too, except [ErrBadResponse] and [ErrOutcomeUnknown]: wrap those.
type Error struct {
	Operation        string        // the operationId in openapi.yaml, such as "getTurnKey"
	StatusCode       int           // the HTTP status of the response, or 0 if there was none
	Errors, Messages []Message     // from the API, or one Error from Cloudflare's edge (a problem document, RFC 9457)
	RayID            string        // the CF-Ray header of the response, which Cloudflare's support asks for, or ""
	RetryAfter       time.Duration // how long the server asks to wait before the next call, or 0
	Attempts         int           // the number of attempts to send the request, 0 if there was none

	cause                       error
	rawBody                     func() []byte // a function, so that no printer finds a secret in it
	notFromAPI                  bool          // not a failure envelope of the API; false if a test made the Error
	incomplete                  bool          // the response was lost or truncated
	badResponse, outcomeUnknown bool
}

// responseError returns the error of a call that got a response but no result; why says what is wrong with it.
func (c *Client) responseError(op operation, r *response, why error) *Error {
	d := r.document()
	e := &Error{
		Operation: op.id, StatusCode: r.status, Errors: d.Errors, Messages: d.Messages,
		RayID: strings.TrimSpace(r.header.Get("CF-Ray")), RetryAfter: retryAfter(r.header),
		rawBody: func() []byte { return slices.Clone(r.body) }, notFromAPI: !d.isFailure(),
		incomplete: r.readErr != nil && !errors.Is(r.readErr, errTooLarge),
	}
	if text := strings.Trim(d.Title+": "+d.Detail, ": "); e.notFromAPI && (text != "" || d.ErrorCode != 0) {
		e.Errors = []Message{{Code: d.ErrorCode, Message: text}}
	}
	if op.deletes && r.isSuccess() && d.Success != false {
		why = fmt.Errorf("the status says that the key is deleted, but %w", why)
	}
	e.redact(func(text string) string { return c.redact(text, d.Result.Key, d.Result.Secret) })
	rejected := !e.notFromAPI && errors.Is(why, errNoSuccess) // a failure envelope, even in a 2xx
	if r.readErr != nil || r.isSuccess() && !rejected {
		e.cause = why
		e.badResponse = !errors.Is(why, context.Canceled) && !errors.Is(why, context.DeadlineExceeded)
	}
	e.outcomeUnknown = op.creates && (d.hasNewKey() || !e.isRejection())
	return e
}

// isRejection reports whether a create made no key. A gateway may send 408, 409 or 499 although the API made a key.
func (e *Error) isRejection() bool {
	switch {
	case e.Is(ErrRateLimited):
		return true
	case e.StatusCode >= 200 && e.StatusCode <= 299:
		return e.cause == nil
	case slices.Contains([]int{408, 409, 499}, e.StatusCode):
		return e.isFromAPI()
	}
	return e.StatusCode >= 400 && e.StatusCode <= 499
}

// RawBody returns a copy of the response body, as far as it was read. It may contain a secret.
func (e *Error) RawBody() []byte {
	if e.rawBody == nil {
		return nil
	}
	return e.rawBody()
}

// Unwrap returns the error of the transport or the context, or what is wrong with the response; nil for a rejection.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is one of the sentinels that e matches.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.hasCode(20008) || e.StatusCode == 404 && e.isFromAPI() && !e.hasCode(7000, 7003)
	case ErrUnauthorized:
		return e.StatusCode == 401 || e.StatusCode == 403 && e.isFromAPI() ||
			e.StatusCode == 400 && e.hasCode(6003, 6111, 9106, 9109, 10000, 10001)
	case ErrRateLimited:
		return e.StatusCode == 429 || e.hasCode(971, 10100)
	case ErrBadResponse:
		return e.badResponse
	case ErrOutcomeUnknown:
		return e.outcomeUnknown
	}
	return false
}

func (e *Error) isFromAPI() bool { return len(e.Errors) > 0 && !e.notFromAPI }

func (e *Error) hasCode(codes ...int) bool {
	return e.isFromAPI() && slices.ContainsFunc(e.Errors, func(m Message) bool { return slices.Contains(codes, m.Code) })
}

var edgeStatuses = map[int]string{
	520: "(Cloudflare: unknown error)", 521: "(Cloudflare: web server is down)", 522: "(Cloudflare: connection timed out)",
	523: "(Cloudflare: origin is unreachable)", 524: "(Cloudflare: a timeout occurred)",
	525: "(Cloudflare: TLS handshake failed)", 526: "(Cloudflare: invalid TLS certificate)",
}

// Error returns the operation, the status, Cloudflare's errors or the cause, what to do, CF-Ray and the attempts.
func (e *Error) Error() string {
	text := strings.TrimSuffix("turnkeys: "+e.Operation, ": ")
	if e.StatusCode != 0 {
		words := cmp.Or(http.StatusText(e.StatusCode), edgeStatuses[e.StatusCode], "(unregistered status)")
		text += fmt.Sprintf(": %d %s", e.StatusCode, words)
	}
	if reason := e.reason(); reason != "" {
		text += ": " + oneLine(reason, 220)
	}
	text += e.advice()
	if e.RetryAfter > 0 {
		text += fmt.Sprintf("; try again in %s", max(e.RetryAfter.Round(time.Second), time.Second))
	}
	if e.RayID != "" {
		text += "; CF-Ray " + oneLine(e.RayID, 40)
	}
	if e.Attempts > 1 {
		text += fmt.Sprintf("; %d attempts", e.Attempts)
	}
	return text
}

func (e *Error) reason() string {
	var reasons []string
	if e.cause != nil {
		reasons = append(reasons, e.cause.Error())
	}
	for _, m := range e.Errors[:min(len(e.Errors), 10)] {
		if m.Code != 0 {
			m.Message += fmt.Sprintf(" (code %d)", m.Code)
		}
		reasons = append(reasons, strings.TrimSpace(m.Message))
	}
	return strings.Join(slices.DeleteFunc(reasons, func(reason string) bool { return reason == "" }), ", ")
}

func (e *Error) advice() string {
	switch {
	case e.outcomeUnknown && len(e.RawBody()) > 0:
		return "; a key may exist whose secret is lost: look for it with List and delete it; RawBody has the response"
	case e.outcomeUnknown:
		return "; a key may exist whose secret is lost: look for it with List and delete it"
	case e.Is(ErrUnauthorized):
		return `; check the API token, its permission "Calls Write" and the account id`
	case e.StatusCode == 403:
		return "; blocked before it reached the API: quote the CF-Ray, if there is one, to Cloudflare's support"
	case e.StatusCode == 404 && !e.Is(ErrNotFound), e.StatusCode >= 300 && e.StatusCode <= 399, e.hasCode(7000, 7003):
		return "; is the base URL right?"
	}
	return ""
}

// oneLine escapes what is not printable, so that a response cannot forge lines of a log, and cuts at limit bytes.
func oneLine(text string, limit int) string {
	text = strconv.Quote(text[:min(len(text), limit+1)])
	text = strings.ReplaceAll(text[1:len(text)-1], `\"`, `"`)
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit-len("…")], "") + "…"
	}
	return text
}
