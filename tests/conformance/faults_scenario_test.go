package conformance_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// scenario is a server that differs from the reference in one thing.
type scenario struct {
	name  string
	plant func(*server)
}

// latency is what an exchange takes: with none, nothing would ever happen later than anything else in a bubble.
const latency = 5 * time.Millisecond

func (s scenario) start() *server {
	server := newServer()
	s.plant(server)
	server.seeded = make(map[string]bool)
	for _, account := range server.accounts {
		for _, k := range account.keys {
			server.seeded[k.uid] = true
		}
	}
	return server
}

// wire reaches a server without a socket. Inside a synctest bubble, its time passes in no time.
type wire struct{ handler http.Handler }

// RoundTrip asks for gzip and unpacks it as http.Transport does.
func (t wire) RoundTrip(r *http.Request) (response *http.Response, err error) {
	defer func() {
		switch panicked := recover(); panicked {
		case nil:
		case http.ErrAbortHandler:
			response, err = nil, errors.New("the connection broke")
		default:
			panic(panicked)
		}
	}()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	sent := r.Clone(r.Context())
	if sent.Body == nil {
		sent.Body = http.NoBody
	}
	defer func() { _ = sent.Body.Close() }()
	if sent.Header.Get("Accept-Encoding") == "" {
		sent.Header.Set("Accept-Encoding", "gzip")
	}
	recorder := httptest.NewRecorder()
	t.handler.ServeHTTP(recorder, sent)
	if err := r.Context().Err(); err != nil { // a socket would not have waited
		return nil, err
	}
	response = recorder.Result()
	response.Request = r
	if response.Header.Get("Content-Encoding") == "gzip" {
		packed, err := gzip.NewReader(response.Body)
		if err != nil {
			return nil, err
		}
		response.Header.Del("Content-Encoding")
		response.Body, response.ContentLength, response.Uncompressed = packed, -1, true
	}
	return response, nil
}

// What follows plants: around and changing wrap the operations named, or every documented one.

// documentedOps are the ids of all operations on TURN keys.
var documentedOps = keyOps()

func keyOps() (ids []string) {
	for _, o := range contract.OpenAPI().Operations() {
		if strings.Contains(o.Path, "/turn_keys") {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

func orAll(operations []string) []string {
	if len(operations) == 0 {
		return documentedOps
	}
	return operations
}

// around answers authorized calls in an operation's place.
func (s *server) around(f func(c *call, next operation) *answer, operations ...string) {
	for _, name := range orAll(operations) {
		next := s.operations[name]
		s.operations[name] = func(c *call) *answer { return f(c, next) }
	}
}

func around(f func(c *call, next operation) *answer, operations ...string) func(*server) {
	return func(s *server) { s.around(f, operations...) }
}

// after changes answers, refusals too.
func (s *server) after(f func(*call, *answer), operations ...string) {
	s.changes = append(s.changes, func(c *call, a *answer) {
		if slices.Contains(orAll(operations), c.operation) {
			f(c, a)
		}
	})
}

func changing(f func(*call, *answer), operations ...string) func(*server) {
	return func(s *server) { s.after(f, operations...) }
}

// onSuccess does something to the account, and maybe the answer, when a call has worked.
func onSuccess(f func(*call, *answer), operations ...string) func(*server) {
	return changing(func(c *call, a *answer) {
		if a.ok() {
			f(c, a)
		}
	}, operations...)
}

// eachResult changes each key that an operation shows.
func eachResult(f func(*call, object), operations ...string) func(*server) {
	return onSuccess(func(c *call, a *answer) {
		for _, result := range a.results() {
			f(c, result)
		}
	}, operations...)
}

// onFailure changes the answers of a status that the reference gives.
func onFailure(status int, f func(*call, *answer), operations ...string) func(*server) {
	return changing(func(c *call, a *answer) {
		if a.status == status {
			f(c, a)
		}
	}, operations...)
}

// replace turns the answer into another, headers apart.
func (a *answer) replace(other *answer) {
	a.status, a.body, a.raw = other.status, other.body, other.raw
}

func (a *answer) results() []object {
	switch result := a.body["result"].(type) {
	case object:
		return []object{result}
	case []object:
		return result
	}
	return nil
}

// bytesOf changes the encoded answers.
func bytesOf(f func([]byte) []byte, operations ...string) func(*server) {
	return changing(func(_ *call, a *answer) { a.raw = f(a.encode()) }, operations...)
}

func header(name, value string, operations ...string) func(*server) {
	return changing(func(_ *call, a *answer) { a.header.Set(name, value) }, operations...)
}

// page turns the answer into a CDN's.
func (a *answer) page(status int) {
	page := htmlPage(status)
	a.replace(page)
	maps.Copy(a.header, page.header)
}

// others returns the account's keys but the one that the call is about, newest first.
func (c *call) others() []*key {
	var others []*key
	for i := len(c.account.keys) - 1; i >= 0; i-- {
		if c.account.keys[i].uid != c.keyID {
			others = append(others, &c.account.keys[i])
		}
	}
	return others
}

// other returns the newest of the others, or a stray one if there are none.
func (c *call) other() *key {
	if others := c.others(); len(others) > 0 {
		return others[0]
	}
	return &key{}
}

// edited returns the key that an edit has changed.
func (c *call) edited() *key { return &c.account.keys[c.account.index(c.keyID)] }

// before returns the key as it was before the call.
func (c *call) before(uid string) (key, bool) {
	keys := c.account.states[len(c.account.states)-1].keys
	i := slices.IndexFunc(keys, func(k key) bool { return k.uid == uid })
	if i < 0 {
		return key{}, false
	}
	return keys[i], true
}

// created returns the newest key.
func (c *call) created() *key { return &c.account.keys[len(c.account.keys)-1] }

func decode(body []byte) (value any, err error) {
	err = json.NewDecoder(bytes.NewReader(body)).Decode(&value)
	return value, err
}

// each makes a scenario of every documented operation.
func each(name string, plant func(operation string) func(*server)) (all []scenario) {
	for _, operation := range documentedOps {
		all = append(all, scenario{operation + " " + name, plant(operation)})
	}
	return all
}

// generated are faults that any operation may have.
var generated = slices.Concat(
	each("asks for no token", func(op string) func(*server) { return letting(anybody, op) }),
	each("takes any token", func(op string) func(*server) { return letting(hasToken, op) }),
	each("takes a missing token", func(op string) func(*server) { return letting(noHeader, op) }),
	each("takes the other account's token", func(op string) func(*server) { return letting(othersToken, op) }),
	each("takes a longer token", func(op string) func(*server) {
		return letting(func(c *call) bool { return strings.HasPrefix(c.token, c.account.token) }, op)
	}),
	each("answers 202", func(op string) func(*server) { return answering(http.StatusAccepted, op) }),
	each("is problem+json", func(op string) func(*server) { return header("Content-Type", "application/problem+json", op) }),
	each("is not enveloped", bare),
)

// The servers: what a run should notice, and what it should not.
var (
	faults = slices.Concat(createFaults, getFaults, editFaults, deleteFaults, listFaults, memoryFaults, secretFaults, uidFaults, timeFaults, nameFaults,
		bodyFaults, credentialFaults, addressFaults, messageFaults, concurrencyFaults, generated)
	controls = slices.Concat(unusualControls, lateControls)
)
