package conformance_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// control is a correct server that differs from the reference in what the document leaves open.
type control struct {
	name  string
	plant plant
}

// group is controls that can be combined: the default plan meets each on its own, the thorough one all at once.
type group []control

func TestNoPlanBlamesACorrectServer(t *testing.T) {
	for _, g := range slices.Concat(unusualControls, lateControls) {
		var name string
		var plants []plant
		for _, c := range g {
			name, plants = name+c.name+", ", append(plants, c.plant)
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				tr := try(t, loopback(false), c.plant)
				assert.Empty(t, tr.alarms())
				assert.Empty(t, tr.server.touched)
			})
		}
		t.Run("thorough: "+name, func(t *testing.T) {
			t.Parallel()
			assert.Empty(t, try(t, loopback(true), plants...).alarms())
		})
	}
}

var unusualControls = []group{
	{
		{"the reference", all()},
		{"successes have messages", envelope("messages", []object{{"code": 1234, "message": "A notice"}})},
		{"a success has errors", envelope("errors", []object{{"code": 1000, "message": "odd"}}, editOp)},
		{"CF-Ray is missing from lists", onAny(func(_ *call, r *response) { r.header.Del("CF-Ray") }, listOp)},
		{"responses have other headers", all(header("Set-Cookie", "a=b; HttpOnly"), header("Connection", "close"),
			header("ETag", `W/"1"`), header("Ratelimit", `"default";r=50;t=30`), header("Ratelimit-Policy", `"burst";q=100;w=60`))},
		{"responses have charset=UTF-8", header("Content-Type", "application/json;charset=UTF-8")},
		{"responses are indented", onAny(func(_ *call, r *response) { r.raw, _ = json.MarshalIndent(r.body, "", "  ") })},
	},
	{
		{"the live API as reported", asReported},
		{"a list has another order each time", listing(func(keys []object) []object {
			rand.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
			return keys
		})},
	},
	{
		{"an invalid token is a 401", onFailure(403, func(_ *call, r *response) { r.status = 401 })},
		{"a deleted key is a 410", onFailure(404, func(_ *call, r *response) { r.status = 410 })},
		{"failures have {} as the result", onFailure(anyStatus, func(_ *call, r *response) { r.body["result"] = object{} })},
		{"failures explain", onFailure(anyStatus, func(_ *call, r *response) {
			explained := object{"code": 42, "message": "no", "documentation_url": "https://a.test/", "source": object{"pointer": "/name"}}
			r.body["errors"] = []object{explained}
		})},
		{"invalid bodies are a 422", onFailure(400, func(_ *call, r *response) { r.status = 422 }, createOp, editOp)},
		{"unknown fields are rejected", returning(failure(400), func(c *call) bool {
			input := c.input()
			return len(input) > 1 || len(input) == 1 && input["name"] == nil
		}, createOp, editOp)},
		{"names of more than 255 characters are rejected", rejectingName(longerThan(255))},
		{"queries are rejected", returning(failure(400), func(c *call) bool { return c.URL.RawQuery != "" }, getAndList...)},
		{"undocumented methods and paths are a 404", returning(failure(404, codeUnroutable), always, "")},
	},
	{
		{"an invalid token is a 400 with code 9106", onFailure(403, with(failure(400, 9106)))},
		{"failed deletes have no body", onFailure(anyStatus, func(_ *call, r *response) {
			r.raw, r.header["Content-Type"] = []byte{}, nil
		}, deleteOp)},
		{"names of more than 1,000 characters are rejected", rejectingName(longerThan(1000))},
		{"other content types are a 415", onFailure(400, func(c *call, r *response) {
			if !strings.HasPrefix(c.Header.Get("Content-Type"), "application/json") {
				r.status = 415
			}
		}, createOp, editOp)},
		{"malformed ids are a 404 with the code for a key", resolving(always)},
		{"undocumented methods and paths are a 403", returning(failure(403), always, "")},
		{"an edit without a name keeps the name", storing(func(c *call, k *key) {
			if _, ok := c.input()["name"]; !ok {
				k.name = c.before().name
			}
		}, editOp)},
	},
	{
		{"bodies are checked before tokens", instead(failure(400), func(c *call) bool {
			_, ok := c.name()
			return !ok && c.is(createAndEdit)
		})},
		{"malformed ids are a 404 with the code for a route", onFailure(400, with(failure(404, codeUnroutable)), getOp, deleteOp)},
		{"an unknown account is a 404", onUnknownAccount(with(failure(404, codeUnroutable)))},
		{"undocumented methods are a 405 without a body", returning(empty(405), always, "")},
	},
	{
		{"bodies are checked before keys", returning(failure(400), func(c *call) bool { _, ok := c.name(); return !ok }, editOp)},
		{"the other account's keys are a 403", onFailure(404, func(c *call, r *response) {
			if c.second().index(c.keyID) >= 0 {
				r.replace(failure(403))
			}
		}, getOp, editOp, deleteOp)},
		{"OPTIONS is a 204", returning(empty(204), method(http.MethodOptions), "")},
		{"a slash at the end makes no difference", slashed(func(c *call) *response { return c.perform(c) })},
		{"the scheme is Bearer", rejectingToken(func(c *call) bool { return c.Header.Get("Authorization")[:7] != "Bearer " })},
		{"any charset is accepted", reading(func(c *call) bool { return strings.Contains(c.Header.Get("Content-Type"), "charset") })},
	},
	{{"a slash at the end is a redirect", slashed(func(c *call) *response {
		return moved(308, strings.TrimSuffix(c.URL.Path, "/"))
	})}},
	{{"odd addresses are pages", oddly(404)}},
	{{"odd addresses are moved", oddly(301)}},
	{{"odd addresses are the home page", oddly(200)}},

	{{"times have an offset", func(s *server) {
		s.timestamp = func(t time.Time) string { return t.In(time.FixedZone("", 7200)).Format(time.RFC3339Nano) }
	}}},
	{{"times lose zeros at the end", shifted(0, "2006-01-02T15:04:05.999999Z")}},
	{{"times are in whole seconds", shifted(0, time.RFC3339)}},
	{{"the clock moves every 100 ms", ticking(100 * time.Millisecond)}},
	{
		{"the clock moves every 5 s", ticking(5 * time.Second)},
		{"an edit to the same name changes nothing", storing(func(c *call, k *key) {
			if was := c.before(); k.name == was.name {
				*k = was
			}
		}, editOp)},
	},
	{{"the clock is 20 s behind", shifted(-20*time.Second, "2006-01-02T15:04:05.000000Z")}},
	{{"the clock is 20 s ahead", shifted(20*time.Second, "2006-01-02T15:04:05.000000Z")}},
	{{"the clock is two hours behind, and Date too", all(
		shifted(-2*time.Hour, "2006-01-02T15:04:05.000000Z"),
		onAny(func(c *call, r *response) { r.header.Set("Date", c.now().Add(-2*time.Hour).Format(http.TimeFormat)) }),
	)}},

	{
		{"the account is empty", withKeys(0, "")},
		{"uids count", uid(func(_ key, n int) string { return fmt.Sprintf("%032x", n) })},
	},
	{{"the account has 999 keys", withKeys(999, "one of many")}},
	{
		{"the account has keys of other runs", withKeys(5, "turnkeys-contract-0123456789abcdef0123456789abcdef")},
		{"a list shows the newest key first", listing(func(keys []object) []object { slices.Reverse(keys); return keys })},
	},
	{{"keys have strange names", func(s *server) {
		withKeys(0, "")(s)
		for _, name := range []string{"", " ", "\u2028", "null", "made with " + token, strings.Repeat("ü", 3000), "<b>😀</b>"} {
			s.main().keys = append(s.main().keys, s.newKey(name, s.now().AddDate(-1, 0, 0)))
		}
	}}},
	{{"calls at once get one 429 each", limited("1", func(c *call) bool {
		if c.crowd > 1 {
			c.seen["crowd"]++
		}
		return c.crowd > 1 && c.seen["crowd"] <= 8
	})}},
}

// asReported responds as the live API is reported to, where that is not as documented.
func asReported(s *server) {
	wellFormed := regexp.MustCompile(`^[0-9A-Za-z_-]{40}$`)
	onFailure(403, func(c *call, r *response) {
		if !wellFormed.MatchString(c.token) {
			r.replace(failure(400, 6003))
			chain := []object{{"code": 6111, "message": "Invalid format for Authorization header"}}
			r.body["errors"] = []object{{"code": 6003, "message": "Invalid request headers", "error_chain": chain}}
		}
		delete(r.body, "messages")
		delete(r.body, "result")
	})(s)
	showing(func(_ *call, k object) {
		k["secret"] = k["key"]
		delete(k, "key")
	}, createOp)(s)
}

// oddly returns a page where there is no address of the document.
func oddly(status int) plant {
	return instead(page(status), func(c *call) bool {
		return c.operation == "" || !idPattern.MatchString(c.accountID) || c.keyID != "" && !idPattern.MatchString(c.keyID)
	})
}

// ticking rounds the times that are shown.
func ticking(tick time.Duration) plant {
	return func(s *server) {
		show := s.timestamp
		s.timestamp = func(t time.Time) string { return show(t.Truncate(tick)) }
	}
}
