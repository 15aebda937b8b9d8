package conformance_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

type operation func(*call) *response

// server is the API as openapi.yaml describes it, written independently of package fake so that the two share no mistake.
// A fault can be planted in each of its functions.
type server struct {
	delay      func(*call) time.Duration
	instead    func(*call) *response // if not nil, the response before anything is checked
	allowed    func(*call) bool
	resolve    func(*call) (uid string, ok bool) // ok if the id in the path has the form of one
	view       func(*call) []key                 // what a call sees of the account
	readName   func(*call) (string, error)
	store      func(c *call, k *key) // changes what a create or an edit stores and shows
	timestamp  func(time.Time) string
	operations map[string]operation
	changes    []func(*call, *response)

	about []string // the operations that the fault is about, if not all

	mu         lock
	accounts   map[string]*account
	calls      map[string]int
	seen       map[string]int // is for faults that count
	inProgress int            // calls
	made       int            // keys
	started    time.Time

	seeded  map[string]bool // the uids of the keys that were there at the start
	touched []string        // the requests for one of those, such as "PUT b1d2…"
}

// lock is a mutex for synctest, where time does not pass while a goroutine waits for a sync.Mutex.
type lock chan struct{}

func (l lock) Lock()   { l <- struct{}{} }
func (l lock) Unlock() { <-l }

func newServer() *server {
	s := &server{mu: make(lock, 1), calls: map[string]int{}, seen: map[string]int{}, accounts: map[string]*account{
		accountID: {id: accountID, token: token}, secondAccountID: {id: secondAccountID, token: secondToken},
	}}
	s.operations = map[string]operation{
		createOp: create, listOp: list, getOp: found(get), editOp: found(edit), deleteOp: found(remove), "": undocumented,
	}
	for _, o := range documentedOps {
		if s.operations[o] == nil {
			s.operations[o] = found(asInExample)
		}
	}
	s.allowed = func(c *call) bool { return c.account != nil && c.token == c.account.token }
	s.delay = func(*call) time.Duration { return latency }
	s.instead = func(*call) *response { return nil }
	s.resolve = func(c *call) (string, bool) { return c.keyID, idPattern.MatchString(c.keyID) }
	s.view = func(c *call) []key { return c.account.keys }
	s.readName = readName
	s.store = func(*call, *key) {}
	s.timestamp = func(t time.Time) string { return t.Format("2006-01-02T15:04:05.000000Z07:00") }
	s.started = s.now()
	lastWeek := s.started.AddDate(0, 0, -7)
	for _, a := range []*account{s.main(), s.second()} {
		a.keys = []key{s.newKey("somebody's of "+a.id[:4], lastWeek), s.newKey("video calls of "+a.id[:4], lastWeek)}
	}
	s.remember()
	return s
}

// exampleOf returns the document's example of a result.
func exampleOf(operation string) (example object) {
	if err := json.Unmarshal(testkit.ExampleResult(operation), &example); err != nil {
		panic(err)
	}
	return example
}

// keyExample contains whatever else the document requires of a key.
var keyExample = exampleOf(getOp)

func (s *server) show(k key) object {
	shown := maps.Clone(keyExample)
	maps.Copy(shown, object{"created": s.timestamp(k.created), "modified": s.timestamp(k.modified), "name": k.name, "uid": k.uid})
	return shown
}

// digest looks random and is the same in each test run.
func digest(of string, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d of these tests", of, n))
	return hex.EncodeToString(sum[:])
}

func newUID(of string, n int) string { return digest(of, n)[:32] }

func (s *server) now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func (s *server) newKey(name string, at time.Time) key {
	s.made++
	return key{uid: newUID("uid", s.made), name: name, secret: digest("secret", s.made), created: at, modified: at}
}

func (s *server) main() *account { return s.accounts[accountID] }

func (s *server) second() *account { return s.accounts[secondAccountID] }

func (s *server) remember() {
	for _, a := range s.accounts {
		if len(a.states) == 0 || !slices.Equal(a.states[len(a.states)-1].keys, a.keys) {
			a.states = append(a.states, state{s.now(), slices.Clone(a.keys)})
		}
	}
}

func (s *server) respond(c *call) *response {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[c.operation]++
	s.calls["all"]++
	c.nth, c.account, c.crowd = s.calls[c.operation], s.accounts[c.accountID], s.inProgress
	s.inProgress--
	if s.seeded[c.keyID] {
		s.touched = append(s.touched, c.Method+" "+c.keyID)
	}
	r := s.perform(c)
	if r.header.Get("Content-Type") == "" {
		r.header.Set("Content-Type", "application/json")
	}
	r.header.Set("CF-Ray", digest("ray", s.calls["all"])[:16]+"-AMS")
	for _, change := range s.changes {
		change(c, r)
	}
	s.remember()
	return r
}

func (s *server) perform(c *call) *response {
	if r := s.instead(c); r != nil {
		return r
	}
	if c.operation == "" {
		return s.operations[""](c)
	}
	if !s.allowed(c) {
		return failure(403)
	}
	if c.keyID != "" {
		uid, ok := s.resolve(c)
		if !ok {
			return failure(400, codeUnroutable)
		}
		c.keyID = uid
	}
	return s.operations[c.operation](c)
}

var idPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

// documentedOps are the ids of all operations on TURN keys, and paths are their paths.
var documentedOps, paths = documented()

func documented() (ids []string, paths map[string]*regexp.Regexp) {
	paths = map[string]*regexp.Regexp{}
	parameter := regexp.MustCompile(`\{\w+\}`)
	for _, o := range contract.OpenAPI().Operations() {
		if strings.Contains(o.Path, "/turn_keys") {
			ids = append(ids, o.ID)
			paths[o.ID] = regexp.MustCompile("^" + basePath + parameter.ReplaceAllString(o.Path, "([^/]+)") + "$")
		}
	}
	return ids, paths
}

// lookUp returns the ids in a path, and the operations that are documented there, by method.
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

func (s *server) route(r *http.Request) *call {
	c := &call{Request: r, server: s}
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		c.token = token
	}
	var byMethod map[string]string
	c.accountID, c.keyID, byMethod = lookUp(r.URL.Path)
	c.operation = byMethod[r.Method]
	return c
}

func undocumented(c *call) *response {
	if c.accountID == "" {
		return failure(404, codeUnroutable)
	}
	return failure(405, codeUnroutable)
}

func create(c *call) *response {
	name, err := c.readName(c)
	if err != nil {
		return failure(400)
	}
	if len(c.account.keys) >= maxKeys {
		return failure(400)
	}
	k := c.newKey(name, c.now())
	c.store(c, &k)
	c.keyID, c.account.keys = k.uid, append(c.account.keys, k)
	shown := c.show(k)
	shown["key"] = k.secret
	return success(201, shown)
}

func list(c *call) *response {
	shown := []object{}
	for _, k := range c.view(c) {
		shown = append(shown, c.show(k))
	}
	return success(200, shown)
}

// found serves a call about a key that it sees.
func found(serve func(c *call, k key) *response) operation {
	return func(c *call) *response {
		k := find(c.view(c), c.keyID)
		if k.uid == "" {
			return failure(404)
		}
		return serve(c, k)
	}
}

func get(c *call, k key) *response { return success(200, c.show(k)) }

func edit(c *call, k key) *response {
	name, err := c.readName(c)
	if err != nil {
		return failure(400)
	}
	k.name, k.modified = name, c.now()
	c.store(c, &k)
	for _, a := range c.accounts {
		if i := a.index(c.keyID); i >= 0 {
			a.keys[i] = k
		}
	}
	return success(200, c.show(k))
}

func remove(c *call, k key) *response {
	for _, a := range c.accounts {
		a.remove(k.uid)
	}
	return success(200, c.show(k))
}

// asInExample serves an operation that this server does not implement: it returns the document's example, for the key in
// the path, and changes nothing.
func asInExample(c *call, k key) *response {
	result := exampleOf(c.operation)
	maps.Copy(result, c.show(k))
	return success(contract.OpenAPI().Operation(c.operation).Success, result)
}
