package conformance_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// Who may do what, and what happens to those who may not.
var credentialFaults = []scenario{
	{"nothing asks for a token", letting(anybody)},
	{"an empty token will do", letting(emptyToken)},
	{"the beginning of the token will do", letting(func(c *call) bool { return len(c.token) > 8 && strings.HasPrefix(c.account.token, c.token) })},
	{"a longer token will do", letting(func(c *call) bool { return strings.HasPrefix(c.token, c.account.token) })},
	{"the token in other case will do", letting(func(c *call) bool { return strings.EqualFold(c.token, c.account.token) })},
	{"any token of the right length will do", letting(func(c *call) bool { return len(c.token) == len(c.account.token) })},
	{"basic authentication will do", letting(basic)},
	{"the token will do under any scheme", letting(func(c *call) bool {
		_, token, _ := strings.Cut(c.Header.Get("Authorization"), " ")
		return token == c.account.token
	})},
	{"the token will do without a scheme", letting(func(c *call) bool { return c.Header.Get("Authorization") == c.account.token })},
	{"the token will do in the query", letting(inQuery)},
	{"the token will do in the query as api_token", letting(func(c *call) bool { return c.URL.Query().Get("api_token") == c.account.token })},
	{"basic authentication will do with the token as the user", letting(func(c *call) bool {
		user, _, _ := c.BasicAuth()
		return user == c.account.token
	})},
	{"the other account's token will do", letting(func(c *call) bool { return c.token == secondToken || c.token == token })},
	{"a refused token will do the second time", func(s *server) {
		seen := map[string]bool{}
		letting(func(c *call) bool { known := seen[c.token]; seen[c.token] = true; return known })(s)
	}},
	{"the token counts until something was created", letting(func(c *call) bool { return len(c.account.keys) > 2 })},
	{"the owner's token fails for get", func(s *server) { s.around(func(*call, operation) *answer { return unauthorized() }, getOp) }},
	{"the owner's token fails for delete", func(s *server) { s.around(func(*call, operation) *answer { return unauthorized() }, deleteOp) }},

	{"a refused create is done", done(createOp)},
	{"a refused edit is done", done(editOp)},
	{"a refused delete is done", done(deleteOp)},
	{"a create without a token is refused and done", func(s *server) {
		onFailure(http.StatusForbidden, func(c *call, _ *answer) {
			if c.account != nil && c.Header.Get("Authorization") == "" {
				s.operations[createOp](c)
			}
		}, createOp)(s)
	}},
	{"a refused list tells the keys", onFailure(http.StatusForbidden, func(c *call, a *answer) {
		if c.account != nil && len(c.account.keys) > 0 {
			a.body["result"] = object{"uid": c.account.keys[0].uid, "name": c.account.keys[0].name}
		}
	}, listOp)},
	{"a refused get tells the key", func(s *server) {
		onFailure(http.StatusForbidden, func(c *call, a *answer) {
			if c.account != nil {
				a.body["result"] = s.operations[getOp](c).body["result"]
			}
		}, getOp)(s)
	}},
	{"a refused token moves modified", onFailure(http.StatusForbidden, func(c *call, _ *answer) {
		if c.account != nil && c.account.index(c.keyID) >= 0 {
			c.edited().modified = c.edited().modified.Add(1e9)
		}
	}, editOp)},
	{"a refused token is a 404 for a key", token4XX(notFound())},
	{"a refused token is a 400 with the code for a key", token4XX(failure(http.StatusBadRequest, codeNotFound, "TURN key not found"))},
	{"a refused token is a 403 with the code for a key", token4XX(failure(http.StatusForbidden, codeNotFound, "TURN key not found"))},
	{"a refused token is a 200 with success false", token4XX(&answer{status: http.StatusOK, body: unauthorized().body})},
	{"a refused token is a 500", token4XX(failure(http.StatusInternalServerError, codeOther, "Internal error"))},
	{"a refused token is a 302", changing(func(_ *call, a *answer) {
		if a.status == http.StatusForbidden {
			a.status = http.StatusFound
			a.header.Set("Location", "https://dash.example/login")
		}
	})},
	{"a refused token gets an empty list", token4XX(success(http.StatusOK, []object{}), listOp)},
	{"a refused token gets a 429", token4XX(failure(http.StatusTooManyRequests, codeOther, "Too many requests"))},
	{"an unknown key is refused with the token's code", onFailure(http.StatusNotFound, func(_ *call, a *answer) {
		a.body["errors"] = unauthorized().body["errors"]
	})},
	{"an unknown key is refused as a route", onFailure(http.StatusNotFound, func(_ *call, a *answer) {
		a.body["errors"] = []object{{"code": codeUnroutable, "message": "Could not route"}}
	}, getOp, editOp, deleteOp)},
}

// letting lets others in beside the account's owner. An account that does not exist lets in nobody.
func letting(also func(*call) bool, operations ...string) func(*server) {
	return func(s *server) {
		allowed := s.allowed
		s.allowed = func(c *call) bool {
			return allowed(c) || c.account != nil && slices.Contains(orAll(operations), c.operation) && also(c)
		}
	}
}

func anybody(*call) bool { return true }

func hasToken(c *call) bool { return strings.TrimSpace(c.token) != "" }

func noHeader(c *call) bool { return c.Header.Get("Authorization") == "" }

func emptyToken(c *call) bool {
	return strings.EqualFold(strings.TrimSpace(c.Header.Get("Authorization")), "Bearer")
}

func basic(c *call) bool {
	scheme, credentials, _ := strings.Cut(c.Header.Get("Authorization"), " ")
	decoded, _ := base64.StdEncoding.DecodeString(credentials)
	return strings.EqualFold(scheme, "Basic") && (credentials == c.account.token || strings.Contains(string(decoded), c.account.token))
}

func inQuery(c *call) bool {
	for _, values := range c.URL.Query() {
		if slices.Contains(values, c.account.token) {
			return true
		}
	}
	return false
}

func othersToken(c *call) bool { return c.token == secondToken }

// done does what it has refused.
func done(operation string) func(*server) {
	return func(s *server) {
		onFailure(http.StatusForbidden, func(c *call, _ *answer) {
			if c.account != nil {
				s.operations[operation](c)
			}
		}, operation)(s)
	}
}

func token4XX(other *answer, operations ...string) func(*server) {
	return onFailure(http.StatusForbidden, func(_ *call, a *answer) { a.replace(other) }, operations...)
}
