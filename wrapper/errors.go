package turnkeys

import (
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
	// ErrNotFound: there is no such key (404, or Cloudflare's code 20008).
	ErrNotFound = errors.New("turnkeys: not found")
	// ErrUnauthorized: the token is malformed, wrong, or lacks "Calls Write" for the account, or the account has no
	// TURN service (401, 403, or 400 with code 6003 or 6111). A token made seconds ago may not work yet.
	ErrUnauthorized = errors.New("turnkeys: unauthorized")
	// ErrRateLimited: too many calls, 1,200 in five minutes being the limit (429). See Error.RetryAfter.
	ErrRateLimited = errors.New("turnkeys: rate limited")
	// ErrBadResponse: the answer is not what Cloudflare documents: cut off, too large, not JSON, or without the result.
	ErrBadResponse = errors.New("turnkeys: bad response")
	// ErrOutcomeUnknown: nobody can tell whether a create worked. A key may exist whose secret is lost: look for it with
	// List and delete it. If there was an answer, Error.RawBody holds what came of it, possibly with the secret.
	ErrOutcomeUnknown = errors.New("turnkeys: outcome unknown")
)

// Codes that Cloudflare's envelopes carry.
const (
	codeInvalidHeaders      = 6003
	codeMalformedAuthHeader = 6111
	codeKeyNotFound         = 20008
)

// Message is a numbered notice from Cloudflare.
type Message = generated.Message

// Error says why a call failed. Its text is one line of at most 512 bytes, and holds no secret.
type Error struct {
	// Operation is the operationId in openapi.yaml, such as "getTurnKey".
	Operation string
	// StatusCode is the answer's HTTP status, or 0 if there was no answer.
	StatusCode int
	// Errors and Messages are Cloudflare's, empty where the answer had none.
	Errors, Messages []Message
	// RayID is the answer's CF-Ray, which Cloudflare's support asks for, or "".
	RayID string
	// RetryAfter is how long Cloudflare asked to wait before the next call, or 0.
	RetryAfter time.Duration
	// Attempts is how often the request was sent, or tried to be: 0 if it was refused before that.
	Attempts int

	cause          error
	badResponse    bool
	outcomeUnknown bool
	rawBody        func() []byte // a closure for the reason given at Secret
}

// RawBody returns the answer's body as far as it was read. It may hold a secret.
func (e *Error) RawBody() []byte {
	if e.rawBody == nil {
		return nil
	}
	return e.rawBody()
}

// Is reports whether target is one of the sentinels that e matches; see them for what each means.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.StatusCode == http.StatusNotFound || e.hasCode(codeKeyNotFound)
	case ErrUnauthorized:
		return e.StatusCode == http.StatusUnauthorized || e.StatusCode == http.StatusForbidden ||
			e.StatusCode == http.StatusBadRequest && e.hasCode(codeInvalidHeaders, codeMalformedAuthHeader)
	case ErrRateLimited:
		return e.StatusCode == http.StatusTooManyRequests
	case ErrBadResponse:
		return e.badResponse
	case ErrOutcomeUnknown:
		return e.outcomeUnknown
	}
	return false
}

// Unwrap returns the cause: the transport's error, the context's, or what is wrong with the answer; nil if Cloudflare
// refused the call.
func (e *Error) Unwrap() error { return e.cause }

// because adds what is wrong with an answer, or the context's end that kept it from being read.
func (e *Error) because(cause error) *Error {
	e.cause = cause
	e.badResponse = !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded)
	return e
}

func (e *Error) hasCode(codes ...int) bool {
	return slices.ContainsFunc(e.Errors, func(m Message) bool { return slices.Contains(codes, m.Code) })
}

// Error returns operation, status, Cloudflare's codes and texts or the cause, what to do, CF-Ray and attempts.
func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString("turnkeys: " + e.Operation)
	if e.StatusCode != 0 {
		text.WriteString(strings.TrimRight(fmt.Sprintf(": %d %s", e.StatusCode, http.StatusText(e.StatusCode)), " "))
	}
	if reason := e.reason(); reason != "" {
		text.WriteString(": " + oneLine(reason, 240))
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

// Format writes Error's text, whatever the verb, so that %#v and %d do not print the fields.
func (e *Error) Format(state fmt.State, verb rune) {
	text := e.Error()
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(state, text)
}

func (e *Error) reason() string {
	if e.cause != nil {
		return e.cause.Error()
	}
	reasons := make([]string, 0, len(e.Errors))
	for _, m := range e.Errors {
		reasons = append(reasons, fmt.Sprintf("%s (code %d)", m.Message, m.Code))
	}
	return strings.Join(reasons, ", ")
}

func (e *Error) hint() string {
	switch {
	case e.outcomeUnknown:
		return "a key may exist whose secret is lost: look for it with List and delete it"
	case e.Is(ErrUnauthorized):
		return `check the API token, its permission "Calls Write" and the account id`
	case e.Is(ErrRateLimited) && e.RetryAfter > 0:
		return fmt.Sprintf("try again in %s", e.RetryAfter.Round(time.Second))
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
