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
	near, half := nearMisses(token), len(token)/2
	authorization := func(values ...string) func(call) call {
		return func(c call) call { return c.with("Authorization", values...).expecting(unauthorized) }
	}
	bearer := func(token string) func(call) call { return authorization("Bearer " + token) }
	basic := func(text string) func(call) call {
		return authorization("Basic " + base64.StdEncoding.EncodeToString([]byte(text)))
	}
	elsewhere := func(name, value string) func(call) call {
		return func(c call) call { return authorization()(c).with(name, value) }
	}
	inQuery := func(c call) call {
		c.path += "?access_token=" + url.QueryEscape(token) + "&api_token=" + url.QueryEscape(token)
		return authorization()(c)
	}
	r.try(ctx, r.main, r.keyToTry(ctx), []trial{
		{"without a token", all, authorization()},
		{"with an empty token", listAndEdit, authorization("Bearer ")},
		{"with the last character of the token changed", []*contract.Operation{createTurnKey, editTurnKey, deleteTurnKey}, bearer(near.lastChanged)},
		{"with the first character of the token changed", getAndDel, bearer(near.firstChanged)},
		{"with the middle of the token changed", list, bearer(changeAt(token, half))},
		{"with a truncated token", []*contract.Operation{getTurnKey, createTurnKey}, bearer(near.cut)},
		{"with a longer token", all, bearer(near.longer)},
		{"with the token in the other case", []*contract.Operation{getTurnKey, listTurnKeys}, bearer(near.otherCase)},
		{"with the token as basic user", list, basic(token + ":")},
		{"with the token as basic password", list, basic("user:" + token)},
		{"with the token under another scheme", list, authorization("Token " + token)},
		{"with the token without a scheme", listAndEdit, authorization(token)},
		{"with the token within Authorization", list, authorization("Bearer x, " + token)},
		{"with the token in the query", []*contract.Operation{listTurnKeys, deleteTurnKey}, inQuery},
		{"with the token in a cookie", list, elsewhere("Cookie", "token="+token+"; api_token="+token+"; session="+token)},
		{"with the token in X-Auth-Key", list, elsewhere("X-Auth-Key", token)},
		{"with the token in X-Api-Key", list, elsewhere("X-Api-Key", token)},
		{"with the token in a second Authorization header", list, authorization("Bearer "+near.lastChanged, "Bearer "+token)},
		{"with a slash at the end and no token", list, func(c call) call {
			c.path += "/"
			return authorization()(c).expecting(noToken).anyShape()
		}},
	})
}

// probeBodies sends create and edit what the document does not permit.
func (r *run) probeBodies(ctx context.Context) {
	name := r.name + " invalid body"
	valid := `{"name":` + quote(name) + `}`
	body := func(contentType, body string) func(call) call {
		return func(c call) call {
			c = c.withBody(contentType, body).expecting(badInput)
			c.name = nil
			return c
		}
	}
	var trials []trial
	for _, value := range []string{"1.5", "true", "false", "[]", "{}", "null"} {
		trials = append(trials, trial{`with {"name":` + value + `}`, withBody, body("application/json", `{"name":`+value+`}`)})
	}
	for _, value := range []string{`"text"`, "1.5", "true", "[]", "null"} {
		operations := create
		if value == "null" {
			operations = withBody
		}
		trials = append(trials, trial{"with " + value + " as the body", operations, body("application/json", value)})
	}
	trials = append(trials,
		trial{"with an object in an array", withBody, body("application/json", "["+valid+"]")},
		trial{"with an empty body", withBody, body("application/json", "")},
		trial{"with invalid JSON", withBody, body("application/json", `{name:'`+name+`'}`)},
		trial{"with a truncated body", withBody, body("application/json", valid[:len(valid)-1])},
		trial{"with two JSON documents", withBody, body("application/json", valid+valid)},
		trial{"with invalid UTF-8", withBody, body("application/json", `{"name":"`+name+"\xff\"}")},
		trial{"with a comma too many", create, body("application/json", valid[:len(valid)-1]+",}")},
		trial{"with a comment", create, body("application/json", valid+" // comment")},
		trial{"with a list of lists of lists", create, body("application/json", `{"name":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+"}")},
		trial{"with JSON as text/plain", withBody, body("text/plain", valid)},
		trial{"with JSON as text/json", create, body("text/json", valid)},
		trial{"without a content type", withBody, body("", valid)},
		trial{"with a form", withBody, body("application/x-www-form-urlencoded", "name="+name)},
	)
	k := r.keyToTry(ctx)
	r.try(ctx, r.main, k, trials)
	r.probeUnknownFields(ctx)
}

// probeUnknownFields sends fields that only the server sets, and others that the document does not have. It leaves open
// whether they are rejected, but they have no effect.
func (r *run) probeUnknownFields(ctx context.Context) {
	uid, secret := randomHex(16), randomHex(32)
	name := r.name + " unknown fields"
	for _, body := range []struct {
		words, text string
		name        *string
	}{
		{"with undocumented fields", withUnknownFields(name, uid, secret), &name},
		{"with NAME instead of name", `{"NAME":` + quote(r.name+" other case") + `}`, nil},
		{"with the name twice", `{"name":` + quote(name+" 1") + `,"name":` + quote(name+" 2") + `}`, nil},
	} {
		c := r.main.call(createTurnKey, r.main.newKey("the key created "+body.words), body.words)
		c = c.withBody("application/json", body.text).expecting(success.unlimited())
		c.name = body.name
		a := r.createFrom(ctx, c)
		if !a.ok() {
			continue
		}
		r.notice(a.call, "accepted")
		if a.result != nil && (a.result.uid == uid || a.result.secret == secret) {
			f := finding{at: "/result"}
			r.addFindings(a, []finding{f.because("bad_input_accepted", "has a uid or a secret from the request; the server should choose its own")})
		}
	}
}

func withUnknownFields(name, uid, secret string) string {
	return fmt.Sprintf(`{"name":%s,"uid":%q,"id":%q,"key":%q,"secret":%q,"created":"2001-02-03T04:05:06Z","modified":"2001-02-03T04:05:06Z","unknown":"x"}`,
		quote(name), uid, uid, secret, secret)
}

// editUnknownFields edits a key, with the uid of another key in the body.
func (r *run) editUnknownFields(ctx context.Context, k *key, uid string) {
	if k.exists() && r.mayAsk(ctx, 1) {
		name := r.name + " unknown fields edited"
		r.awaitTick(ctx, k)
		c := r.main.call(editTurnKey, k, "with undocumented fields").withBody("application/json", withUnknownFields(name, uid, randomHex(32)))
		c.name = &name
		r.ask(ctx, c.expecting(successForKey.unlimited()))
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
	key := func(id string) func(call) call {
		return func(c call) call { return c.to(c.account.id, id).expecting(unknownID).anyShape() }
	}
	account := func(id string) func(call) call {
		return func(c call) call { return c.to(id, uid).expecting(unknownAccount.elsewhere()).anyShape() }
	}
	existing := func(want expectation, old, new string) func(call) call {
		return func(c call) call {
			c.path = strings.Replace(c.path, old, new, 1)
			return c.expecting(want).anyShape()
		}
	}
	last := "/" + uid
	trials := []trial{
		{"with an unknown id", []*contract.Operation{editTurnKey, deleteTurnKey}, func(c call) call { return c.to(id, randomHex(16)).expecting(unknownKey) }},
		{"with the last digit of the id changed", []*contract.Operation{editTurnKey, deleteTurnKey}, key(changeLast(uid))},
		{"with an id without its last digit", []*contract.Operation{editTurnKey, deleteTurnKey}, key(cut(uid))},
		{"with an id without its first digit", get, key(uid[1:])},
		{"with an id that is one digit longer", getAndDel, key(uid + "0")},
		{"with an id in upper case", []*contract.Operation{deleteTurnKey}, key(strings.ToUpper(uid))},
		{"with an id after a blank", get, key("%20" + uid)},
		{"with an id before a blank", get, key(uid + "%20")},
		{"with an id before a line break", get, key(uid + "%0A")},
		{"with an id before a zero byte", get, key(uid + "%00")},
		{"with a zero byte in the id", get, key(cut(uid) + "%00")},
		{"with a quote in the id", get, key(cut(uid) + "'")},
		{"with an id as a pattern of SQL", get, key(uid[:8] + "%25")},
		{"with an id as a pattern", get, key(uid[:8] + "*")},
		{"with an id as a UUID", get, key(asUUID(uid))},
		{"with 0x before the id", get, key("0x" + uid)},
		{"with the key's name as the id", getAndDel, key(url.PathEscape(k.name()))},
		{"with an id that is not UTF-8", get, key("%ff%fe")},
		{"with an id of 2,000 digits", get, key(strings.Repeat("0", 2000))},
		{"with more after the id", get, existing(unknownID, last, last+"/x")},
		{"with an empty id", get, existing(unknownID, last, "//")},
		{"for a nonexistent account", all, account(randomHex(16))},
		{"for an account id without its last digit", list, account(cut(id))},
		{"for an account id that is one digit longer", list, account(id + "0")},
		{"for an account id in upper case", list, account(strings.ToUpper(id))},
		{"for an account id after a blank", list, account("%20" + id)},
		{"with unknown query parameters", []*contract.Operation{getTurnKey, listTurnKeys}, func(c call) call {
			c.path += "?unknown=1&name=" + url.QueryEscape(r.name+" in the query")
			return c.expecting(variant).anyShape()
		}},
		{"with a slash at the end", []*contract.Operation{getTurnKey, listTurnKeys}, func(c call) call {
			c.path += "/"
			return c.expecting(variant.elsewhere()).anyShape()
		}},
	}
	trials = slices.DeleteFunc(trials, func(t trial) bool { // of an id without letters
		return strings.HasSuffix(t.words, "id in upper case") &&
			(strings.ToUpper(uid) == uid && !strings.Contains(t.words, "account") || strings.ToUpper(id) == id)
	})
	r.try(ctx, r.main, k, trials)
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
		r.step().Skipped = "no key left to try methods on"
		return
	}
	k := r.main.keys[i]
	override := func(c call) call { return c.with("X-HTTP-Method-Override", http.MethodDelete) }
	inQuery := func(c call) call {
		c.path += "?_method=DELETE"
		return c
	}
	withoutToken := func(c call) call { return c.with("Authorization") }
	as := func(c call) call { return c }
	for _, t := range []struct {
		method string
		about  *key
		words  string
		change func(call) call
	}{
		{http.MethodHead, k, "without a token", withoutToken}, {http.MethodHead, k, "", as}, {http.MethodTrace, k, "", as},
		{http.MethodPatch, k, "without a token", withoutToken}, {http.MethodPatch, k, "", as}, {http.MethodPost, k, "", as},
		{http.MethodOptions, k, "", as}, {http.MethodGet, k, "with X-HTTP-Method-Override", override}, {http.MethodGet, k, "with _method=DELETE", inQuery},
		{http.MethodOptions, nil, "on the keys", as}, {http.MethodPatch, nil, "on the keys", as}, {http.MethodPut, nil, "on the keys", as},
		{http.MethodDelete, nil, "on the keys", as}, {http.MethodDelete, nil, "on the keys, with a slash at the end", func(c call) call {
			c.path += "/"
			return c
		}},
	} {
		r.tryMethod(ctx, t.method, t.about, t.words, t.change)
	}
	if r.mayAsk(ctx, 1) {
		r.list(ctx, r.main, "after undocumented methods")
	}
}

func (r *run) tryMethod(ctx context.Context, method string, k *key, words string, change func(call) call) {
	path := listTurnKeys.Path
	if k != nil {
		path = getTurnKey.Path
	}
	o := &contract.Operation{Method: method, Path: path, TakesBody: slices.Contains([]string{http.MethodPatch, http.MethodPost, http.MethodPut}, method)}
	c := change(r.main.call(o, k, words).nameIfNeeded(r.name + " by " + method)).expecting(variant).anyShape()
	a := r.askIfPossible(ctx, c)
	if method == http.MethodTrace && strings.Contains(string(a.exchange.Response.Body), r.main.token) {
		r.addFindings(a, []finding{{at: "body", check: "token", message: "contains the API token"}})
	}
	if !a.ok() || method == http.MethodGet || !a.enveloped && !strings.Contains(a.header.Get("Content-Type"), "json") {
		return
	}
	r.notice(a.call, "%s is not documented here, but returned %d", method, a.status)
	if c.header.Get("Authorization") == "" {
		r.addFindings(a, []finding{{at: "status", check: "ignored_auth", message: "want a 4XX: the token is missing"}})
	}
}
