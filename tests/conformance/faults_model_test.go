package conformance_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Two accounts, each with the token that is good for it and for no other.
const (
	basePath        = "/client/v4"
	accountID       = "a0c1e2d3f4b5a6978877665544332211"
	token           = "the-token_of-the-first-account_000000001"
	secondAccountID = "b1d2f3e4a5c6b7a8998877665544ffee"
	secondToken     = "the-token_of-the-other-account_000000002"
)

// The operations that the server has.
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
	codeFull         = 20009
	codeBadBody      = 20010
	codeOther        = 20011
)

const maxKeys = 1000

type object = map[string]any

type key struct {
	uid, name, secret string
	created, modified time.Time
}

type account struct {
	id, token string
	keys      []key
	states    []state // that keys was in, oldest first
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

func (a *account) index(uid string) int {
	return slices.IndexFunc(a.keys, func(k key) bool { return k.uid == uid })
}

func (a *account) remove(uid string) {
	a.keys = slices.DeleteFunc(a.keys, func(k key) bool { return k.uid == uid })
}

// call is a request on its way through the server.
type call struct {
	*http.Request

	operation        string // its operationId, or "" if none is documented
	accountID, keyID string
	token            string
	body             []byte
	account          *account // nil if there is no such account
	nth              int      // of the calls to this operation, from 1
	crowd            int      // of calls under way with this one, itself included
}

type answer struct {
	status int
	header http.Header
	body   object
	raw    []byte // sent in place of body, if not nil
}

func success(status int, result any) *answer {
	return &answer{status: status, header: http.Header{}, body: object{
		"errors": []object{}, "messages": []object{}, "result": result, "success": true,
	}}
}

func failure(status, code int, message string) *answer {
	return &answer{status: status, header: http.Header{}, body: object{
		"errors": []object{{"code": code, "message": message}}, "messages": []object{}, "result": nil, "success": false,
	}}
}

func notFound() *answer { return failure(http.StatusNotFound, codeNotFound, "TURN key not found") }

func unauthorized() *answer {
	return failure(http.StatusForbidden, codeUnauthorized, "Authentication error")
}

// htmlPage is what a CDN answers when the server behind it is ill.
func htmlPage(status int) *answer {
	return &answer{status: status, header: http.Header{"Content-Type": {"text/html; charset=UTF-8"}}, raw: []byte("<!DOCTYPE html><title>Error</title>\n")}
}

func (a *answer) ok() bool { return a.status < 300 }

func (a *answer) encode() []byte {
	if a.raw != nil {
		return a.raw
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(a.body); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// readName takes what the document's input schema permits, in the media type that it names.
func readName(c *call) (string, error) {
	mediaType, parameters, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if charset := parameters["charset"]; err != nil || mediaType != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return "", errors.New("want application/json in UTF-8")
	}
	var input map[string]any
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
