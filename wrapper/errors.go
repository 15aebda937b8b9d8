package turnkeys

import (
	"bytes"
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
	// ErrNotFound: the key does not exist. Cloudflare said so with code 20008, or with a 404 in its own envelope. A 404
	// of another kind means a wrong base URL or account id, and does not match.
	ErrNotFound = errors.New("turnkeys: not found")
	// ErrUnauthorized: the token is malformed, wrong or lacks the permission, or the account has no TURN service. The
	// status is 401, 403, or 400 with code 6003, 6111, 9106 or 10001. A token made seconds ago may not work yet.
	ErrUnauthorized = errors.New("turnkeys: unauthorized")
	// ErrRateLimited: too many calls (429). See Error.RetryAfter. The limit is 1,200 calls in five minutes.
	ErrRateLimited = errors.New("turnkeys: rate limited")
	// ErrBadResponse: the answer is not what Cloudflare documents. It is cut off, too large, not JSON, or has no result.
	ErrBadResponse = errors.New("turnkeys: bad response")
	// ErrOutcomeUnknown: nobody can tell whether a create worked. A key may exist whose secret is lost. Find it with
	// List, by name and time, and delete it. Error.RawBody holds as much of the answer as arrived, perhaps with the secret.
	ErrOutcomeUnknown = errors.New("turnkeys: outcome unknown")
)

// Codes that Cloudflare's failures carry.
var (
	codesOfBadToken   = []int{6003, 6111, 9106, 10001}
	codesOfBadRouting = []int{7000, 7003}
)

const codeKeyNotFound = 20008

// Message is an error or a notice from Cloudflare:
//
//	Code              int      Cloudflare's number for it
//	Message           string   its text
//	DocumentationURL  *string  where it is explained, or nil
//	Source.Pointer    *string  the part of the request that it is about, as a JSON pointer; Source may be nil
type Message = generated.Message

// Error says why a call failed. Its text is one line of at most 512 bytes and shows no secret.
type Error struct {
	// Operation is the operationId in openapi.yaml, such as "getTurnKey".
	Operation string
	// StatusCode is the HTTP status of the answer, or 0 if there was none.
	StatusCode int
	// Errors and Messages are Cloudflare's. They are empty if the answer had none.
	Errors, Messages []Message
	// RayID is the answer's CF-Ray, which Cloudflare's support asks for, or "".
	RayID string
	// RetryAfter is how long Cloudflare asked to wait before the next call, or 0.
	RetryAfter time.Duration
	// Attempts is how often the request was sent, or tried to be. It is 0 if the call failed before that.
	Attempts int

	cause           hidden[error]
	rawBody         hidden[[]byte]
	failureEnvelope bool // Cloudflare itself refused the call
	incomplete      bool // no answer came, or it was cut off
	badResponse     bool
	outcomeUnknown  bool
}

// refuse is the error of a call that was never sent.
func refuse(op operation, cause error) *Error {
	return &Error{Operation: op.id, cause: hide(cause)}
}

// failed is the error of a call that got an answer but no result. Why says what is wrong with the answer.
func (c *Client) failed(op operation, a answer, why error) *Error {
	e := a.firstDocument()
	secrets := []string{c.apiToken.get(), e.Result.SecretAsKey, e.Result.SecretAsSecret}
	failure := &Error{
		Operation:       op.id,
		StatusCode:      a.status,
		Errors:          redactMessages(e.Errors, secrets...),
		Messages:        redactMessages(e.Messages, secrets...),
		RayID:           redact(a.header.Get("CF-Ray"), secrets...),
		RetryAfter:      retryAfter(a.header),
		rawBody:         hide(a.body),
		failureEnvelope: len(e.Errors) > 0 && e.Success != worked,
		incomplete:      a.readErr != nil && !errors.Is(a.readErr, errTooLarge),
	}
	refused := failure.failureEnvelope && errors.Is(why, errNoSuccess)
	if a.readErr != nil || a.isSuccess() && !refused {
		failure.cause = hide(why)
		failure.badResponse = !errors.Is(why, context.Canceled) && !errors.Is(why, context.DeadlineExceeded)
	}
	failure.outcomeUnknown = op.creates && (e.Result.isComplete() || !failure.isRefusal())
	return failure
}

// isRefusal reports whether the status proves that a create made nothing. A gateway may send 408, 409 or 499 about a
// request that Cloudflare carried out; an envelope shows that it comes from Cloudflare.
func (e *Error) isRefusal() bool {
	switch e.StatusCode {
	case http.StatusRequestTimeout, http.StatusConflict, 499:
		return e.failureEnvelope
	}
	return e.StatusCode >= 400 && e.StatusCode <= 499
}

// RawBody returns a copy of the answer's body, as far as it was read. It may hold a secret.
func (e *Error) RawBody() []byte { return bytes.Clone(e.rawBody.get()) }

// Is reports whether target is one of the sentinels that e matches.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.hasCode(codeKeyNotFound) || e.StatusCode == http.StatusNotFound && !e.isBadAddress()
	case ErrUnauthorized:
		return e.StatusCode == http.StatusUnauthorized || e.StatusCode == http.StatusForbidden ||
			e.StatusCode == http.StatusBadRequest && e.hasCode(codesOfBadToken...)
	case ErrRateLimited:
		return e.StatusCode == http.StatusTooManyRequests
	case ErrBadResponse:
		return e.badResponse
	case ErrOutcomeUnknown:
		return e.outcomeUnknown
	}
	return false
}

// Unwrap returns the cause: the transport's error, the context's, or what is wrong with the answer. It is nil if
// Cloudflare refused the call.
func (e *Error) Unwrap() error { return e.cause.get() }

func (e *Error) hasCode(codes ...int) bool {
	return slices.ContainsFunc(e.Errors, func(m Message) bool { return slices.Contains(codes, m.Code) })
}

// isBadAddress reports whether the answer speaks of the address of the request rather than of a key.
func (e *Error) isBadAddress() bool {
	return e.hasCode(codesOfBadRouting...) || e.StatusCode == http.StatusNotFound && !e.failureEnvelope ||
		e.StatusCode >= 300 && e.StatusCode <= 399
}

// Error returns the operation, the status, Cloudflare's errors or the cause, what to do, CF-Ray and the attempts.
func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString("turnkeys: " + e.Operation)
	if e.StatusCode != 0 {
		text.WriteString(strings.TrimRight(fmt.Sprintf(": %d %s", e.StatusCode, http.StatusText(e.StatusCode)), " "))
	}
	if reason := e.reason(); reason != "" {
		text.WriteString(": " + oneLine(reason, 220))
	}
	if hint := e.hint(); hint != "" {
		text.WriteString("; " + hint)
	}
	if e.RayID != "" {
		text.WriteString("; CF-Ray " + oneLine(e.RayID, 40))
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&text, "; %d attempts", e.Attempts)
	}
	return text.String()
}

// Format writes the text of Error, whatever the verb, so that %#v and %d do not print the fields.
func (e *Error) Format(state fmt.State, verb rune) {
	text := e.Error()
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(state, text)
}

func (e *Error) reason() string {
	if cause := e.Unwrap(); cause != nil {
		return cause.Error()
	}
	var reasons []string
	for _, m := range e.Errors {
		reasons = append(reasons, fmt.Sprintf("%s (code %d)", m.Message, m.Code))
	}
	return strings.Join(reasons, ", ")
}

func (e *Error) hint() string {
	switch {
	case e.outcomeUnknown && len(e.rawBody.get()) > 0:
		return "a key may exist whose secret is lost: look for it with List and delete it; RawBody holds the answer"
	case e.outcomeUnknown:
		return "a key may exist whose secret is lost: look for it with List and delete it"
	case e.Is(ErrUnauthorized):
		return `check the API token, its permission "Calls Write" and the account id`
	case e.Is(ErrRateLimited) && e.RetryAfter > 0:
		return fmt.Sprintf("try again in %s", e.RetryAfter.Round(time.Second))
	case !e.Is(ErrNotFound) && e.isBadAddress():
		return "is the base URL right?"
	}
	return ""
}

// oneLine escapes what is not printable, so that an answer cannot forge lines of a log, and cuts at limit bytes.
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
