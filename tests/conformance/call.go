package conformance

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// operation is one of the document's.
type operation struct {
	id, method string
	template   string // of the path
	onKey      bool   // the path names a key, not the collection
	takesBody  bool
	success    int // the status of an answer to a call that worked
}

// operations are all that the document has for TURN keys. Deletes come last: the others need a key.
var operations = keyOperations()

func keyOperations() (all []operation) {
	var deletes []operation
	for _, o := range contract.OpenAPI().Operations() {
		switch {
		case !strings.Contains(o.Path, "/turn_keys"): // another resource
		case o.Method == http.MethodDelete:
			deletes = append(deletes, documented(o.ID))
		default:
			all = append(all, documented(o.ID))
		}
	}
	return append(all, deletes...)
}

func documented(id string) operation {
	o := contract.OpenAPI().Operation(id)
	return operation{o.ID, o.Method, o.Path, strings.Contains(o.Path, "{key_id}"), o.TakesBody, o.Success}
}

// call is one request of a run.
type call struct {
	operation

	account       *account
	words         string // what the request asks for, for the report
	path          string // below the base URL, escaped
	authorization []string
	contentType   string
	body          string
	name          string // that the body asks for, if it does so properly
	wanted        string // the documented response that should come, such as "201"
	anyShape      bool   // the document does not permit the request, so it says nothing about the answer's shape
}

// answer is what came back for a call. A status of 0 means that there was none, and err says why.
type answer struct {
	call
	envelope

	exchange     contract.Checked // as the checker saw it
	status       int
	header       http.Header
	body         []byte
	at           time.Time
	spent        int  // how many requests the run had made when this one was sent
	afterFailure bool // the call was sent again: the first answer was a 5xx, or was lost
	unsent       bool // the run had no request left for the call
	err          error
}

// call returns a request to the account, with its token.
func (acc *account) call(op operation, keyID, words string) call {
	c := call{
		operation: op, account: acc, words: words + acc.label, wanted: strconv.Itoa(op.success),
		authorization: []string{"Bearer " + acc.token},
	}
	return c.to(acc.id, keyID)
}

// toFail says that the call should be refused.
func (c call) toFail() call {
	c.wanted = "4XX"
	return c
}

// to addresses the call to a key, or to the collection, of an account.
func (c call) to(accountID, keyID string) call {
	c.path = strings.NewReplacer("{account_id}", accountID, "{key_id}", keyID).Replace(c.template)
	return c
}

func (c call) withToken(token string) call {
	c.authorization = []string{"Bearer " + token}
	return c
}

func (c call) withBody(body string) call {
	c.body, c.contentType = body, "application/json"
	return c
}

func (c call) withName(name string) call {
	c.name = name
	return c.withBody(`{"name":` + quote(name) + `}`)
}

func (c call) inWords() string {
	name := c.id
	if name == "" {
		name = c.method
	}
	if c.words == "" {
		return name
	}
	return name + " " + c.words
}

func (a answer) isList() bool { return a.listed && a.status >= 200 && a.status <= 299 }

// String is the status of an answer and what Cloudflare's codes it bears.
func (a answer) String() string {
	text := fmt.Sprintf("%d %s", a.status, http.StatusText(a.status))
	if a.status == 0 {
		return fmt.Sprintf("no answer: %v", a.err)
	}
	if len(a.codes) > 0 {
		text += fmt.Sprintf(" (code %d)", a.codes[0])
	}
	return text
}

// retryAfter is how long a 429 asks to wait.
func (a answer) retryAfter() time.Duration {
	wait := time.Second
	value := a.header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if t, err := http.ParseTime(value); err == nil {
		wait = time.Until(t)
	}
	return min(max(wait, time.Second), maxRateLimit)
}
