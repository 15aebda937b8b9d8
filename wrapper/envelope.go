package turnkeys

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxBody bounds the memory that one answer may take; 1,000 keys need less than 1 MiB.
const maxBody = 16 << 20

// envelope is what every answer consists of.
type envelope[T any] struct {
	Success  bool     `json:"success"`
	Errors   messages `json:"errors"`
	Messages messages `json:"messages"`
	Result   *T       `json:"result"`
}

// messages leaves out what it cannot read: a malformed notice must cost neither a result nor a status.
type messages []Message

func (m *messages) UnmarshalJSON(data []byte) error {
	_ = json.Unmarshal(data, (*[]Message)(m))
	return nil
}

// unwrap is the only place that reads a response. It returns the result of a call that worked, and an *Error for
// everything else; check says what a result lacks, and gets nil for one that is null.
func unwrap[T any](call *call, response *http.Response, err error, check func(*T) error) (T, error) {
	var none T
	if err != nil {
		return none, call.unanswered(err)
	}
	body, readErr := readBody(response)

	answer := envelope[T]{Result: new(T)} // null makes it nil, leaving it out does not
	decodeErr := json.Unmarshal(body, &answer)
	switch {
	case readErr != nil:
		return none, call.failed(response, body, answer.Errors, answer.Messages).because(readErr)
	case response.StatusCode < 200, response.StatusCode > 299, !answer.Success && len(answer.Errors) > 0:
		return none, call.failed(response, body, answer.Errors, answer.Messages)
	case decodeErr != nil:
		err = describeDecodeError(decodeErr)
	case !answer.Success:
		err = errors.New("the answer does not say success: true")
	default:
		err = check(answer.Result)
	}
	if err != nil {
		return none, call.failed(response, body, answer.Errors, answer.Messages).because(err)
	}
	if answer.Result == nil {
		return none, nil
	}
	return *answer.Result, nil
}

func readBody(response *http.Response) ([]byte, error) {
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	switch {
	case err != nil:
		return body, fmt.Errorf("the answer was cut off: %w", err)
	case len(body) > maxBody:
		return body[:maxBody], fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)
	}
	return body, nil
}

// describeDecodeError says what encoding/json found, without the values that its texts quote.
func describeDecodeError(err error) error {
	if syntaxErr, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("the answer is not one JSON document: %w", syntaxErr)
	}
	if typeErr, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("the answer has the wrong JSON type at %q", typeErr.Field)
	}
	return errors.New("the answer has a timestamp that is not RFC 3339")
}
