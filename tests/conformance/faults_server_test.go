package conformance_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

type operation func(*call) *answer

// server is the API as openapi.yaml describes it, written apart from package fake so that the two share no mistake. Each
// of its fields is a place for a fault.
type server struct {
	delay   func(*call) time.Duration
	changes []func(*call, *answer)

	operations map[string]operation
	instead    func(*call) *answer // if not nil, what is answered before anything is looked at
	allowed    func(*call) bool
	resolve    func(*call) (uid string, ok bool) // ok if the path's id has the form of one
	view       func(*call) []key                 // what a call sees of the account
	readName   func(*call) (string, error)
	keep       func(c *call, name string) string // what is stored of a name
	newUID     func() string
	newSecret  func(uid string) string
	show       func(*call, key) object
	timestamp  func(time.Time) string

	mu       sync.Mutex
	accounts map[string]*account
	calls    map[string]int
	underway int // calls
	made     int // keys

	seeded  map[string]bool // the uids of the keys that were there at the start: somebody else's
	touched []string        // what was asked for with one of those, such as "PUT b1d2…"
}

func newServer() *server {
	s := &server{calls: make(map[string]int), accounts: map[string]*account{
		accountID: {id: accountID, token: token}, secondAccountID: {id: secondAccountID, token: secondToken},
	}}
	s.operations = map[string]operation{
		createOp: s.create, listOp: s.list, getOp: s.get, editOp: s.edit, deleteOp: s.remove, "": unrouted,
	}
	for _, o := range documentedOps {
		if s.operations[o] == nil {
			s.operations[o] = s.asInExample
		}
	}
	s.allowed = func(c *call) bool { return c.account != nil && c.token == c.account.token }
	s.delay = func(*call) time.Duration { return latency }
	s.instead = func(*call) *answer { return nil }
	s.resolve = func(c *call) (string, bool) { return c.keyID, idPattern.MatchString(c.keyID) }
	s.view = func(c *call) []key { return c.account.keys }
	s.readName = readName
	s.keep = func(_ *call, name string) string { return name }
	s.newUID = func() string { return digest("uid", s.made)[:32] }
	s.newSecret = func(string) string { return digest("secret", s.made) }
	s.timestamp = func(t time.Time) string { return t.Format("2006-01-02T15:04:05.000000Z07:00") }
	var example object // has whatever else the document requires of a key
	if err := json.Unmarshal(testkit.ExampleResult(getOp), &example); err != nil {
		panic(err)
	}
	s.show = func(_ *call, k key) object {
		shown := maps.Clone(example)
		maps.Copy(shown, object{"created": s.timestamp(k.created), "modified": s.timestamp(k.modified), "name": k.name, "uid": k.uid})
		return shown
	}
	lastWeek := s.now().Add(-7 * 24 * time.Hour)
	for _, account := range []*account{s.accounts[accountID], s.accounts[secondAccountID]} {
		for _, name := range []string{"somebody's", "video calls"} {
			account.keys = append(account.keys, s.newKey(name+" of "+account.id[:4], lastWeek))
		}
	}
	s.remember()
	return s
}

// digest looks random and is the same in each test run.
func digest(of string, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d of these tests", of, n))
	return hex.EncodeToString(sum[:])
}

func (s *server) now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func (s *server) newKey(name string, at time.Time) key {
	s.made++
	uid := s.newUID()
	return key{uid: uid, name: name, secret: s.newSecret(uid), created: at, modified: at}
}

func (s *server) remember() {
	for _, a := range s.accounts {
		if len(a.states) == 0 || !slices.Equal(a.states[len(a.states)-1].keys, a.keys) {
			a.states = append(a.states, state{s.now(), slices.Clone(a.keys)})
		}
	}
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	c := route(r)
	c.body = body
	s.mu.Lock()
	s.underway++
	s.mu.Unlock()
	time.Sleep(s.delay(c)) // without the lock: who waits for a mutex keeps a bubble's clock from moving
	a := s.answer(c)
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.encode())
}

func (s *server) answer(c *call) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[c.operation]++
	s.calls["all"]++
	c.nth, c.account, c.crowd = s.calls[c.operation], s.accounts[c.accountID], s.underway
	s.underway--
	if s.seeded[c.keyID] {
		s.touched = append(s.touched, c.Method+" "+c.keyID)
	}
	a := s.perform(c)
	if a.header.Get("Content-Type") == "" {
		a.header.Set("Content-Type", "application/json")
	}
	a.header.Set("CF-Ray", digest("ray", s.calls["all"])[:16]+"-AMS")
	for _, change := range s.changes {
		change(c, a)
	}
	s.remember()
	return a
}

func (s *server) perform(c *call) *answer {
	if a := s.instead(c); a != nil {
		return a
	}
	if c.operation == "" {
		return s.operations[""](c)
	}
	if !s.allowed(c) {
		return unauthorized()
	}
	if c.keyID != "" {
		uid, ok := s.resolve(c)
		if !ok {
			return failure(http.StatusBadRequest, codeUnroutable, "Could not route, perhaps the id is invalid?")
		}
		c.keyID = uid
	}
	return s.operations[c.operation](c)
}

var idPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

// paths are those of the documented operations, by their ids.
var paths = documentedPaths()

func documentedPaths() map[string]*regexp.Regexp {
	paths := map[string]*regexp.Regexp{}
	parameter := regexp.MustCompile(`\{\w+\}`)
	for _, id := range documentedOps {
		paths[id] = regexp.MustCompile("^" + basePath + parameter.ReplaceAllString(contract.OpenAPI().Operation(id).Path, "([^/]+)") + "$")
	}
	return paths
}

// lookUp returns the ids that a path holds, and the operations that are documented there, by method.
func lookUp(path string) (accountID, keyID string, byMethod map[string]string) {
	byMethod = map[string]string{}
	for id, pattern := range paths {
		if segments := pattern.FindStringSubmatch(path); segments != nil {
			accountID, keyID = segments[1], strings.Join(segments[2:], "") // a collection's path has no second
			byMethod[contract.OpenAPI().Operation(id).Method] = id
		}
	}
	return accountID, keyID, byMethod
}

func route(r *http.Request) *call {
	c := &call{Request: r}
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		c.token = token
	}
	var byMethod map[string]string
	c.accountID, c.keyID, byMethod = lookUp(r.URL.Path)
	c.operation = byMethod[r.Method]
	return c
}

func unrouted(c *call) *answer {
	if c.accountID == "" {
		return failure(http.StatusNotFound, codeUnroutable, "Could not route")
	}
	return failure(http.StatusMethodNotAllowed, codeUnroutable, "Method not allowed")
}

func (s *server) create(c *call) *answer {
	name, err := s.readName(c)
	if err != nil {
		return failure(http.StatusBadRequest, codeBadBody, err.Error())
	}
	if len(c.account.keys) >= maxKeys {
		return failure(http.StatusBadRequest, codeFull, "Too many keys")
	}
	k := s.newKey(s.keep(c, name), s.now())
	c.account.keys = append(c.account.keys, k)
	shown := s.show(c, k)
	shown["key"] = k.secret
	return success(http.StatusCreated, shown)
}

func (s *server) list(c *call) *answer {
	shown := []object{}
	for _, k := range s.view(c) {
		shown = append(shown, s.show(c, k))
	}
	return success(http.StatusOK, shown)
}

func (s *server) find(c *call) (key, bool) {
	keys := s.view(c)
	i := slices.IndexFunc(keys, func(k key) bool { return k.uid == c.keyID })
	if i < 0 {
		return key{}, false
	}
	return keys[i], true
}

func (s *server) get(c *call) *answer {
	k, ok := s.find(c)
	if !ok {
		return notFound()
	}
	return success(http.StatusOK, s.show(c, k))
}

func (s *server) edit(c *call) *answer {
	k, ok := s.find(c)
	if !ok {
		return notFound()
	}
	name, err := s.readName(c)
	if err != nil {
		return failure(http.StatusBadRequest, codeBadBody, err.Error())
	}
	k.name, k.modified = s.keep(c, name), s.now()
	for _, a := range s.accounts {
		if i := a.index(k.uid); i >= 0 {
			a.keys[i] = k
		}
	}
	return success(http.StatusOK, s.show(c, k))
}

func (s *server) remove(c *call) *answer {
	k, ok := s.find(c)
	if !ok {
		return notFound()
	}
	for _, a := range s.accounts {
		a.remove(k.uid)
	}
	return success(http.StatusOK, s.show(c, k))
}

// asInExample answers a call of an operation that this server does not have of its own: with the document's example of
// it, for the key that the path names. It changes nothing.
func (s *server) asInExample(c *call) *answer {
	k, ok := s.find(c)
	if !ok {
		return notFound()
	}
	var result object
	if err := json.Unmarshal(testkit.ExampleResult(c.operation), &result); err != nil {
		panic(err)
	}
	maps.Copy(result, s.show(c, k))
	return success(contract.OpenAPI().Operation(c.operation).Success, result)
}
