package turnkeys

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxBody bounds the memory that one answer may take.
const maxBody = 16 << 20

// envelope is what every answer consists of.
type envelope[T any] struct {
	Success  bool     `json:"success"`
	Errors   messages `json:"errors"`
	Messages messages `json:"messages"`
	Result   *T       `json:"result"`

	room T // for Result
}

// messages leaves out what it cannot read: a malformed notice must cost neither a result nor a status.
type messages []Message

func (m *messages) UnmarshalJSON(data []byte) error {
	if string(data) == "[]" { // as in every answer to a call that worked
		return nil
	}
	_ = json.Unmarshal(data, (*[]Message)(m))
	return nil
}

// unwrap is the only place that reads a response. It returns the result of a call that worked, and an *Error for
// everything else. Check says what a result lacks; it gets nil for one that is null, and the error if some of it has the
// wrong JSON type.
func unwrap[T any](call *call, response *http.Response, err error, check func(*T, error) error) (T, error) {
	var none T
	if err != nil {
		return none, call.unanswered(err)
	}
	body, readErr := readBody(response)

	var answer envelope[T]
	answer.Result = &answer.room // null makes it nil, leaving it out does not
	makeRoom(answer.Result, len(body))
	decodeErr := json.Unmarshal(body, &answer)
	typeErr, isTypeErr := errors.AsType[*json.UnmarshalTypeError](decodeErr)
	switch {
	case readErr != nil:
		err = call.explain(readErr)
	case response.StatusCode < 200, response.StatusCode > 299, !answer.Success && len(answer.Errors) > 0:
		return none, call.failed(response, body, answer.Errors, answer.Messages)
	case decodeErr != nil && !isTypeErr:
		err = describeDecodeError(decodeErr)
	case !answer.Success:
		err = errors.New("the answer does not say success: true")
	case isTypeErr:
		err = check(answer.Result, fmt.Errorf("the answer has the wrong JSON type at %q", typeErr.Field))
	default:
		err = check(answer.Result, nil)
	}
	if err != nil {
		return none, call.failed(response, body, answer.Errors, answer.Messages).because(err)
	}
	if answer.Result == nil {
		return none, nil
	}
	return *answer.Result, nil
}

// makeRoom spares a list the copying each time it grows. A list that is left out keeps its one key without a uid.
func makeRoom(result any, bodySize int) {
	const keySize = 128 // in JSON, at the least; in memory it is smaller
	if keys, ok := result.(*[]Key); ok {
		*keys = make([]Key, 1, 1+bodySize/keySize)
	}
}

func readBody(response *http.Response) ([]byte, error) {
	defer func() { _ = response.Body.Close() }()
	limited := io.LimitReader(response.Body, maxBody+1)
	var body []byte
	var err error
	if size := response.ContentLength; size < 0 {
		body, err = io.ReadAll(limited) // which copies less than a slice that doubles
	} else {
		buffer := bytes.NewBuffer(make([]byte, 0, min(size, maxBody)+bytes.MinRead)) // and room to find the end
		_, err = buffer.ReadFrom(limited)
		body = buffer.Bytes()
	}
	switch {
	case len(body) > maxBody:
		return body[:maxBody], fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)
	case err != nil:
		return body, fmt.Errorf("the answer was cut off: %w", err)
	}
	return body, nil
}

// describeDecodeError says what encoding/json found, without the values that its texts quote.
func describeDecodeError(err error) error {
	if syntaxErr, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("the answer is not one JSON document: %w", syntaxErr)
	}
	return errors.New("the answer has a timestamp that is not RFC 3339")
}
