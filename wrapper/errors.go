package turnkeys

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/generated"
)

// Compare an error with these through errors.Is.
var (
	// ErrNotFound: the key does not exist. Cloudflare reports it with code 20008, or with a 404 in its own envelope. Any
	// other 404 comes from a wrong base URL or account id, and does not match.
	ErrNotFound = errors.New("turnkeys: not found")
	// ErrUnauthorized: the token is malformed, wrong or lacks the permission, or the account has no TURN service. The
	// status is 401, 403 in Cloudflare's envelope, or 400 with code 6003, 6111, 9106, 9109, 10000 or 10001. A new token
	// may not work for some seconds.
	ErrUnauthorized = errors.New("turnkeys: unauthorized")
	// ErrRateLimited: too many calls (429, or code 971 or 10100). See Error.RetryAfter. The limit is 1,200 calls in five
	// minutes.
	ErrRateLimited = errors.New("turnkeys: rate limited")
	// ErrBadResponse: the response is not what Cloudflare documents. It is truncated, too large, not JSON, or has no
	// result.
	ErrBadResponse = errors.New("turnkeys: bad response")
	// ErrOutcomeUnknown: it is unknown whether a create succeeded. A key may exist whose secret is lost. Find it with List,
	// by name and time, and delete it. Error.RawBody is what arrived of the response, perhaps with the secret.
	ErrOutcomeUnknown = errors.New("turnkeys: outcome unknown")
)

// Codes in Cloudflare's failure envelopes.
var (
	codesOfBadToken   = []int{6003, 6111, 9106, 9109, 10000, 10001}
	codesOfBadRouting = []int{7000, 7003}
	codesOfRateLimit  = []int{971, 10100}
)

const codeKeyNotFound = 20008

// Message is an error or a notice from Cloudflare:
//
//	Code              int      Cloudflare's code for it
//	Message           string   its text
//	DocumentationURL  *string  where it is explained, or nil
//	Source.Pointer    *string  the part of the request that it is about, as a JSON pointer; Source may be nil
type Message = generated.Message

// Error is why a call failed. Its text is one line of at most 512 bytes, without secrets. A test can make one from the
// exported fields; it then matches [ErrNotFound], [ErrUnauthorized] and [ErrRateLimited] as a real one does.
type Error struct {
	// Operation is the operationId in openapi.yaml, such as "getTurnKey".
	Operation string
	// StatusCode is the HTTP status of the response, or 0 if there was none.
	StatusCode int
	// Errors and Messages are Cloudflare's. They are empty if the response had none. If the response is a problem document
	// (RFC 9457), Errors has its error_code, title and detail.
	Errors, Messages []Message
	// RayID is the CF-Ray header of the response, which Cloudflare's support asks for, or "".
	RayID string
	// RetryAfter is how long the server asks to wait before the next call, or 0.
	RetryAfter time.Duration
	// Attempts is the number of attempts to send the request. It is 0 if the call failed before the first.
	Attempts int

	cause          error
	rawBody        func() []byte // a function, so that no printer sees a secret in it
	notAPI         bool          // Errors are not from a failure envelope of the API
	incomplete     bool          // the response was lost or truncated
	badResponse    bool
	outcomeUnknown bool
}

// unsent is the error of a call that was never sent.
func unsent(op operation, cause error) *Error { return &Error{Operation: op.id, cause: cause} }

// failed is the error of a call that got a response but no result. Why is what is wrong with the response.
func (c *Client) failed(op operation, r *response, why error) *Error {
	d := r.document()
	e := &Error{
		Operation: op.id, StatusCode: r.status, Errors: d.Errors, Messages: d.Messages, RayID: r.header.Get("CF-Ray"),
		RetryAfter: retryAfter(r.header),
		rawBody:    func() []byte { return r.body },
		notAPI:     !d.isFailure(),
		incomplete: r.readErr != nil && !errors.Is(r.readErr, errTooLarge),
	}
	if e.notAPI && d.Title != "" {
		e.Errors = []Message{{Code: d.ErrorCode, Message: strings.TrimRight(d.Title+": "+d.Detail, ": ")}}
	}
	hide := func(text string) string { return c.redact(text, d.Result.Key, d.Result.Secret) }
	redactMessages(e.Errors, hide)
	redactMessages(e.Messages, hide)
	e.RayID = hide(e.RayID)

	rejected := d.isFailure() && errors.Is(why, errNoSuccess)
	if r.readErr != nil || r.isSuccess() && !rejected {
		e.cause = why
		e.badResponse = !errors.Is(why, context.Canceled) && !errors.Is(why, context.DeadlineExceeded)
	}
	e.outcomeUnknown = op.creates && (d.hasNewKey() || !e.isRejection())
	return e
}

// isRejection reports whether the response proves that a create made nothing. A gateway may send 408, 409 or 499 about
// a request that Cloudflare carried out; a failure envelope shows that the response is Cloudflare's.
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
func (e *Error) RawBody() []byte { return bytes.Clone(e.body()) }

func (e *Error) body() []byte {
	if e.rawBody == nil {
		return nil
	}
	return e.rawBody()
}

// Is reports whether target is one of the sentinels that e matches.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.hasCode(codeKeyNotFound) || e.StatusCode == 404 && e.isFromAPI() && !e.hasCode(codesOfBadRouting...)
	case ErrUnauthorized:
		return e.StatusCode == 401 || e.StatusCode == 403 && e.isFromAPI() ||
			e.StatusCode == 400 && e.hasCode(codesOfBadToken...)
	case ErrRateLimited:
		return e.StatusCode == 429 || e.hasCode(codesOfRateLimit...)
	case ErrBadResponse:
		return e.badResponse
	case ErrOutcomeUnknown:
		return e.outcomeUnknown
	}
	return false
}

// Unwrap returns the cause: the transport's error, the context's, or what is wrong with the response. It is nil if
// Cloudflare rejected the call.
func (e *Error) Unwrap() error { return e.cause }

// isFromAPI reports whether the response is a failure envelope of the API, not a page of something before it.
func (e *Error) isFromAPI() bool { return len(e.Errors) > 0 && !e.notAPI }

func (e *Error) hasCode(codes ...int) bool {
	return e.isFromAPI() &&
		slices.ContainsFunc(e.Errors, func(m Message) bool { return slices.Contains(codes, m.Code) })
}

// Error returns the operation, the status, Cloudflare's errors or the cause, what to do, CF-Ray and the attempts.
func (e *Error) Error() string {
	parts := []string{"turnkeys"}
	if e.Operation != "" {
		parts = append(parts, e.Operation)
	}
	if e.StatusCode != 0 {
		parts = append(parts, statusText(e.StatusCode))
	}
	if reason := e.reason(); reason != "" {
		parts = append(parts, oneLine(reason, 220))
	}
	text := strings.Join(parts, ": ")
	if advice := e.advice(); advice != "" {
		text += "; " + advice
	}
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

// Format writes the text of Error, whatever the verb, so that %#v and %d do not print the fields.
func (e *Error) Format(state fmt.State, verb rune) {
	text := e.Error()
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(state, text)
}

// statuses are the statuses in use that net/http has no words for.
var statuses = map[int]string{
	499: "client closed the request",
	520: "Cloudflare: unknown error",
	521: "Cloudflare: web server is down",
	522: "Cloudflare: connection timed out",
	523: "Cloudflare: origin is unreachable",
	524: "Cloudflare: a timeout occurred",
	525: "Cloudflare: TLS handshake failed",
	526: "Cloudflare: invalid TLS certificate",
	530: "Cloudflare: error 1XXX",
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("%d %s", status, text)
	}
	return fmt.Sprintf("%d (%s)", status, cmp.Or(statuses[status], "unknown status"))
}

func (e *Error) reason() string {
	if e.cause != nil {
		return e.cause.Error()
	}
	var reasons []string
	for _, m := range e.Errors[:min(len(e.Errors), 10)] {
		reasons = append(reasons, strings.TrimSpace(fmt.Sprintf("%s (code %d)", m.Message, m.Code)))
	}
	return strings.Join(reasons, ", ")
}

// advice is what to do about the error.
func (e *Error) advice() string {
	is3XX := e.StatusCode >= 300 && e.StatusCode <= 399
	switch {
	case e.outcomeUnknown && len(e.body()) > 0:
		return "a key may exist whose secret is lost: look for it with List and delete it; RawBody has the response"
	case e.outcomeUnknown:
		return "a key may exist whose secret is lost: look for it with List and delete it"
	case e.Is(ErrUnauthorized):
		return `check the API token, its permission "Calls Write" and the account id`
	case e.StatusCode == 403 && e.RayID != "":
		return "blocked before it reached the API: quote the CF-Ray to Cloudflare's support"
	case e.StatusCode == 403:
		return "blocked before it reached the API, by a firewall or a proxy"
	case !e.Is(ErrNotFound) && (e.StatusCode == 404 || is3XX || e.hasCode(codesOfBadRouting...)):
		return "is the base URL right?"
	}
	return ""
}

// oneLine escapes what is not printable, so that a response cannot forge lines of a log, and cuts at limit bytes.
func oneLine(s string, limit int) string {
	const more = "…"
	var line strings.Builder
	for _, r := range s {
		char := string(r)
		if !strconv.IsPrint(r) {
			char = strings.Trim(strconv.QuoteRune(r), "'")
		}
		if line.Len()+len(char)+len(more) > limit {
			return line.String() + more
		}
		line.WriteString(char)
	}
	return line.String()
}
