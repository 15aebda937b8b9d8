package conformance_test

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

var secretFaults = []fault{
	{"every key has the same secret", "weak_secret", secret(func(key, int) string { return digest("shared", 0) })},
	{"two keys in a row share a secret", "weak_secret", secret(func(_ key, n int) string { return digest("pair", (n+1)/2) })},
	{"the secret is a number", "weak_secret", secret(func(_ key, n int) string { return fmt.Sprintf("%064x", n) })},
	{"the secret is one digit often", "weak_secret", secret(func(_ key, n int) string { return strings.Repeat(fmt.Sprintf("%x", n%16), 64) })},
	{"the secret is sixteen bytes twice", "weak_secret", secret(func(_ key, n int) string { return strings.Repeat(digest("half", n)[:32], 2) })},
	{"the secret is mostly zeros", "weak_secret", secret(func(_ key, n int) string { return digest("few", n)[:12] + strings.Repeat("0", 52) })},
	{"the secret has decimal digits only", "weak_secret", secret(func(_ key, n int) string {
		return strings.NewReplacer("a", "1", "b", "2", "c", "3", "d", "4", "e", "5", "f", "6").Replace(digest("decimal", n))
	})},
	{"the secret begins with the time in seconds", "weak_secret", secret(func(k key, n int) string {
		return fmt.Sprintf("%08x", k.created.Unix()) + digest("rest", n)[8:]
	})},
	{"the secret begins with the time in milliseconds", "weak_secret", secret(func(k key, n int) string {
		return fmt.Sprintf("%012x", k.created.UnixMilli()) + digest("rest", n)[12:]
	})},
	{"the secret begins with the uid", "weak_secret", secret(func(k key, n int) string { return k.uid + digest("rest", n)[:32] })},
	{"the secret contains half the uid in reverse", "weak_secret", secret(func(k key, n int) string {
		half := []byte(k.uid[:16])
		slices.Reverse(half)
		return digest("rest", n)[:20] + string(half) + digest("rest", n)[:28]
	})},
	{"the secret is the SHA-256 of the uid", "weak_secret", secret(func(k key, _ int) string { return sha256Of(k.uid) })},
	{"the secret is the SHA-256 of the uid's bytes", "weak_secret", secret(func(k key, _ int) string {
		raw, _ := hex.DecodeString(k.uid)
		return sha256Of(string(raw))
	})},
	{"the secret is the MD5 of the uid twice", "weak_secret", secret(func(k key, _ int) string { return strings.Repeat(md5Of(k.uid), 2) })},
	{"the secret is the SHA-1 of the uid and more", "weak_secret", secret(func(k key, n int) string {
		sum := sha1.Sum([]byte(k.uid))
		return hex.EncodeToString(sum[:]) + digest("rest", n)[:24]
	})},
	{"the secret begins the SHA-512 of the uid", "weak_secret", secret(func(k key, _ int) string {
		sum := sha512.Sum512([]byte(k.uid))
		return hex.EncodeToString(sum[:32])
	})},
	{"the secret is the SHA-256 of the account and the uid", "weak_secret", secret(func(k key, _ int) string { return sha256Of(accountID + ":" + k.uid) })},
	{"the secret is the SHA-256 of the name", "weak_secret", secret(func(k key, _ int) string { return sha256Of(k.name) })},
	{"the secret is the SHA-256 of the time", "weak_secret", secret(func(k key, _ int) string { return sha256Of(fmt.Sprint(k.created.Unix())) })},
	{"the secret is the SHA-256 of the secret before", "weak_secret", secret(func(_ key, n int) string {
		chained := digest("first", 0)
		for range n {
			chained = sha256Of(chained)
		}
		return chained
	})},
	{"the secrets begin alike", "weak_secret", secret(func(_ key, n int) string { return digest("common", 0)[:8] + digest("end", n)[:56] })},
	{"the secrets end alike", "weak_secret", secret(func(_ key, n int) string { return digest("start", n)[:16] + digest("common", 0)[:48] })},
	{"the secret has 63 digits", "pattern", secret(func(_ key, n int) string { return digest("short", n)[:63] })},
	{"the secret is in upper case", "pattern", secret(func(_ key, n int) string { return strings.ToUpper(digest("upper", n)) })},
	{"the secret is empty", "pattern", secret(func(key, int) string { return "" })},

	{"a list shows secrets", "secret", showingSecret(listOp, func(secret string) string { return secret })},
	{"a get shows the secret", "secret", showingSecret(getOp, func(secret string) string { return secret })},
	{"a get shows the secret in upper case", "secret", showingSecret(getOp, strings.ToUpper)},
	{"a get shows the secret in base64", "secret", showingSecret(getOp, func(secret string) string {
		raw, _ := hex.DecodeString(secret)
		return base64.StdEncoding.EncodeToString(raw)
	})},
	{"an edit returns the secret as the name", "secret", showing(func(c *call, k object) { k["name"] = c.key().secret }, editOp)},
	{"a header contains the secret", "secret", afterHeader(createOp, func(secret string) string { return secret })},
	{"a header contains half the secret", "secret", afterHeader(getOp, func(secret string) string { return secret[32:] })},
	{"a failure contains the secret", "secret", onFailure(403, func(c *call, r *response) {
		if c.account != nil {
			r.body["errors"] = []object{{"code": codeUnauthorized, "message": "want " + c.other().secret}}
		}
	}, listOp, createOp)},
}

// secret makes the nth secret, of a key that has none yet.
func secret(f func(k key, n int) string) plant {
	return storing(func(c *call, k *key) { k.secret = f(*k, c.made) }, createOp)
}

func showingSecret(operation string, as func(secret string) string) plant {
	return func(s *server) {
		show := s.show
		s.show = func(c *call, k key) object {
			shown := show(c, k)
			if c.operation == operation {
				shown["secret"] = as(k.secret)
			}
			return shown
		}
	}
}

func afterHeader(operation string, as func(secret string) string) plant {
	return onSuccess(func(c *call, r *response) { r.header.Set("X-Key", as(c.key().secret)) }, operation)
}

func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func md5Of(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

var uidFaults = []fault{
	{"uids are in upper case", "pattern", uid(func(k key, _ int) string { return "AB" + strings.ToUpper(k.uid[2:]) })},
	{"uids have dashes", "pattern", uid(func(k key, _ int) string { return k.uid[:8] + "-" + k.uid[9:] })},
	{"every uid is the same", "uid_reused", uid(func(key, int) string { return newUID("only", 0) })},
	{"two keys of a name share a uid", "uid_reused", uid(func(k key, _ int) string { return md5Of(k.name) })},
}

// uid makes the nth uid.
func uid(f func(k key, n int) string) plant {
	return storing(func(c *call, k *key) { k.uid = f(*k, c.made) }, createOp)
}

var timeFaults = []fault{
	{"created is an hour ago", "wrong_time", storing(func(_ *call, k *key) { k.created, k.modified = ago(time.Hour), ago(time.Hour) }, createOp)},
	{"created is an hour ahead", "wrong_time", storing(func(_ *call, k *key) { k.created, k.modified = ago(-time.Hour), ago(-time.Hour) }, createOp)},
	{"modified is before created", "wrong_time", storing(func(_ *call, k *key) { k.modified = ago(2 * time.Minute) }, createOp)},
	{"times are local and say Z", "wrong_time", shifted(-5*time.Hour, "2006-01-02T15:04:05.000000Z")},
	{"times have the wrong offset", "wrong_time", shifted(0, "2006-01-02T15:04:05.000000+02:00")},
	{"times have no zone", "format", shifted(0, "2006-01-02T15:04:05.000000")},
	{"times have a space", "format", shifted(0, "2006-01-02 15:04:05Z")},
	{"times are numbers", "type", setting("created", 1388553600)},
	{"created is another in each response", "inconsistent", showing(func(c *call, k object) { k["created"] = c.timestamp(c.now()) })},
	{"created moves with each edit and get", "inconsistent", showing(func(_ *call, k object) { k["created"] = k["modified"] }, getOp, editOp)},
	{"a get truncates times to seconds", "inconsistent", showing(truncateTimes, getOp)},
	{"a list truncates times to seconds", "inconsistent", showing(truncateTimes, listOp)},
}

func ago(d time.Duration) time.Time { return time.Now().UTC().Add(-d) }

// shifted shows times in a layout, which says nothing of the shift.
func shifted(by time.Duration, layout string) plant {
	return func(s *server) { s.timestamp = func(t time.Time) string { return t.Add(by).Format(layout) } }
}

func truncateTimes(_ *call, k object) {
	for _, field := range []string{"created", "modified"} {
		k[field] = k[field].(string)[:19] + "Z"
	}
}
