package turnkeys

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

const (
	maxBody    = 16 << 20
	maxValues  = 1 << 18   // in the lists of one answer: 1,000 keys hold some 4,000
	maxNotices = 128 << 10 // bytes of errors that are read, and of messages
)

// answer is a response whose body has been read.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	readErr error // the body was cut off or is too large; body holds what came
}

func read(response *http.Response) answer {
	defer func() { _ = response.Body.Close() }()
	a := answer{status: response.StatusCode, header: response.Header}
	if a.status == http.StatusSwitchingProtocols {
		return a // what follows is a bare connection that need not end
	}
	var err error
	if size := response.ContentLength; size > 0 && size <= maxBody {
		var n int
		a.body = make([]byte, size)
		n, err = io.ReadFull(response.Body, a.body)
		a.body = a.body[:n]
	} else {
		a.body, err = io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	}
	switch {
	case len(a.body) > maxBody:
		a.body, a.readErr = a.body[:maxBody], errTooLarge
	case err != nil:
		a.readErr = fmt.Errorf("the answer was cut off: %w", err)
	}
	return a
}

var (
	errTooLarge  = fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)
	errTooMany   = fmt.Errorf("the answer has more than %d values", maxValues)
	errNoSuccess = errors.New("the answer does not say success: true")
	errNoResult  = errors.New("the answer has no result")
	errNoUID     = errors.New("the answer has no result with a uid")
	errNoSecret  = errors.New("the answer's result has no secret, neither as key nor as secret")
)

// envelope is what every answer consists of.
type envelope[T any] struct {
	Success  verdict `json:"success"`
	Errors   notices `json:"errors"`
	Messages notices `json:"messages"`
	Result   T       `json:"result"`
}

// verdict is what an answer says of its success. It is "" if that is missing, or neither true nor false.
type verdict string

const (
	worked verdict = "true"
	failed verdict = "false"
)

func (v *verdict) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "true":
		*v = worked
	case "false":
		*v = failed
	}
	return nil
}

// notices are the first errors or messages. Those that cannot be read must not cost the result or the status.
type notices []Message

func (n *notices) UnmarshalJSON(data []byte) error {
	if string(data) == "[]" {
		return nil // as in nearly every answer
	}
	list := json.NewDecoder(bytes.NewReader(data[:min(len(data), maxNotices)]))
	if start, _ := list.Token(); start != json.Delim('[') {
		return nil
	}
	for list.More() {
		var notice Message
		err := list.Decode(&notice)
		if _, wrongType := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !wrongType {
			break // the rest is too long
		}
		*n = append(*n, notice)
	}
	return nil
}

// decode reads the envelope of a call that worked into e, and returns what is wrong with it.
func decode[T any](a answer, e *envelope[T]) error {
	switch {
	case a.readErr != nil:
		return a.readErr
	case !a.isSuccess():
		return fmt.Errorf("status %d", a.status)
	case bytes.Count(a.body, []byte(",")) > maxValues:
		return errTooMany
	}
	err := json.Unmarshal(a.body, e)
	switch _, wrongType := errors.AsType[*json.UnmarshalTypeError](err); {
	case err != nil && !wrongType:
		return describe(err)
	case e.Success != worked:
		return errNoSuccess
	case wrongType:
		return describe(err)
	}
	return nil
}

func (a answer) isSuccess() bool { return a.status >= 200 && a.status <= 299 }

// describe says what encoding/json found, without the values that its errors quote.
func describe(err error) error {
	if syntaxErr, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("the answer is not one JSON document: %w", syntaxErr)
	}
	if typeErr, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("the answer has the wrong JSON type at %q", typeErr.Field)
	}
	return errors.New("the answer has a timestamp that is not RFC 3339")
}

func decodeKey(a answer) (Key, error) {
	var e envelope[Key]
	if err := decode(a, &e); err != nil {
		return Key{}, err
	}
	if e.Result.UID == "" {
		return Key{}, errNoUID
	}
	return e.Result, nil
}

func decodeKeys(a answer) ([]Key, error) {
	var e envelope[[]Key]
	e.Result = make([]Key, 0, min(bytes.Count(a.body, []byte(`"uid"`)), maxValues/4))
	if err := decode(a, &e); err != nil {
		return nil, err
	}
	if len(e.Result) == 0 {
		var raw envelope[json.RawMessage]
		if err := decode(a, &raw); err != nil || raw.Result == nil {
			return nil, errNoResult
		}
		return []Key{}, nil // null means none
	}
	for _, key := range e.Result {
		if key.UID == "" {
			return nil, errNoUID
		}
	}
	return e.Result, nil
}

// decodeNewKey accepts whatever holds a uid and a secret, however the rest of the answer is broken.
func decodeNewKey(a answer) (NewKey, error) {
	first := a.firstDocument()
	if a.isSuccess() && first.Result.isComplete() && first.Success != failed {
		return NewKey{Key: first.Result.Key, Secret: NewSecret(first.Result.secret())}, nil
	}
	if _, err := decodeKey(a); err != nil {
		return NewKey{}, err
	}
	return NewKey{}, errNoSecret
}

// createdKey is the result of a create. The document calls the secret key; the live API has been seen to send secret.
type createdKey struct {
	Key

	SecretAsKey    string `json:"key"`
	SecretAsSecret string `json:"secret"`
}

func (k createdKey) secret() string { return cmp.Or(k.SecretAsKey, k.SecretAsSecret) }

func (k createdKey) isComplete() bool { return k.UID != "" && k.secret() != "" }

// firstDocument reads the first JSON document of the body. Where a field of the result cannot be read, the others are.
func (a answer) firstDocument() envelope[createdKey] {
	body := bytes.TrimPrefix(a.body, []byte("\ufeff"))
	var whole envelope[createdKey]
	if json.Unmarshal(body, &whole) == nil {
		return whole
	}
	var document json.RawMessage
	_ = json.NewDecoder(bytes.NewReader(body)).Decode(&document)
	var parts envelope[map[string]json.RawMessage]
	_ = json.Unmarshal(document, &parts)
	readable := envelope[createdKey]{Success: parts.Success, Errors: parts.Errors, Messages: parts.Messages}
	for name, value := range parts.Result {
		field, _ := json.Marshal(map[string]json.RawMessage{name: value})
		_ = json.Unmarshal(field, &readable.Result)
	}
	return readable
}
