package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
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
