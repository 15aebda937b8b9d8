package conformance_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Two accounts, each with its token.
const (
	basePath        = "/client/v4"
	accountID       = "a0c1e2d3f4b5a6978877665544332211"
	token           = "the-token_of-the-first-account_000000001"
	secondAccountID = "b1d2f3e4a5c6b7a8998877665544ffee"
	secondToken     = "the-token_of-the-other-account_000000002"
)

// The operations that the server implements.
const (
	createOp = "createTurnKey"
	listOp   = "listTurnKeys"
	getOp    = "getTurnKey"
	editOp   = "editTurnKey"
	deleteOp = "deleteTurnKey"
)

// Cloudflare's codes, where one is known.
const (
	codeUnauthorized = 10000
	codeUnroutable   = 7003
	codeNotFound     = 20008
	codeOther        = 20011
)

const maxKeys = 1000

type object = map[string]any

type key struct {
	uid, name, secret string
	created, modified time.Time
}

func (k key) edited() bool { return k.modified.After(k.created) }

func (k key) isSame(other key) bool { return k.uid == other.uid }

// find returns the key with the uid, or a zero one.
func find(keys []key, uid string) key {
	for _, k := range keys {
		if k.uid == uid {
			return k
		}
	}
	return key{}
}

type account struct {
	id, token string
	keys      []key
	states    []state // of keys, oldest first
}

type state struct {
	since time.Time
	keys  []key
}

// asOf returns the keys as they were.
func (a *account) asOf(t time.Time) []key {
	for _, s := range slices.Backward(a.states) {
		if !s.since.After(t) {
			return s.keys
		}
	}
	return a.states[0].keys
}

// unedited returns each key as it was then, or as it was created.
func (a *account) unedited(then time.Time) (keys []key) {
	for _, k := range a.keys {
		was := find(a.asOf(then), k.uid)
		for i := 0; was.uid == ""; i++ {
			was = find(a.states[i].keys, k.uid)
		}
		keys = append(keys, was)
	}
	return keys
}

// deleted returns the keys that were deleted after a time, each in its last state.
func (a *account) deleted(after time.Time) []key {
	last := map[string]key{}
	for i, past := range a.states[:len(a.states)-1] {
		for _, k := range past.keys {
			if !a.states[i+1].since.Before(after) && a.index(k.uid) < 0 {
				last[k.uid] = k
			}
		}
	}
	return slices.SortedFunc(maps.Values(last), func(a, b key) int { return strings.Compare(a.uid, b.uid) })
}

func (a *account) index(uid string) int { return slices.IndexFunc(a.keys, key{uid: uid}.isSame) }

func (a *account) remove(uid string) { a.keys = slices.DeleteFunc(a.keys, key{uid: uid}.isSame) }

// call is a request on its way through the server.
type call struct {
	*http.Request
	*server

	operation        string // its operationId, or "" if none is documented
	accountID, keyID string // a create sets keyID
	token            string
	body             []byte
	account          *account // nil if there is no such account
	nth              int      // of the calls to this operation, from 1
	crowd            int      // the number of calls in progress, itself included
}

// key returns the key that the call is about, or a stray one if it is not there.
func (c *call) key() *key {
	if i := c.account.index(c.keyID); i >= 0 {
		return &c.account.keys[i]
	}
	return &key{}
}

// before returns the key as it was before the call, or a zero one.
func (c *call) before() key {
	states := c.account.states
	return find(states[len(states)-1].keys, c.keyID)
}

// other returns the account's newest key that the call is not about, or a stray one if there is none.
func (c *call) other() *key {
	for i, k := range slices.Backward(c.account.keys) {
		if k.uid != c.keyID {
			return &c.account.keys[i]
		}
	}
	return &key{}
}

// oldest returns the account's first key, which the run did not create.
func (c *call) oldest() *key { return &c.account.keys[0] }

// add adds a key to the account, of which only the uid and the name are given.
func (c *call) add(uid, name string) {
	c.account.keys = append(c.account.keys, key{uid: uid, name: name, created: c.now(), modified: c.now()})
}

// input returns the JSON object in the request body, or nil.
func (c *call) input() object {
	value, _ := decode(c.body)
	input, _ := value.(object)
	return input
}

// name returns the name in a valid request body.
func (c *call) name() (name string, ok bool) {
	name, err := readName(c)
	return name, err == nil
}

// is reports whether the call is of one of the operations.
func (c *call) is(operations []string) bool { return slices.Contains(c.orAll(operations), c.operation) }

type response struct {
	status int
	header http.Header
	body   object
	raw    []byte // sent in place of body, if not nil
}

func success(status int, result any) *response {
	return &response{status: status, header: http.Header{}, body: object{
		"errors": []object{}, "messages": []object{}, "result": result, "success": true,
	}}
}

// failure has the code given, or the one that is known for its status.
func failure(status int, code ...int) *response {
	known := map[int]int{403: codeUnauthorized, 404: codeNotFound}
	errs := []object{{"code": cmp.Or(append(code, known[status], codeOther)...), "message": "It failed"}}
	return &response{status: status, header: http.Header{}, body: object{
		"errors": errs, "messages": []object{}, "result": nil, "success": false,
	}}
}

// page is what a CDN or a website returns.
func page(status int) *response {
	return &response{status: status, header: http.Header{"Content-Type": {"text/html"}}, raw: []byte("<!DOCTYPE html>\n")}
}

func empty(status int) *response {
	return &response{status: status, header: http.Header{}, raw: []byte{}}
}

func moved(status int, location string) *response {
	return &response{status: status, header: http.Header{"Location": {location}}, raw: []byte{}}
}

func (r *response) clone() *response {
	return &response{status: r.status, header: r.header.Clone(), body: maps.Clone(r.body), raw: r.raw}
}

func (r *response) ok() bool { return r.status < 300 }

// replace turns the response into another. Headers that the other does not have stay.
func (r *response) replace(other *response) {
	other = other.clone()
	r.status, r.body, r.raw = other.status, other.body, other.raw
	maps.Copy(r.header, other.header)
}

// results returns the keys in the response.
func (r *response) results() []object {
	switch result := r.body["result"].(type) {
	case object:
		return []object{result}
	case []object:
		return result
	}
	return nil
}

func (r *response) encode() []byte {
	if r.raw != nil {
		return r.raw
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r.body); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// decode decodes the first JSON document of a body.
func decode(body []byte) (value any, err error) {
	err = json.NewDecoder(bytes.NewReader(body)).Decode(&value)
	return value, err
}

// readName accepts what the document's input schema allows, in the media type that it names.
func readName(c *call) (string, error) {
	mediaType, parameters, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	charset := cmp.Or(strings.ToLower(parameters["charset"]), "utf-8")
	if err != nil || mediaType != "application/json" || charset != "utf-8" {
		return "", errors.New("want application/json in UTF-8")
	}
	var input object
	if err := json.Unmarshal(c.body, &input); err != nil || input == nil || !utf8.Valid(c.body) {
		return "", errors.New("want one JSON object")
	}
	value, ok := input["name"]
	if !ok {
		return "", nil
	}
	name, ok := value.(string)
	if !ok {
		return "", errors.New("want a string as name")
	}
	return name, nil
}
