package conformance

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// probeCredentials tries invalid credentials that are nearly right, or in another place, beside those of the default plan.
func (r *run) probeCredentials(ctx context.Context) {
	token, list := r.main.token, ops{listTurnKeys}
	lastChanged := changeLast(token)
	r.tryAll(ctx, r.main, r.keyToTry(ctx, r.main), []trial{
		{"without a token", withoutToken, ops{getTurnKey, createTurnKey, editTurnKey, deleteTurnKey}},
		{"with an empty token", invalidToken(""), list},
		{"with the last character of the token changed", invalidToken(lastChanged), ops{createTurnKey, editTurnKey, deleteTurnKey}},
		{"with the first character of the token changed", invalidToken(changeFirst(token)), ops{deleteTurnKey}},
		{"with a truncated token", invalidToken(cut(token)), ops{createTurnKey}},
		{"with a longer token", invalidToken(token + "0"), ops{listTurnKeys, getTurnKey, editTurnKey, deleteTurnKey}},
		{"with the token in upper case", invalidToken(strings.ToUpper(token)), ops{getTurnKey}},
		{"with the token as basic user and password", invalid("Basic " + basic(token)), list},
		{"with the token under another scheme", invalid("Token " + token), list},
		{"with the token without a scheme", invalid(token), list},
		{"with the token after another in Authorization", invalid("Bearer x, " + token), list},
		{"with the token in a second Authorization header", invalid("Bearer "+lastChanged, "Bearer "+token), list},
		{"with the token in the query", func(c call) call {
			c.path += "?access_token=" + url.QueryEscape(token) + "&api_token=" + url.QueryEscape(token)
			return withoutToken(c)
		}, ops{listTurnKeys, deleteTurnKey}},
		{"with the token in a cookie, X-Auth-Key and X-Api-Key", func(c call) call {
			c = c.with("Cookie", "token="+token+"; api_token="+token+"; session="+token)
			return withoutToken(c.with("X-Auth-Key", token).with("X-Api-Key", token))
		}, list},
		{"with a slash at the end and no token", func(c call) call { return appending("/", noToken)(withoutToken(c)) }, list},
	})
}

func basic(token string) string {
	return base64.StdEncoding.EncodeToString([]byte(token + ":" + token))
}

// probeBodies sends create and edit what the document does not permit, and then fields that only the server sets.
func (r *run) probeBodies(ctx context.Context) {
	name := r.name + " invalid body"
	valid := `{"name":` + quote(name) + `}`
	typed := func(mediaType, body string) change {
		return func(c call) call { return c.withBody(mediaType, body).expecting(badInput) }
	}
	body := func(body string) change { return typed("application/json", body) }
	both, create, edit := ops{createTurnKey, editTurnKey}, ops{createTurnKey}, ops{editTurnKey}
	r.tryAll(ctx, r.main, r.keyToTry(ctx, r.main), []trial{
		{`with {"name":null}`, body(`{"name":null}`), both},
		{`with {"name":1.5}`, body(`{"name":1.5}`), both},
		{`with {"name":true}`, body(`{"name":true}`), create},
		{`with {"name":false}`, body(`{"name":false}`), edit},
		{`with {"name":[]}`, body(`{"name":[]}`), create},
		{`with {"name":{}}`, body(`{"name":{}}`), edit},
		{"with null as the body", body("null"), both},
		{`with "text" as the body`, body(`"text"`), create},
		{"with 1.5 as the body", body("1.5"), create},
		{"with true as the body", body("true"), create},
		{"with [] as the body", body("[]"), create},
		{"with an object in an array", body("[" + valid + "]"), edit},
		{"with an empty body", body(""), both},
		{"with invalid JSON", body(`{name:'` + name + `'}`), both},
		{"with a truncated body", body(cut(valid)), create},
		{"with two JSON documents", body(valid + valid), both},
		{"with invalid UTF-8", body(`{"name":"` + name + "\xff\"}"), create},
		{"with a trailing comma", body(cut(valid) + ",}"), create},
		{"with a comment", body(valid + " // comment"), create},
		{"with a list of lists of lists", body(`{"name":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}"), create},
		{"with JSON as text/plain", typed("text/plain", valid), both},
		{"with JSON as text/json", typed("text/json", valid), create},
		{"without a content type", typed("", valid), create},
		{"with a form", typed("application/x-www-form-urlencoded", "name="+name), create},
	})
	uid, secret := randomHex(16), randomHex(32)
	c := r.main.call(createTurnKey, r.main.newKey("the key created with undocumented fields"), "with undocumented fields")
	a := r.try(ctx, unknownFields(r.name+" unknown fields", uid, secret)(c))
	if a.result != nil && (a.result.uid == uid || a.result.secret == secret) {
		r.addFindings(a, []finding{{at: "/result", check: "bad_input_accepted", message: "has a uid or a secret from the request"}})
	}
}

// unknownFields adds fields that only the server sets, and others. It leaves open whether they are rejected, but they
// have no effect.
func unknownFields(name, uid, secret string) change {
	return func(c call) call {
		c = c.withBody("application/json", fmt.Sprintf(
			`{"name":%s,"uid":%q,"id":%q,"key":%q,"secret":%q,"created":"2001-02-03T04:05:06Z","modified":"2001-02-03T04:05:06Z","unknown":"x"}`,
			quote(name), uid, uid, secret, secret))
		c.name, c.want.optional = &name, true
		return c
	}
}

// probeAddresses sends requests to addresses that nothing is at, or that are almost right. The document leaves open what
// the response is, but not a failure of the server, and not another key.
func (r *run) probeAddresses(ctx context.Context) {
	k := r.keyToTry(ctx, r.main)
	if !k.exists() {
		return
	}
	uid, id := k.uid, r.main.id
	start := uid[:min(8, len(uid))]
	uuid := regexp.MustCompile(`^(.{8})(.{4})(.{4})(.{4})`)
	get, editAndDelete := ops{getTurnKey}, ops{editTurnKey, deleteTurnKey}
	list, listAndGet := ops{listTurnKeys}, ops{listTurnKeys, getTurnKey}
	r.tryAll(ctx, r.main, k, []trial{
		{"with an unknown id", withID(randomHex(16)), editAndDelete},
		{"with the last digit of the id changed", withID(changeLast(uid)), editAndDelete},
		{"with an id without its last digit", withID(cut(uid)), editAndDelete},
		{"with an id without its first digit", withID(uid[1:]), get},
		{"with an id that is one digit longer", withID(uid + "0"), ops{getTurnKey, deleteTurnKey}},
		{"with an id in upper case", withID(strings.ToUpper(uid)), ops{deleteTurnKey}},
		{"with an id before a blank", withID(uid + "%20"), get},
		{"with an id before a line break", withID(uid + "%0A"), get},
		{"with an id before a zero byte", withID(uid + "%00"), get},
		{"with a quote in the id", withID(cut(uid) + "'"), get},
		{"with an SQL pattern as the id", withID(start + "%25"), get},
		{"with a pattern as the id", withID(start + "*"), get},
		{"with the id as a UUID", withID(uuid.ReplaceAllString(uid, "$1-$2-$3-$4-")), get},
		{"with 0x before the id", withID("0x" + uid), get},
		{"with the key's name as the id", withID(url.PathEscape(k.name())), ops{deleteTurnKey}},
		{"with an id of 2,000 digits", withID(strings.Repeat("0", 2000)), get},
		{"with another segment after the id", appending("/x", unknownID), get},
		{"with an empty id", at(unknownID, "/"+uid, "//"), get},
		{"for a nonexistent account", inAccount(randomHex(16)), ops{getTurnKey, createTurnKey, editTurnKey, deleteTurnKey}},
		{"for an account id without its last digit", inAccount(cut(id)), list},
		{"for an account id that is one digit longer", inAccount(id + "0"), list},
		{"for an account id in upper case", inAccount(strings.ToUpper(id)), list},
		{"for an account id after a blank", inAccount("%20" + id), list},
		{"with unknown query parameters", appending("?unknown=1&name="+url.QueryEscape(r.name+" in the query"), variant), listAndGet},
		{"with a slash at the end", appending("/", variant), listAndGet},
	})
}

// probeMethods tries methods that are not documented, the most dangerous ones last. Whether they work is open; what they
// do is not.
func (r *run) probeMethods(ctx context.Context) {
	k := r.keyToTry(ctx, r.main)
	if !k.exists() {
		r.skip("no key left to try methods on")
		return
	}
	on := func(path string, methods ...string) (all ops) {
		for _, method := range methods {
			all = append(all, &contract.Operation{Method: method, Path: path, TakesBody: strings.HasPrefix(method, "P")})
		}
		return all
	}
	key, keys, open := getTurnKey.Path, listTurnKeys.Path, anyShape(variant)
	r.tryAll(ctx, r.main, k, []trial{
		{"without a token", func(c call) call { return anyShape(noToken)(withoutToken(c)) }, on(key, http.MethodHead, http.MethodPatch)},
		{"", open, on(key, http.MethodHead, http.MethodTrace, http.MethodPatch, http.MethodPost, http.MethodOptions)},
		{"with X-HTTP-Method-Override", func(c call) call {
			return open(c.with("X-HTTP-Method-Override", http.MethodDelete))
		}, ops{getTurnKey}},
		{"with _method=DELETE", appending("?_method=DELETE", variant), ops{getTurnKey}},
		{"on the keys", open, on(keys, http.MethodPatch, http.MethodPut, http.MethodDelete)},
		{"on the keys, with a slash at the end", appending("/", variant), on(keys, http.MethodDelete)},
	})
}
