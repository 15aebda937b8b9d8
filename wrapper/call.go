package turnkeys

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// call is one use of an operation: the context that its requests carry, and what the transport learned about them.
type call struct {
	context.Context

	operation string
	attempts  int
	unsettled bool // the last attempt may have reached the server, and no answer came back
}

type callKey struct{}

func newCall(ctx context.Context, operation string) *call {
	return &call{Context: ctx, operation: operation}
}

// Value lets the transport find the call in a context derived from it.
func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

func (c *call) checkKeyID(keyID string) error {
	if err := checkID("key id", keyID); err != nil {
		return &Error{Operation: c.operation, cause: err}
	}
	return nil
}

// unanswered is the error of a call that got no response.
func (c *call) unanswered(err error) *Error {
	if urlErr, ok := errors.AsType[*url.Error](err); ok {
		err = urlErr.Err // without the URL, which says nothing that the operation does not
	}
	return &Error{
		Operation:      c.operation,
		Attempts:       c.attempts,
		cause:          err,
		outcomeUnknown: c.creates() && c.unsettled,
	}
}

// failed is the error of a call that got a response, but not the result.
func (c *call) failed(response *http.Response, body []byte, errs, msgs []Message) *Error {
	refused := response.StatusCode >= 300 && response.StatusCode <= 499
	return &Error{
		Operation:      c.operation,
		StatusCode:     response.StatusCode,
		Errors:         errs,
		Messages:       msgs,
		RayID:          response.Header.Get("CF-Ray"),
		RetryAfter:     retryAfter(response.Header),
		Attempts:       c.attempts,
		outcomeUnknown: c.creates() && !refused,
		rawBody:        func() []byte { return body },
	}
}

func (c *call) creates() bool { return c.operation == "createTurnKey" }
