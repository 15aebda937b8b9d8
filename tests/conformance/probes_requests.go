package conformance

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// The probes in this file are tables: requests that are wrong in one way each.

// probeCredentials tries invalid credentials that are nearly right, or in another place.
func (r *run) probeCredentials(ctx context.Context) {
	token := r.main.token
	near := nearMisses(token)
	basic := func(text string) change {
		return invalid("Basic " + base64.StdEncoding.EncodeToString([]byte(text)))
	}
	elsewhere := func(name, value string) change {
		return func(c call) call { return withoutToken(c).with(name, value) }
	}
	r.tryAll(ctx, r.main, r.keyToTry(ctx), []trial{
		{"without a token", all, withoutToken},
		{"with an empty token", listAndEdit, invalidToken("")},
		{"with the last character of the token changed", []*contract.Operation{createTurnKey, editTurnKey, deleteTurnKey}, invalidToken(near.lastChanged)},
		{"with the first character of the token changed", getAndDel, invalidToken(near.firstChanged)},
		{"with the middle of the token changed", list, invalidToken(changeAt(token, len(token)/2))},
		{"with a truncated token", []*contract.Operation{getTurnKey, createTurnKey}, invalidToken(near.cut)},
		{"with a longer token", all, invalidToken(near.longer)},
		{"with the token in the other case", getAndList, invalidToken(near.otherCase)},
		{"with the token as basic user", list, basic(token + ":")},
		{"with the token as basic password", list, basic("user:" + token)},
		{"with the token under another scheme", list, invalid("Token " + token)},
		{"with the token without a scheme", listAndEdit, invalid(token)},
		{"with the token within Authorization", list, invalid("Bearer x, " + token)},
		{"with the token in a second Authorization header", list, invalid("Bearer "+near.lastChanged, "Bearer "+token)},
		{"with the token in the query", []*contract.Operation{listTurnKeys, deleteTurnKey}, func(c call) call {
			c.path += "?access_token=" + url.QueryEscape(token) + "&api_token=" + url.QueryEscape(token)
			return withoutToken(c)
		}},
		{"with the token in a cookie", list, elsewhere("Cookie", "token="+token+"; api_token="+token+"; session="+token)},
		{"with the token in X-Auth-Key", list, elsewhere("X-Auth-Key", token)},
		{"with the token in X-Api-Key", list, elsewhere("X-Api-Key", token)},
		{"with a slash at the end and no token", list, func(c call) call {
			c.path += "/"
			return anyShape(noToken)(withoutToken(c))
		}},
	})
}

// probeBodies sends create and edit what the document does not permit, and then fields that only the server sets.
func (r *run) probeBodies(ctx context.Context) {
	name := r.name + " invalid body"
	valid := `{"name":` + quote(name) + `}`
	typed := func(mediaType, body string) change {
		return func(c call) call { return c.withBody(mediaType, body).expecting(badInput) }
	}
	body := func(body string) change { return typed("application/json", body) }
	var trials []trial
	for _, value := range []string{"1.5", "true", "false", "[]", "{}", "null"} {
		trials = append(trials, trial{`with {"name":` + value + `}`, withBody, body(`{"name":` + value + `}`)})
	}
	for _, value := range []string{`"text"`, "1.5", "true", "[]"} {
		trials = append(trials, trial{"with " + value + " as the body", create, body(value)})
	}
	r.tryAll(ctx, r.main, r.keyToTry(ctx), append(trials,
		trial{"with null as the body", withBody, body("null")},
		trial{"with an object in an array", withBody, body("[" + valid + "]")},
		trial{"with an empty body", withBody, body("")},
		trial{"with invalid JSON", withBody, body(`{name:'` + name + `'}`)},
		trial{"with a truncated body", withBody, body(cut(valid))},
		trial{"with two JSON documents", withBody, body(valid + valid)},
		trial{"with invalid UTF-8", withBody, body(`{"name":"` + name + "\xff\"}")},
		trial{"with a comma too many", create, body(cut(valid) + ",}")},
		trial{"with a comment", create, body(valid + " // comment")},
		trial{"with a list of lists of lists", create, body(`{"name":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}")},
		trial{"with JSON as text/plain", withBody, typed("text/plain", valid)},
		trial{"with JSON as text/json", create, typed("text/json", valid)},
		trial{"without a content type", withBody, typed("", valid)},
		trial{"with a form", withBody, typed("application/x-www-form-urlencoded", "name="+name)},
	))
	r.probeUnknownFields(ctx)
}

// probeUnknownFields sends fields that only the server sets, and others that the document does not have. It leaves open
// whether they are rejected, but they have no effect.
func (r *run) probeUnknownFields(ctx context.Context) {
	uid, secret := randomHex(16), randomHex(32)
	name := r.name + " unknown fields"
	optional := func(body string) change {
		return func(c call) call {
			c.want.optional = true
			return c.withBody("application/json", body)
		}
	}
	for _, t := range []trial{
		{"with undocumented fields", create, unknownFields(name, uid, secret)},
		{"with NAME instead of name", create, optional(`{"NAME":` + quote(r.name+" other case") + `}`)},
		{"with the name twice", create, optional(`{"name":` + quote(name+" 1") + `,"name":` + quote(name+" 2") + `}`)},
	} {
		a := r.try(ctx, t.change(r.main.call(createTurnKey, r.main.newKey("the key created "+t.words), t.words)))
		if !a.ok() {
			continue
		}
		r.notice(a.call, "accepted")
		if a.result != nil && (a.result.uid == uid || a.result.secret == secret) {
			message := "has a uid or a secret from the request; the server should choose its own"
			r.addFindings(a, []finding{{at: "/result", check: "bad_input_accepted", message: message}})
		}
	}
}

// unknownFields adds fields to the body, and leaves open whether they are rejected.
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
	k := r.keyToTry(ctx)
	if !k.exists() {
		return
	}
	uid, id := k.uid, r.main.id
	account := func(id string) change { return nearAccount(func(string) string { return id }) }
	r.tryAll(ctx, r.main, k, []trial{
		{"with an unknown id", editAndDel, withID(randomHex(16))},
		{"with the last digit of the id changed", editAndDel, withID(changeLast(uid))},
		{"with an id without its last digit", editAndDel, withID(cut(uid))},
		{"with an id without its first digit", get, withID(uid[1:])},
		{"with an id that is one digit longer", getAndDel, withID(uid + "0")},
		{"with an id in upper case", del, withID(strings.ToUpper(uid))},
		{"with an id after a blank", get, withID("%20" + uid)},
		{"with an id before a blank", get, withID(uid + "%20")},
		{"with an id before a line break", get, withID(uid + "%0A")},
		{"with an id before a zero byte", get, withID(uid + "%00")},
		{"with a zero byte in the id", get, withID(cut(uid) + "%00")},
		{"with a quote in the id", get, withID(cut(uid) + "'")},
		{"with an id as a pattern of SQL", get, withID(uid[:min(8, len(uid))] + "%25")},
		{"with an id as a pattern", get, withID(uid[:min(8, len(uid))] + "*")},
		{"with an id as a UUID", get, withID(asUUID(uid))},
		{"with 0x before the id", get, withID("0x" + uid)},
		{"with the key's name as the id", getAndDel, withID(url.PathEscape(k.name()))},
		{"with an id that is not UTF-8", get, withID("%ff%fe")},
		{"with an id of 2,000 digits", get, withID(strings.Repeat("0", 2000))},
		{"with more after the id", get, at(unknownID, "/"+uid, "/"+uid+"/x")},
		{"with an empty id", get, at(unknownID, "/"+uid, "//")},
		{"for a nonexistent account", all, account(randomHex(16))},
		{"for an account id without its last digit", list, nearAccount(cut)},
		{"for an account id that is one digit longer", list, account(id + "0")},
		{"for an account id in upper case", list, nearAccount(strings.ToUpper)},
		{"for an account id after a blank", list, account("%20" + id)},
		{"with unknown query parameters", getAndList, func(c call) call {
			c.path += "?unknown=1&name=" + url.QueryEscape(r.name+" in the query")
			return anyShape(variant)(c)
		}},
		{"with a slash at the end", getAndList, func(c call) call {
			c.path += "/"
			return anyShape(variant.elsewhere())(c)
		}},
	})
}

func asUUID(id string) string {
	if len(id) != 32 {
		return randomHex(4) + "-0000"
	}
	return strings.Join([]string{id[:8], id[8:12], id[12:16], id[16:20], id[20:]}, "-")
}

// probeMethods tries methods that are not documented, the most dangerous ones last. Whether they work is open; what they
// do is not.
func (r *run) probeMethods(ctx context.Context) {
	i := slices.IndexFunc(r.main.keys, (*key).exists)
	if i < 0 {
		r.skip("no key left to try methods on")
		return
	}
	k := r.main.keys[i]
	asIs := func(c call) call { return c }
	suffix := func(suffix string) change {
		return func(c call) call {
			c.path += suffix
			return c
		}
	}
	override := func(c call) call { return c.with("X-HTTP-Method-Override", http.MethodDelete) }
	for _, t := range []struct {
		method string
		about  *key
		words  string
		change change
	}{
		{http.MethodHead, k, "without a token", withoutToken},
		{http.MethodHead, k, "", asIs},
		{http.MethodTrace, k, "", asIs},
		{http.MethodPatch, k, "without a token", withoutToken},
		{http.MethodPatch, k, "", asIs},
		{http.MethodPost, k, "", asIs},
		{http.MethodOptions, k, "", asIs},
		{http.MethodGet, k, "with X-HTTP-Method-Override", override},
		{http.MethodGet, k, "with _method=DELETE", suffix("?_method=DELETE")},
		{http.MethodOptions, nil, "on the keys", asIs},
		{http.MethodPatch, nil, "on the keys", asIs},
		{http.MethodPut, nil, "on the keys", asIs},
		{http.MethodDelete, nil, "on the keys", asIs},
		{http.MethodDelete, nil, "on the keys, with a slash at the end", suffix("/")},
	} {
		o := &contract.Operation{Method: t.method, Path: listTurnKeys.Path, TakesBody: strings.HasPrefix(t.method, "P")}
		if t.about != nil {
			o.Path = getTurnKey.Path
		}
		s := step{Operation: o, key: t.about, words: t.words, change: t.change}
		r.judgeMethod(r.try(ctx, anyShape(variant)(r.stepCall(r.main, s))))
	}
	r.tryList(ctx, r.main, "after undocumented methods")
}

// judgeMethod notes that an undocumented method worked.
func (r *run) judgeMethod(a response) {
	if a.Method == http.MethodTrace && strings.Contains(string(a.exchange.Response.Body), r.main.token) {
		r.addFindings(a, []finding{{at: "body", check: "token", message: "contains the API token"}})
	}
	if !a.ok() || a.Method == http.MethodGet || !a.enveloped && !strings.Contains(a.header.Get("Content-Type"), "json") {
		return
	}
	r.notice(a.call, "%s is not documented here, but returned %d", a.Method, a.status)
	if a.call.header.Get("Authorization") == "" {
		r.addFindings(a, []finding{{at: "status", check: "ignored_auth", message: "want a 4XX: the token is missing"}})
	}
}
