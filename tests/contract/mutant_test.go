package contract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// message is one half of an exchange.
type message struct {
	header http.Header
	body   []byte
	cut    bool // the connection breaks at the end of body
}

// trial is an exchange for a checker to judge: what a client sends, and what a server in memory answers.
type trial struct {
	name              string // such as "createTurnKey.201 (created)"
	method, url       string
	status            int
	request, response message
}

func (tr *trial) half(in Side) *message {
	if in == Request {
		return &tr.request
	}
	return &tr.response
}

// setHeader leaves alone the header that other trials share. Without a value, it removes what is there.
func (m *message) setHeader(name string, values ...string) {
	header := m.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header[name] = values
	if len(values) == 0 {
		delete(header, name)
	}
	m.header = header
}

func (m *message) setForm(f *form) {
	if f != nil {
		m.setHeader("Content-Type", mediaJSON)
		m.body = encode(f.value)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

var errCut = errors.New("connection reset by peer")

// play sends the request through a new Checker, and returns what that found.
func (tr trial) play(t *testing.T) []Violation {
	t.Helper()
	checker, err := New(roundTripper(func(r *http.Request) (*http.Response, error) {
		_, _ = io.Copy(io.Discard, r.Body)
		var body io.Reader = bytes.NewReader(tr.response.body)
		if tr.response.cut {
			body = io.MultiReader(body, iotest.ErrReader(errCut))
		}
		return &http.Response{StatusCode: tr.status, Header: tr.response.header, Body: io.NopCloser(body)}, nil
	}))
	require.NoError(t, err, tr.name)
	checker.secrets = []string{"5b0f6a1c94e2d7380fb1c6a59d3e8472610c9fbe47a2d8530e6b1f94c7a8d253"}
	request, err := http.NewRequestWithContext(t.Context(), tr.method, tr.url, bytes.NewReader(tr.request.body))
	require.NoError(t, err, tr.name)
	request.Header = tr.request.header
	response, err := checker.RoundTrip(request)
	require.NoError(t, err, tr.name)
	_, _ = io.ReadAll(response.Body)
	require.NoError(t, response.Body.Close())
	return checker.Violations()
}

// mutant is a trial that was changed at one place.
type mutant struct {
	trial
	class, what string
	in          Side
	at          []string // the places where a violation may be reported; none: anywhere in that half
	rule        string   // the one that has to be named; "": any
	valid       bool     // the document allows it even so
}

func (m mutant) String() string {
	place := ""
	if len(m.at) > 0 {
		place = " " + m.at[0]
	}
	return fmt.Sprintf("%s %s%s %s:%s", m.name, m.in, place, m.class, m.what)
}

// killed says whether one of the violations is about what the mutant changed.
func (m mutant) killed(violations []Violation) bool {
	return slices.ContainsFunc(violations, func(v Violation) bool {
		return v.In == m.in && (len(m.at) == 0 || slices.Contains(m.at, v.At)) && (m.rule == "" || m.rule == v.Rule)
	})
}

// near returns the places for a violation that is about the value at a JSON pointer: the value, or what it is in.
func near(pointer string) []string {
	if pointer == "" {
		return []string{"body"}
	}
	return []string{pointer, orBody(pointer[:strings.LastIndex(pointer, "/")])}
}
