package contract

import (
	"strconv"
	"strings"
)

var someMethods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PURGE", "get", "post"}

// requestMutants change what a request has beside its body.
func (s subject) requestMutants(samples *samples) []mutant {
	all := append(s.addresses(), s.pathParameters(samples)...)
	for _, method := range someMethods {
		if s.item.Operations()[method] == nil {
			m := s.mutant(Request, "operation", method, "operation")
			m.method = method
			all = append(all, m)
		}
	}
	m := s.mutant(Request, "operation", "a method that is the token", "operation")
	m.method = testToken
	all = append(all, m)
	return append(append(all, s.queries(samples)...), s.credentials()...)
}

// addresses lead nowhere.
func (s subject) addresses() []mutant {
	var all []mutant
	change := func(what, address string) {
		m := s.mutant(Request, "operation", what, "operation")
		m.url = address
		all = append(all, m)
	}
	change("trailing slash", s.url+"/")
	change("two more segments", s.url+"/un/documented")
	for segment := range strings.SplitSeq(s.template, "/") {
		if segment == "" || strings.HasPrefix(segment, "{") {
			continue
		}
		change("another word than "+segment, strings.Replace(s.url, "/"+segment, "/"+segment+"x", 1))
		change(segment+" in upper case", strings.Replace(s.url, "/"+segment, "/"+strings.ToUpper(segment), 1))
		change("without "+segment, strings.Replace(s.url, "/"+segment, "", 1))
	}
	return all
}

// pathParameters change one parameter. What leaves none, or two of them, leads nowhere.
func (s subject) pathParameters(samples *samples) []mutant {
	var all []mutant
	for _, ref := range s.parameters() {
		parameter := ref.Value
		value := parameter.Example.(string)
		walker{samples, func(c change) {
			text, ok := c.value.(string)
			if !ok {
				return // a path has no types, and its bytes are escaped
			}
			// A secret breaks the parameter's pattern like any other text, so the rule is left open.
			m := s.mutant(Request, c.class, c.what, "path:"+parameter.Name, "operation")
			m.valid = c.valid
			m.url = s.address(map[string]string{parameter.Name: text})
			all = append(all, m)
		}}.walkString(flatten(parameter.Schema), "", value)
	}
	return all
}

func (s subject) queries(samples *samples) []mutant {
	queries := map[string]string{
		"page=1": "page", "page": "page", "page=1&page=2": "page", "=": "", "%zz": "", "a;b": "", "&": "",
		testToken + "=1": "[redacted]",
	}
	for name, secret := range samples.secrets {
		queries[name+"="+secret] = name
		queries[secret] = "[redacted]"
	}
	var all []mutant
	for query, name := range sorted(queries) {
		m := s.mutant(Request, "query", strconv.Quote(query), "query:"+name)
		m.url += "?" + query
		all = append(all, m)
	}
	return all
}

// credentials change the Authorization header.
func (s subject) credentials() []mutant {
	valid := s.request.header.Get("Authorization")
	var all []mutant
	for what, values := range sorted(map[string][]string{
		"missing": nil, "empty": {""}, "twice": {valid, valid}, "no token": {"Bearer"}, "a blank for a token": {"Bearer "},
		"no scheme": {testToken}, "another scheme": {"Basic dXNlcjpwYXNzd29yZA=="}, "two blanks": {"Bearer  " + testToken},
		"a comma": {valid + ", " + valid}, "a quote": {`Bearer "` + testToken + `"`}, "a line end": {valid + "\n"},
		"a blank in the token": {"Bearer a token"}, "beyond ASCII": {"Bearer tökèn"}, "scheme twice": {"Bearer " + valid},
	}) {
		m := s.mutant(Request, "security", what, "header:Authorization")
		m.request.setHeader("Authorization", values...)
		all = append(all, m)
	}
	return all
}
