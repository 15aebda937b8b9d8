package conformance_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// liveControls are servers in whose account others work at the same time.
var liveControls = []scenario{
	{"others create keys", func(s *server) {
		s.after(func(_ *call, _ *answer) {
			if a := s.accounts[accountID]; s.calls["all"]%3 == 0 {
				a.keys = append(a.keys, s.newKey("somebody else's", s.now()))
			}
		})
	}},
	{"others delete keys", func(s *server) {
		holding(20, "somebody else's")(s)
		s.after(func(_ *call, _ *answer) {
			if a := s.accounts[accountID]; s.calls["all"]%3 == 0 && strings.HasPrefix(a.keys[0].name, "somebody") {
				a.keys = a.keys[1:]
			}
		})
	}},
	{"others rename keys", func(s *server) {
		s.after(func(_ *call, _ *answer) {
			k := &s.accounts[accountID].keys[s.calls["all"]%2]
			k.name, k.modified = fmt.Sprint("renamed ", s.calls["all"]), s.now()
		})
	}},
	{"others fill the account", func(s *server) {
		holding(990, "one of many")(s)
		s.after(func(_ *call, _ *answer) {
			if a := s.accounts[accountID]; s.calls["all"] > 3 && len(a.keys) < maxKeys {
				a.keys = append(a.keys, s.newKey("somebody else's", s.now()))
			}
		})
	}},
	{"other runs come and go", func(s *server) {
		s.after(func(_ *call, _ *answer) {
			a, n := s.accounts[accountID], s.calls["all"]
			if name := fmt.Sprintf("turnkeys-contract-%032x", n/4); n%4 == 0 {
				a.keys = append(a.keys, s.newKey(name, s.now()))
			} else if n%4 == 2 {
				a.keys = slices.DeleteFunc(a.keys, func(k key) bool { return k.name == name })
			}
		})
	}},
}

// unusable are servers about which a run can say nothing but that.
var unusable = []scenario{
	{"the account is full", holding(maxKeys, "one of many")},
	{"the token is never good", freshToken(func(*server) bool { return true })},
	{"every path is unknown", func(s *server) {
		s.instead = func(*call) *answer { return failure(http.StatusNotFound, codeUnroutable, "Could not route") }
	}},
	{"every path is a page", func(s *server) { s.instead = func(*call) *answer { return htmlPage(http.StatusNotFound) } }},
	{"every path is the home page", func(s *server) { s.instead = func(*call) *answer { return htmlPage(http.StatusOK) } }},
	failsAlways,
	{"every call is a 503 in JSON", func(s *server) {
		s.instead = func(*call) *answer { return failure(http.StatusServiceUnavailable, codeOther, "Down for maintenance") }
	}},
}

var failsAlways = scenario{"every call is a 503", func(s *server) {
	s.instead = func(*call) *answer { return htmlPage(http.StatusServiceUnavailable) }
}}
