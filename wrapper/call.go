package turnkeys

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// call is one use of an operation: the context that its requests carry, and what the transport learned about them.
type call struct {
	context.Context

	operation  string
	mask       mask
	attempts   int
	connection connection
	unsettled  bool // the last attempt may have reached the server, and no answer came back
}

type callKey struct{}

func (c *Client) newCall(ctx context.Context, operation string) *call {
	return &call{Context: ctx, operation: operation, mask: c.mask}
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
		cause:          c.explain(err),
		outcomeUnknown: c.creates() && c.unsettled,
	}
}

// explain makes an error of the transport's fit to show, and match the context's end if that is what it stems from:
// net/http returns the cause that the caller gave for it.
func (c *call) explain(err error) error {
	if ctxErr := c.Err(); ctxErr != nil && !errors.Is(err, ctxErr) && errors.Is(err, context.Cause(c)) {
		err = fmt.Errorf("%w: %w", ctxErr, err)
	}
	return c.mask.error(err)
}

// failed is the error of a call that got a response, but not the result.
func (c *call) failed(response *http.Response, body []byte, errs, msgs []Message) *Error {
	refused := response.StatusCode >= 300 && response.StatusCode <= 499
	return &Error{
		Operation:      c.operation,
		StatusCode:     response.StatusCode,
		Errors:         c.mask.messages(errs),
		Messages:       c.mask.messages(msgs),
		RayID:          c.mask(response.Header.Get("CF-Ray")),
		RetryAfter:     retryAfter(response.Header),
		Attempts:       c.attempts,
		outcomeUnknown: c.creates() && !refused,
		rawBody:        func() []byte { return body },
	}
}

func (c *call) creates() bool { return c.operation == "createTurnKey" }
