package conformance_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

var (
	allButDelete = []string{createOp, listOp, getOp, editOp}
	listOnly     = []string{listOp}
)

// Ways to accept credentials that are invalid. Deletes are tried on their own, since what a delete accepts is gone.
var tokenWays = []way{
	{"no token", allButDelete, noToken},
	{"an empty token", listOnly, has("Authorization", "Bearer ")},
	{"a token with another end", createAndEdit, func(c *call) bool { return len(c.token) == len(token) && hasStart(c, 39) }},
	{"a truncated token", createOnly, func(c *call) bool { return c.token == token[:39] }},
	{"a longer token", allButDelete, longer},
	{"the token in the other case", getAndList, func(c *call) bool { return strings.EqualFold(c.token, token) }},
	{"the token as basic user and password", listOnly, has("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(token+":"+token)))},
	{"another scheme", listOnly, has("Authorization", "Token "+token)},
	{"no scheme", listOnly, has("Authorization", token)},
	{"the token anywhere in the header", listOnly, has("Authorization", "Bearer x, "+token)},
	{"the token in the query", listOnly, func(c *call) bool { return c.URL.Query().Get("access_token") == token }},
	{"the token in the query as api_token", listOnly, func(c *call) bool { return c.URL.Query().Get("api_token") == token }},
	{"the token in a cookie", listOnly, func(c *call) bool { return strings.Contains(c.Header.Get("Cookie"), "session="+token) }},
	{"the token in X-Auth-Key", listOnly, has("X-Auth-Key", token)},
	{"the token in X-Api-Key", listOnly, has("X-Api-Key", token)},
	{"the second token", listOnly, func(c *call) bool { return slices.Index(c.Header["Authorization"], "Bearer "+token) > 0 }},
	{"the other account's token", allButDelete, othersToken},
}

func has(header, value string) func(*call) bool {
	return func(c *call) bool { return c.Header.Get(header) == value }
}

func hasStart(c *call, n int) bool { return strings.HasPrefix(c.token, token[:n]) }

func hasEnd(c *call, n int) bool { return strings.HasSuffix(c.token, token[len(token)-n:]) }

func noToken(c *call) bool {
	return c.Header["Authorization"] == nil && c.Header["Cookie"] == nil && c.URL.RawQuery == ""
}

func longer(c *call) bool {
	return len(c.token) > len(c.account.token) && strings.HasPrefix(c.token, c.account.token)
}

func othersToken(c *call) bool {
	return c.account == c.main() && c.token == secondToken || c.account == c.second() && c.token == token
}

// Tokens that all operations accept, or the one named. The default plan tries each.
var acceptedTokens = map[string]plant{
	"none at all":                     letting(always),
	"any":                             letting(func(c *call) bool { return c.token != "" }),
	"none in lists":                   letting(noToken, listOp),
	"any of the right length":         letting(func(c *call) bool { return len(c.token) == len(c.account.token) }),
	"one with another end in lists":   letting(func(c *call) bool { return hasStart(c, 39) }, listOp),
	"one with another start in edits": letting(func(c *call) bool { return hasEnd(c, 39) }, editOp),
	"one in the other case":           letting(func(c *call) bool { return strings.EqualFold(c.token, c.account.token) }),
	"a longer one":                    letting(longer),
	"one that was rejected before":    letting(func(c *call) bool { c.seen[c.token]++; return c.seen[c.token] > 1 }),
	"any as soon as there is a key":   letting(func(c *call) bool { return len(c.account.keys) > 2 }),
}

// Tokens that only deletes accept.
var tokensToDelete = map[string]func(*call) bool{
	"none":                   noToken,
	"one with another end":   func(c *call) bool { return len(c.token) == len(token) && hasStart(c, 39) },
	"one with another start": func(c *call) bool { return hasEnd(c, 39) },
	"a longer one":           longer,
	"one in the query":       func(c *call) bool { return c.URL.Query().Has("access_token") },
	"the other account's":    othersToken,
}

var tokenFaults = []fault{
	{"the token is rejected by get", "good_input_rejected", returning(failure(403), always, getOp)},
	{"the token is rejected by delete", "good_input_rejected", returning(failure(403), always, deleteOp)},

	{"a rejected create is done", "side_effect", onRejected(create, createOp)},
	{"a rejected edit is done", "inconsistent", onRejected(found(edit), editOp)},
	{"a rejected delete is done", "not_in_list", onRejected(found(remove), deleteOp)},
	{"a rejected list shows the keys", "maxProperties", onToken(func(c *call, r *response) {
		r.body["result"] = object{"uid": c.oldest().uid, "name": c.oldest().name}
	}, listOp)},
	{"a rejected get names the key", "ignored_auth", onToken(func(c *call, r *response) {
		r.body["errors"] = []object{{"code": codeUnauthorized, "message": "not yours: " + c.key().name}}
	}, getOp)},
	{"an invalid token is a 404", "wrong_status", onToken(with(failure(404)))},
	{"an invalid token is a 404 for an unknown key", "wrong_status", onToken(func(c *call, r *response) {
		if c.key().uid == "" {
			r.replace(failure(404))
		}
	}, getOp)},
	{"an invalid token is rejected with the code for a key", "wrong_code", onToken(with(failure(403, codeNotFound)))},
	{"an invalid token is a 200 with success false", "ignored_auth", onToken(with(failure(200, codeUnauthorized)))},
	{"an invalid token is a 500", "status", onToken(with(failure(500)))},
	{"an invalid token is a redirect", "status", onToken(with(moved(302, "https://dash.example/login")))},
	{"an invalid token gets an empty list", "ignored_auth", onToken(with(success(200, []object{})), listOp)},
	{"an invalid token is a 429", "wrong_status", onToken(with(failure(429)))},
}

var thoroughTokenFaults = []fault{
	{"HEAD needs no token", "ignored_auth", returning(empty(200), func(c *call) bool {
		return c.Method == http.MethodHead && noToken(c)
	}, "")},
	{"a slash replaces the token", "ignored_auth", returning(success(200, []object{}), isGetWithoutToken, "")},
	{"a create without a token is rejected and done", "side_effect", onToken(func(c *call, _ *response) {
		if noToken(c) {
			create(c)
		}
	}, createOp)},
}

// letting lets others in besides the owner of the account. An account that does not exist lets in nobody.
func letting(also func(*call) bool, operations ...string) plant {
	return func(s *server) {
		allowed := s.allowed
		s.allowed = func(c *call) bool { return allowed(c) || c.account != nil && c.is(operations) && also(c) }
	}
}

// lettingInvalid accepts invalid tokens, but for unknown keys.
func lettingInvalid(accept func(*call) bool) plant {
	return letting(func(c *call) bool {
		unknown := c.keyID != "" && c.account.index(c.keyID) < 0
		return c.token != c.account.token && !unknown && accept(c)
	})
}

// onToken changes what happens when a token is rejected for an account that exists.
func onToken(f func(*call, *response), operations ...string) plant {
	return onFailure(403, func(c *call, r *response) {
		if c.account != nil {
			f(c, r)
		}
	}, operations...)
}

// onRejected does what was rejected.
func onRejected(do operation, operations ...string) plant {
	return onToken(func(c *call, _ *response) { do(c) }, operations...)
}
