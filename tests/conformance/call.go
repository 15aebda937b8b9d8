package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// operations are all operations on TURN keys. The delete comes last: the others need a key.
var operations = []*contract.Operation{createTurnKey, editTurnKey, getTurnKey, listTurnKeys, deleteTurnKey}

func isOnKey(o *contract.Operation) bool { return strings.Contains(o.Path, "{key_id}") }

// call is a request of a run, and what is expected of the response.
type call struct {
	*contract.Operation

	account *account
	about   *key   // nil if the request is about no key of the run
	words   string // what is special about the request
	path    string // under the base URL, escaped
	header  http.Header
	body    string
	chunked bool    // the request does not say how long the body is
	name    *string // the key should have it afterwards; nil if that is open

	want         expectation
	undocumented bool     // the document does not permit the request, so the response may have any shape
	settled      bool     // a wrong response can no longer be due to a delay
	unordered    bool     // the call is made at the same time as others on the same key
	failure      string   // the summary of a failed earlier attempt, which may have worked
	oneOf        []string // names, of which the key has one; nil if it is known which
}

// call returns a request to the account, with its token, for one of its keys, or for one that does not exist.
func (acc *account) call(o *contract.Operation, k *key, words string) call {
	c := call{Operation: o, account: acc, about: k, words: words, header: http.Header{
		"Accept": {"application/json"}, "User-Agent": {"turnkeys-contract"}, "Authorization": {"Bearer " + acc.token},
	}}
	switch {
	case !isOnKey(o):
		return c.to(acc.id, "")
	case k == nil:
		return c.to(acc.id, randomHex(16)).expecting(unknownKey)
	}
	return c.to(acc.id, k.uid)
}

// to addresses the call to a key, or to the collection, of an account.
func (c call) to(accountID, keyID string) call {
	c.path = strings.NewReplacer("{account_id}", accountID, "{key_id}", keyID).Replace(c.Path)
	return c
}

func (c call) expecting(want expectation) call {
	c.want = want
	return c
}

// with sets a header, or removes it if there are no values.
func (c call) with(name string, values ...string) call {
	c.header = c.header.Clone()
	c.header[http.CanonicalHeaderKey(name)] = values
	return c
}

// withName gives the call a body, in the media type that it has already, if any.
func (c call) withName(name string) call {
	c.name, c.body = &name, `{"name":`+quote(name)+`}`
	if c.chunked {
		c.body = "\n{ \"name\" : " + escaped(name) + " }\n"
	}
	if c.header["Content-Type"] == nil {
		return c.with("Content-Type", "application/json")
	}
	return c
}

// withBody gives the call any body, and leaves open what the key is then named.
func (c call) withBody(mediaType, body string) call {
	c.name, c.body = nil, body
	if mediaType == "" {
		return c.with("Content-Type")
	}
	return c.with("Content-Type", mediaType)
}

// documented returns the name of the response that is expected, as the document has it.
func (c call) documented() string {
	if c.want.isSuccess() {
		return strconv.Itoa(c.Success)
	}
	return "4XX"
}

// creates reports whether the call should create a key.
func (c call) creates() bool { return c.Operation == createTurnKey && c.about != nil }

func (c call) isAfterDeletion() bool { return c.want.check == deleted.check }

// isNear reports whether the call asks for something that does not exist, at an address that is nearly right.
func (c call) isNear() bool {
	return c.undocumented && !c.want.isSuccess() || c.want.check == unknownKey.check
}

// isOwnAddress reports whether the call asks for the key at its own address, with its own token.
func isOwnAddress(c call) bool {
	own := c.account.call(c.Operation, c.about, "")
	return c.path == own.path && slices.Equal(c.header["Authorization"], own.header["Authorization"])
}

// String says in words what the request asks for.
func (c call) String() string {
	text := cmp.Or(c.ID, c.Method)
	if c.about != nil {
		text += " for " + c.about.label
	}
	if c.about != nil && c.words != "" {
		text += ","
	}
	return strings.TrimSpace(text+" "+c.words) + c.account.suffix
}

// response is what came back for a call.
type response struct {
	call
	envelope

	exchange contract.Exchange
	elapsed  time.Duration
	checked  contract.Checked
	http2    bool
	status   int // 0 if there was no response; err then says why
	header   http.Header
	at       time.Time
	number   int  // of the request in the run, or of the first that was made at the same time
	unsent   bool // the call was not made
	err      error
	before   shownKey // the key that the call is about, before the call
}

func (a response) ok() bool { return a.status/100 == 2 }

func (a response) isList() bool { return a.listed && a.ok() }

// failed reports whether the server failed: the call may have worked all the same.
func (a response) failed() bool { return a.status == 0 || a.status >= 500 }

// summary returns the status of the response and the first of Cloudflare's error codes, or why there was no
// response.
func (a response) summary() string {
	switch {
	case a.status == 0 && errors.Is(a.err, context.DeadlineExceeded):
		return fmt.Sprintf("no response within %s", a.elapsed.Round(time.Second))
	case a.status == 0:
		return fmt.Sprintf("no response: %v", a.err)
	case len(a.codes) > 0:
		return fmt.Sprintf("%d %s (code %d)", a.status, http.StatusText(a.status), a.codes[0])
	}
	return fmt.Sprintf("%d %s", a.status, http.StatusText(a.status))
}
