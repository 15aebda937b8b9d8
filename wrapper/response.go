package turnkeys

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
)

const maxBody = 4 << 20

type response struct {
	status  int
	header  http.Header
	body    []byte
	readErr error     // why body is incomplete: it was truncated, or is too large
	parsed  *document // by document, only once: a large body is slow to parse
}

var (
	errTooLarge  = fmt.Errorf("the response is larger than %d MiB", maxBody>>20)
	errNoSuccess = errors.New("the response does not say success: true")
	errNoUID     = errors.New("the response has no result with a uid")
)

func read(httpResponse *http.Response) *response {
	defer func() { _ = httpResponse.Body.Close() }()
	r := &response{status: httpResponse.StatusCode, header: httpResponse.Header}
	if r.status == http.StatusSwitchingProtocols {
		return r // its body is a bare connection, which may never end
	}
	var body bytes.Buffer
	body.Grow(int(min(max(httpResponse.ContentLength, 0), maxBody)) + bytes.MinRead) // room to read the end too
	_, err := body.ReadFrom(io.LimitReader(httpResponse.Body, maxBody+1))
	r.body = body.Bytes()
	switch {
	case len(r.body) > maxBody:
		r.body, r.readErr = r.body[:maxBody], errTooLarge
	case err != nil:
		r.readErr = fmt.Errorf("the response was truncated: %w", err)
	}
	return r
}

func (r *response) isSuccess() bool { return r.status >= 200 && r.status <= 299 }

type envelope[T any] struct {
	Success bool `json:"success"`
	Result  T    `json:"result"`
}

func decode[T any](r *response, e *envelope[T]) error {
	if r.readErr != nil || !r.isSuccess() {
		return cmp.Or(r.readErr, errNoSuccess)
	}
	err := json.Unmarshal(r.body, e)
	syntaxErr, notJSON := errors.AsType[*json.SyntaxError](err)
	typeErr, wrongType := errors.AsType[*json.UnmarshalTypeError](err)
	switch { // the errors of encoding/json quote values, so they are not wrapped, except a SyntaxError
	case notJSON:
		return fmt.Errorf("the response is not one JSON document: %w", syntaxErr)
	case err != nil && !wrongType:
		return errors.New("the response has a timestamp that is not RFC 3339")
	case !e.Success:
		return errNoSuccess
	case wrongType:
		return fmt.Errorf("the response has the wrong JSON type at %q", typeErr.Field)
	}
	return nil
}

func decodeKey(r *response) (Key, error) {
	var e envelope[Key]
	if err := decode(r, &e); err != nil {
		return Key{}, err
	}
	if e.Result.UID == "" {
		return Key{}, errNoUID
	}
	return e.Result, nil
}

func decodeKeys(r *response) ([]Key, error) {
	// A null result means no keys, but a missing one is an error: it leaves the placeholder, a key without a uid.
	e := envelope[[]Key]{Result: make([]Key, 1, 1+bytes.Count(r.body, []byte(","))/3)} // a key has three commas
	if err := decode(r, &e); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(e.Result, func(key Key) bool { return key.UID == "" }) {
		return nil, errNoUID
	}
	if e.Result == nil {
		e.Result = []Key{}
	}
	return e.Result, nil
}

// decodeNewKey accepts any successful response with a uid and a secret. Other fields that cannot be read are zero.
func decodeNewKey(r *response) (NewKey, error) {
	d := r.document()
	if r.isSuccess() && d.Success != false && d.hasNewKey() {
		var e envelope[Key]
		_ = json.NewDecoder(bytes.NewReader(r.body)).Decode(&e) // may stop at an invalid timestamp
		e.Result.UID, e.Result.Name = d.Result.UID, d.Result.Name
		return NewKey{Key: e.Result, Secret: NewSecret(d.secret())}, nil
	}
	_, err := decodeKey(r)
	return NewKey{}, cmp.Or(err, errors.New("the result has no secret, neither as key nor as secret"))
}

// document is the first JSON document of a response, as far as it can be read: a field of the wrong type is zero.
type document struct {
	Success  any       `json:"success"` // true, false, or neither
	Errors   []Message `json:"errors"`
	Messages []Message `json:"messages"`
	Result   struct {
		UID    string `json:"uid"`
		Name   string `json:"name"`
		Key    string `json:"key"`    // as documented
		Secret string `json:"secret"` // as the live API has been seen to send it
	} `json:"result"`
	ErrorCode int    `json:"error_code"` // of a problem document (RFC 9457) from Cloudflare's edge
	Title     string `json:"title"`
	Detail    string `json:"detail"`
}

func (r *response) document() *document {
	if r.parsed == nil {
		r.parsed = &document{}
		_ = json.NewDecoder(bytes.NewReader(r.body)).Decode(r.parsed)
	}
	return r.parsed
}

func (d *document) secret() string  { return cmp.Or(d.Result.Key, d.Result.Secret) }
func (d *document) hasNewKey() bool { return d.Result.UID != "" && d.secret() != "" }

// isFailure reports whether d is a failure envelope of the API. If success is missing, an error with a code shows it.
func (d *document) isFailure() bool {
	return slices.ContainsFunc(d.Errors, func(m Message) bool { return d.Success == false || d.Success == nil && m.Code != 0 })
}
