package contract

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// Exchange is one request and its response, complete.
type Exchange struct {
	Method            string
	URL               *url.URL
	Request, Response Message
	// Status is 0 if no response came.
	Status int
}

// Message is a request or a response.
type Message struct {
	Header, Trailer http.Header
	// Body is as much of the body as was read.
	Body []byte
	// Err is how reading the body ended: nil at its end, [ErrPartial] or [ErrTooLarge]. Any other error means that the
	// body is truncated.
	Err error
}

// How reading a body can end, other than at the end of the body.
var (
	// ErrPartial means that the reader stopped early, which is no fault of the message.
	ErrPartial = errors.New("the reader of the body stopped before its end")
	// ErrTooLarge means that the body has more than 16 MiB, and was not kept.
	ErrTooLarge = errors.New("the body is larger than 16 MiB")
)

// maxBody is how much of a body is kept and checked.
const maxBody = 16 << 20

// length is how many bytes the body has, as far as the message tells.
func (m Message) length() int {
	announced, _ := strconv.Atoi(m.Header.Get("Content-Length"))
	return max(len(m.Body), announced)
}

// partial reports whether more of the body may be missing without a fault of the message.
func (m Message) partial() bool { return errors.Is(m.Err, ErrPartial) }

// Secrets are values that belong in one place of an exchange.
type Secrets struct {
	// Keys are secrets of TURN keys: values of fields with format: password.
	Keys []string
	// Tokens are API tokens.
	Tokens []string
}

// With returns the secrets of both.
func (s Secrets) With(more Secrets) Secrets {
	return Secrets{union(s.Keys, more.Keys), union(s.Tokens, more.Tokens)}
}

func union(a, b []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))
}
