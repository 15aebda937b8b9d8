package contract

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// Exchange is one request and its response, complete.
type Exchange struct {
	Method   string
	URL      *url.URL
	Request  Message
	Response Message
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

// How reading a body can end other than at the body's end.
var (
	// ErrPartial means that the reader stopped early, which is no fault of the message.
	ErrPartial = errors.New("the reader of the body stopped before its end")
	// ErrTooLarge means that the body has more than 16 MiB, and was not kept.
	ErrTooLarge = errors.New("the body is larger than 16 MiB")
)

// maxBody is how much of a body is checked.
const maxBody = 16 << 20

// length is how many bytes the body has, as far as the message tells.
func (m Message) length() int64 {
	announced, _ := strconv.ParseInt(m.Header.Get("Content-Length"), 10, 64)
	return max(int64(len(m.Body)), announced)
}

// partial reports whether more of the body may be missing without a fault of the message.
func (m Message) partial() bool { return errors.Is(m.Err, ErrPartial) }

// Secrets are values that an exchange may contain in one place only.
type Secrets struct {
	// Keys are secrets of TURN keys: values of fields with format: password.
	Keys []string
	// Tokens are API tokens.
	Tokens []string
}

// With returns the secrets of both, without those that are too short to be told from other text.
func (s Secrets) With(more Secrets) Secrets {
	return Secrets{union(s.Keys, more.Keys), union(s.Tokens, more.Tokens)}
}

func union(list, more []string) []string {
	list = slices.Clip(list)
	for _, secret := range more {
		if len(secret) >= credentials.ShortestSecret && !slices.Contains(list, secret) {
			list = append(list, secret)
		}
	}
	return list
}

func (s Secrets) all() []string { return slices.Concat(s.Keys, s.Tokens) }

func containsAny(text string, secrets []string) bool {
	return slices.ContainsFunc(secrets, func(secret string) bool {
		return len(secret) >= credentials.ShortestSecret && strings.Contains(text, secret)
	})
}

// Checked is an exchange and what is wrong with it.
type Checked struct {
	// OperationID and Path, a template, are "" if no operation is documented for the request.
	OperationID string `json:"operationId,omitempty"`
	Method      string `json:"method"`
	Path        string `json:"path,omitempty"`
	// Status is the response's, or 0 if there was none.
	Status int `json:"status,omitempty"`
	// Documented is the name of the response in the document, such as "201" or "4XX", or "" if it has none.
	Documented string `json:"documented,omitempty"`
	// Elapsed is the time until the end of the response body; [Document.Examine] does not set it.
	Elapsed    time.Duration `json:"elapsedNanoseconds"`
	Violations []Violation   `json:"violations,omitempty"`
}
