// Package hand is what an engineer would write for the five operations over net/http and encoding/json alone: the
// measure of the other clients. It pools nothing and wastes nothing, and checks a response as turnkeys does: status,
// success, a result with an id, one JSON document, a limit. It retries nothing.
package hand

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const maxBody = 16 << 20

// Client calls the TURN key operations of one account.
type Client struct {
	httpClient    *http.Client
	collection    string
	authorization string
}

// Key is a TURN key without its secret.
type Key struct {
	Created  time.Time `json:"created"`
	Modified time.Time `json:"modified"`
	Name     string    `json:"name"`
	UID      string    `json:"uid"`
}

// NewKey is a TURN key as created, with its secret.
type NewKey struct {
	Key

	Secret string `json:"key"`
}

// Message is a numbered notice.
type Message struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// Error says why the API rejected a call.
type Error struct {
	Status int
	RayID  string
	Errors []Message
}

func (e *Error) Error() string {
	return fmt.Sprintf("%d %s: %v; CF-Ray %s", e.Status, http.StatusText(e.Status), e.Errors, e.RayID)
}

// New returns a Client.
func New(httpClient *http.Client, baseURL, accountID, apiToken string) *Client {
	return &Client{
		httpClient:    httpClient,
		collection:    baseURL + "/accounts/" + url.PathEscape(accountID) + "/calls/turn_keys",
		authorization: "Bearer " + apiToken,
	}
}

// Create makes a key.
func (c *Client) Create(ctx context.Context, name string) (NewKey, error) {
	key, err := send[NewKey](ctx, c, http.MethodPost, c.collection, name)
	if err == nil && (key.UID == "" || key.Secret == "") {
		return NewKey{}, errors.New("the response has no uid or no secret")
	}
	return key, err
}

// List returns every key.
func (c *Client) List(ctx context.Context) ([]Key, error) {
	keys, err := send[[]Key](ctx, c, http.MethodGet, c.collection, "")
	for i := range keys {
		if keys[i].UID == "" {
			return nil, errNoUID
		}
	}
	return keys, err
}

// Get returns a key.
func (c *Client) Get(ctx context.Context, uid string) (Key, error) {
	return c.one(ctx, http.MethodGet, uid, "")
}

// Edit gives a key another name.
func (c *Client) Edit(ctx context.Context, uid, name string) (Key, error) {
	return c.one(ctx, http.MethodPut, uid, name)
}

// Delete deletes a key.
func (c *Client) Delete(ctx context.Context, uid string) (Key, error) {
	return c.one(ctx, http.MethodDelete, uid, "")
}

var errNoUID = errors.New("the response has no uid")

func (c *Client) one(ctx context.Context, method, uid, name string) (Key, error) {
	key, err := send[Key](ctx, c, method, c.collection+"/"+url.PathEscape(uid), name)
	if err == nil && key.UID == "" {
		return Key{}, errNoUID
	}
	return key, err
}

// send makes a request, with a body for POST and PUT, and returns the result in the response.
func send[T any](ctx context.Context, c *Client, method, address, name string) (result T, err error) {
	var body io.Reader
	if method == http.MethodPost || method == http.MethodPut {
		input, err := json.Marshal(struct {
			Name string `json:"name"`
		}{name})
		if err != nil {
			return result, err
		}
		body = bytes.NewReader(input)
	}
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return result, err
	}
	request.Header.Set("Authorization", c.authorization)
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.httpClient.Do(request)
	if err != nil {
		return result, err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := read(response)
	if err != nil {
		return result, err
	}

	var envelope struct {
		Success bool      `json:"success"`
		Errors  []Message `json:"errors"`
		Result  *T        `json:"result"`
	}
	decodeErr := json.Unmarshal(data, &envelope)
	switch {
	case response.StatusCode < 200, response.StatusCode > 299, decodeErr == nil && !envelope.Success:
		return result, &Error{response.StatusCode, response.Header.Get("CF-Ray"), envelope.Errors}
	case decodeErr != nil:
		return result, decodeErr
	case envelope.Result == nil:
		return result, errors.New("the response has no result")
	}
	return *envelope.Result, nil
}

// read allocates the body at once if its length is known.
func read(response *http.Response) ([]byte, error) {
	var data []byte
	var err error
	if length := response.ContentLength; length >= 0 && length <= maxBody {
		data = make([]byte, length)
		_, err = io.ReadFull(response.Body, data)
	} else {
		data, err = io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	}
	if err == nil && len(data) > maxBody {
		err = errors.New("the response is too large")
	}
	return data, err
}
