package conformance_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

const (
	accountsURL  = "http://localhost" + basePath + "/accounts/"
	keysURL      = accountsURL + accountID + "/calls/turn_keys"
	otherKeysURL = accountsURL + secondAccountID + "/calls/turn_keys"
)

// transcript sends requests and writes down what comes back.
type transcript struct {
	t         *testing.T
	transport http.RoundTripper
	lines     []string
	expected  []string // if not nil, the first line that differs from these is the last
}

func (s *transcript) write(line string) { s.lines = append(s.lines, line) }

func (s *transcript) differs() bool {
	n := len(s.lines)
	return s.expected != nil && n > 0 && (n > len(s.expected) || s.lines[n-1] != s.expected[n-1])
}

// reply is what the transcript looks at in an answer.
type reply struct {
	status int
	Result json.RawMessage
}

func (r reply) key() (k struct{ UID, Name, Key, Secret, Created, Modified string }) {
	_ = json.Unmarshal(r.Result, &k)
	return k
}

// do sends a request with the account's token and JSON, unless the headers, in pairs, say otherwise.
func (s *transcript) do(method, url, body string, headers ...string) reply {
	if s.differs() {
		return reply{}
	}
	text, reply := s.send(method, url, body, headers...)
	s.write(fmt.Sprintf("%s %s %q %q: %s", method, url, body, headers, text))
	return reply
}

func (s *transcript) send(method, url, body string, headers ...string) (text string, reply reply) {
	r, err := http.NewRequestWithContext(s.t.Context(), method, url, strings.NewReader(body))
	require.NoError(s.t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Set(pair[0], pair[1])
		if pair[1] == "" {
			r.Header.Del(pair[0])
		}
	}
	response, err := s.transport.RoundTrip(r)
	if err != nil {
		return err.Error(), reply
	}
	data, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	_ = json.Unmarshal(data, &reply)
	reply.status = response.StatusCode
	var header bytes.Buffer
	_ = response.Header.Write(&header)
	return fmt.Sprintf("%d %s%s%t", response.StatusCode, &header, data, response.Uncompressed), reply
}

func (s *transcript) create(name string) reply { return s.do("POST", keysURL, named(name)) }

func named(name string) string {
	body, err := json.Marshal(object{"name": name})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// transcribe runs a script in a synctest bubble against a scenario's server.
func transcribe(t *testing.T, s scenario, expected []string, script func(*transcript)) (written *transcript) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		written = &transcript{t: t, transport: s.transport(), expected: expected}
		script(written)
	})
	return written
}

func TestTheReferenceServerKeepsToTheDocument(t *testing.T) {
	transcribe(t, controls[0], nil, func(s *transcript) {
		checker, err := contract.New(s.transport)
		require.NoError(t, err)
		s.transport = checker
		first, second := s.create("first"), s.create("second")
		assert.Equal(t, []int{201, 201}, []int{first.status, second.status})
		assert.Equal(t, []string{"first", "second"}, []string{first.key().Name, second.key().Name})
		assert.NotEqual(t, first.key().UID, second.key().UID)
		assert.NotEqual(t, first.key().Key, second.key().Key)

		url := keysURL + "/" + first.key().UID
		edited := s.do("PUT", url, named("edited"))
		assert.Equal(t, 200, edited.status)
		assert.Equal(t, "edited", edited.key().Name)
		assert.Equal(t, first.key().Created, edited.key().Created)
		assert.Greater(t, edited.key().Modified, first.key().Modified)
		assert.JSONEq(t, string(edited.Result), string(s.do("GET", url, "").Result))
		assert.Equal(t, edited, s.do("DELETE", url, ""))
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			assert.Equal(t, 404, s.do(method, url, `{}`[:2*strings.Count(method, "U")]).status, method)
		}
		var listed []struct{ Name string }
		require.NoError(t, json.Unmarshal(s.do("GET", keysURL, "").Result, &listed))
		assert.Equal(t, []struct{ Name string }{{"somebody's of a0c1"}, {"video calls of a0c1"}, {"second"}}, listed)
		for _, method := range []string{"GET", "POST"} {
			assert.Equal(t, 403, s.do(method, keysURL, `{}`[:2*strings.Count(method, "O")], "Authorization", "Bearer "+secondToken).status)
		}
		for range maxKeys - 3 {
			require.Equal(t, 201, s.create("one of many").status)
		}
		assert.Equal(t, 400, s.create("one too many").status)
		assert.Empty(t, checker.Violations())
	})
}

func TestEveryPlantedDifferenceShows(t *testing.T) {
	reference := transcribe(t, controls[0], nil, everythingOnce).lines
	require.Equal(t, reference, transcribe(t, controls[0], nil, everythingOnce).lines, "the same each time")
	for _, s := range slices.Concat(faults, controls[1:], liveControls) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			assert.True(t, transcribe(t, s, reference, everythingOnce).differs())
		})
	}
}

func TestScenariosHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range slices.Concat(faults, controls, liveControls) {
		assert.False(t, seen[s.name], s.name)
		seen[s.name] = true
	}
}

// everythingOnce is a little of whatever can be tried.
func everythingOnce(s *transcript) {
	lookAround := func() {
		s.do("GET", keysURL, "")
		s.do("GET", otherKeysURL, "", "Authorization", "Bearer "+secondToken)
	}
	lookAround()
	first, second := s.create("first key"), s.create("first key")
	lookAround()
	path := "/" + first.key().UID
	for i, name := range awkwardNames {
		get := func(uid string) { s.do("GET", keysURL+"/"+uid, "") }
		if i%4 == 0 { // a few are enough for create
			get(s.create(name).key().UID)
		}
		s.do("PUT", keysURL+path, named(name))
		get(first.key().UID)
	}
	lookAround()
	s.do("PUT", keysURL+path, `{}`)
	s.create(strings.Repeat("long name ", 200))
	s.do("PUT", keysURL+path, named("turnkeys-contract-b"))
	for _, body := range awkwardBodies {
		s.do("POST", keysURL, body)
		s.do("PUT", keysURL+path, body)
		s.do("GET", keysURL+path, "")
	}
	for _, mediaType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=iso-8859-1"} {
		s.do("POST", keysURL, `{"name":"typed"}`, "Content-Type", mediaType)
		s.do("PUT", keysURL+path, `{"name":"typed"}`, "Content-Type", mediaType)
	}
	s.do("POST", keysURL, "name=form", "Content-Type", "application/x-www-form-urlencoded")
	lookAround()
	everyToken(s, path)
	everyAddress(s, first.key().UID)
	lookAround()
	atOnce(s)
	for _, both := range []reply{first, second} {
		s.do("PUT", keysURL+"/"+both.key().UID, named("both keys, edited"))
	}
	for range 20 {
		s.create("one of many")
	}
	for _, gone := range []reply{first, second} {
		for _, method := range []string{"DELETE", "GET", "PUT", "DELETE", "GET"} {
			s.do(method, keysURL+"/"+gone.key().UID, `{}`)
		}
		lookAround()
	}
	s.create("first key")
	lookAround()
}

var awkwardNames = []string{
	"", "plain", " spaces  around ", `double"quote`, "single'quote", `back\slash`, "<b>&amp;</b>", "50%25 a%20b", "a+b", "cafe\u0301", "😀",
	"日本", "line\nend\ttab", "slash/dot", "null", "007", "NUL\x00", "ÀÉÎ", strings.Repeat("long name ", 30), "turnkeys-contract-a", "plain",
}

var awkwardBodies = []string{
	``, `null`, `[]`, `"name"`, `7`, `true`, `{`, `{"name":"cut`, `{"name":"a"}{"name":"b"}`, `{'name':'single'}`, `{"name":"comma",}`, `name`,
	`{"name":null}`, `{"name":7}`, `{"name":true}`, `{"name":false}`, `{"name":["a"]}`, `{"name":{"a":1}}`, `{"name":"unknown","field":1}`,
	`{"NAME":"upper"}`, "{\"name\":\"\xff\"}", `{"uid":"00000000000000000000000000000001"}`,
}

func everyToken(s *transcript, path string) {
	for _, authorization := range []string{
		"", "Bearer", "Bearer ", "Bearer x", "Bearer " + token[:20], "Bearer " + token + "x", "Bearer " + strings.ToUpper(token), token,
		"Token " + token, "Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+token)),
		"Basic " + base64.StdEncoding.EncodeToString([]byte(token+":")), "Bearer " + secondToken,
		"Bearer " + strings.Repeat("x", 40),
	} {
		s.do("POST", keysURL, `{"name":"refused"}`, "Authorization", authorization)
		s.do("GET", keysURL, "", "Authorization", authorization)
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			s.do(method, keysURL+path, `{"name":"refused"}`, "Authorization", authorization)
			s.do("GET", keysURL+path, "")
		}
		s.do("GET", keysURL+"/"+strings.Repeat("0", 32), "", "Authorization", authorization)
	}
	s.do("GET", keysURL, "", "Authorization", "bearer "+token)
	s.do("GET", keysURL+"?access_token="+token, "", "Authorization", "")
	s.do("GET", keysURL+"?api_token="+token, "", "Authorization", "")
}

func everyAddress(s *transcript, uid string) {
	uid += strings.Repeat("0", max(0, 32-len(uid))) // for servers that answer without one
	ids := []string{strings.ToUpper(uid), uid[:16], uid[16:], uid + "0", uid[:16] + strings.Repeat("0", 16), "plain", "%20" + uid, strings.Repeat("0", 32), uid + "/"}
	for _, id := range ids {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			s.do(method, keysURL+"/"+id, `{"name":"by id"}`)
		}
	}
	for _, account := range []string{strings.ToUpper(accountID), strings.Repeat("0", 32), "short"} {
		s.do("GET", accountsURL+account+"/calls/turn_keys", "")
		s.do("POST", accountsURL+account+"/calls/turn_keys", `{}`)
	}
	for _, url := range []string{keysURL, keysURL + "/" + uid, keysURL + "/", keysURL + "?unknown=1", keysURL + "/" + uid + "?unknown=1", accountsURL} {
		for _, method := range []string{"OPTIONS", "POST", "PUT", "PATCH", "GET"} {
			s.do(method, url, `{"name":"by method"}`)
		}
	}
	other := digest("uid", 1)[:32] // is in one account
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		s.do(method, keysURL+"/"+digest("uid", 3)[:32], `{"name":"by the other"}`)
		s.do(method, otherKeysURL+"/"+other, `{"name":"by the other"}`, "Authorization", "Bearer "+secondToken)
	}
	s.do("DELETE", keysURL, "")
	s.do("DELETE", keysURL+"/", "")
}

// atOnce writes down what does not depend on the order in which the calls are served.
func atOnce(s *transcript) {
	if s.differs() {
		return
	}
	uids := make([]string, 8)
	problems := make([]string, 3*len(uids))
	var wait sync.WaitGroup
	for i := range uids {
		wait.Go(func() {
			name := fmt.Sprint("at once ", i)
			_, created := s.send("POST", keysURL, named(name))
			uids[i] = created.key().UID
			time.Sleep(time.Second)
			_, got := s.send("GET", keysURL+"/"+uids[i], "")
			problems[3*i] = fmt.Sprint(created.status, created.key().Name == name)
			problems[3*i+1] = fmt.Sprint(got.status, got.key().Name == name, got.key().UID == uids[i])
			problems[3*i+2] = fmt.Sprint(len(created.key().Key), created.key().Key != digest("crowd", 0))
		})
	}
	wait.Wait()
	slices.Sort(uids)
	_, listed := s.send("GET", keysURL, "")
	s.write(fmt.Sprint(problems, len(slices.Compact(slices.Clone(uids))), strings.Count(string(listed.Result), "at once")))
	for _, uid := range uids {
		s.send("DELETE", keysURL+"/"+uid, "")
	}
}
