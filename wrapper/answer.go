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
	maxValues  = 1 << 18  // in the lists of one answer: 1,000 keys hold some 4,000
	maxNotices = 64 << 10 // bytes of errors, and of messages
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
	var body bytes.Buffer
	if response.ContentLength > 0 {
		body.Grow(int(min(response.ContentLength, maxBody)) + bytes.MinRead)
	}
	_, err := body.ReadFrom(io.LimitReader(response.Body, maxBody+1))
	a.body = body.Bytes()
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
	Success  *bool   `json:"success"`
	Errors   notices `json:"errors"`
	Messages notices `json:"messages"`
	Result   T       `json:"result"`
}

// notices are errors or messages. Those that cannot be read, or are too long, must not cost the result or the status.
type notices []Message

func (n *notices) UnmarshalJSON(data []byte) error {
	if len(data) > len("[]") && len(data) <= maxNotices {
		_ = json.Unmarshal(data, (*[]Message)(n))
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
	case e.Success == nil || !*e.Success:
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
		if a.lenient().Result == nil {
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
	first := a.lenient()
	found := credentialsIn(first.Result)
	if a.isSuccess() && found.complete() && (first.Success == nil || *first.Success) {
		return NewKey{Key: readableKey(first.Result), Secret: NewSecret(found.secret())}, nil
	}
	if _, err := decodeKey(a); err != nil {
		return NewKey{}, err
	}
	return NewKey{}, errNoSecret
}

// lenient reads the first JSON document of the body, as far as it can be read.
func (a answer) lenient() (e envelope[json.RawMessage]) {
	_ = json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(a.body, []byte("\ufeff")))).Decode(&e)
	return e
}

// credentials are the fields of a create's result that must not be lost.
type credentials struct {
	UID    string `json:"uid"`
	Key    string `json:"key"`
	Secret string `json:"secret"` // the live API has been seen to send this in place of key
}

func credentialsIn(result json.RawMessage) (c credentials) {
	_ = json.Unmarshal(result, &c)
	return c
}

func (c credentials) complete() bool { return c.UID != "" && c.secret() != "" }

func (c credentials) secret() string { return cmp.Or(c.Key, c.Secret) }

// readableKey leaves at zero the fields that cannot be read.
func readableKey(result json.RawMessage) Key {
	var key Key
	if json.Unmarshal(result, &key) == nil {
		return key
	}
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(result, &fields)
	for name, value := range fields {
		field, _ := json.Marshal(map[string]json.RawMessage{name: value})
		_ = json.Unmarshal(field, &key)
	}
	return key
}
