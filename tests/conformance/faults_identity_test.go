package conformance_test

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Secrets that can be guessed, made from the key and the number of keys that were made.
var weakSecrets = map[string]func(k key, n int) string{
	"is that of all keys":    func(key, int) string { return digest("shared", 0) },
	"is that of two keys":    func(_ key, n int) string { return digest("pair", (n+1)/2) },
	"begins as all do":       func(_ key, n int) string { return digest("common", 0)[:8] + rest(n)[8:] },
	"ends as all do":         func(_ key, n int) string { return rest(n)[:16] + digest("common", 0)[16:] },
	"is a number":            func(_ key, n int) string { return fmt.Sprintf("%064x", n) },
	"is sixteen bytes twice": func(_ key, n int) string { return strings.Repeat(rest(n)[:32], 2) },
	"has decimal digits only": func(_ key, n int) string {
		return replacing("a", "1", "b", "2", "c", "3", "d", "4", "e", "5", "f", "6")(rest(n))
	},
	"begins with the uid":               func(k key, n int) string { return k.uid + rest(n) },
	"is the SHA-256 of the uid":         func(k key, _ int) string { return sha256Of(k.uid) },
	"is the SHA-256 of the uid's bytes": func(k key, _ int) string { return sha256Of(unhex(k.uid)) },
	"is the SHA-256 of account and uid": func(k key, _ int) string { return sha256Of(accountID + ":" + k.uid) },
	"is the SHA-256 of the name":        func(k key, _ int) string { return sha256Of(k.name) },
	"is the SHA-256 of the time":        func(k key, _ int) string { return sha256Of(strconv.FormatInt(k.created.Unix(), 10)) },
	"is the SHA-256 of the one before":  func(_ key, n int) string { return chain(n) },
	"is the MD5 of the uid twice":       func(k key, _ int) string { return strings.Repeat(md5Of(k.uid), 2) },
	"begins with the SHA-1 of the uid":  func(k key, n int) string { return fmt.Sprintf("%x", sha1.Sum([]byte(k.uid))) + rest(n) },
	"begins as the SHA-512 of the uid":  func(k key, _ int) string { return fmt.Sprintf("%x", sha512.Sum512([]byte(k.uid)))[:64] },
}

func rest(n int) string { return digest("secret", n) }

func unhex(text string) string {
	raw, _ := hex.DecodeString(text)
	return string(raw)
}

// chain returns the SHA-256 of the secret before.
func chain(n int) string {
	if n == 0 {
		return rest(0)
	}
	return sha256Of(chain(n - 1))
}

func sha256Of(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

func md5Of(text string) string { return fmt.Sprintf("%x", md5.Sum([]byte(text))) }

var secretFaults = []fault{
	{"the secret has 63 digits", "pattern", secret(func(_ key, n int) string { return digest("short", n)[:63] })},
	{"the secret is empty", "pattern", secret(func(key, int) string { return "" })},

	{"a list shows a secret", "secret", showing(func(c *call, k object) { k["name"] = c.other().secret }, listOp)},
	{"an edit returns the secret in upper case", "secret", showing(func(c *call, k object) {
		k["name"] = strings.ToUpper(c.key().secret)
	}, editOp)},
	{"an edit returns the secret in base64", "secret", showing(func(c *call, k object) {
		k["name"] = base64.StdEncoding.EncodeToString([]byte(unhex(c.key().secret)))
	}, editOp)},
	{"an edit returns the secret as the name", "secret", showing(func(c *call, k object) { k["name"] = c.key().secret }, editOp)},
	{"a header contains the secret", "secret", onSuccess(func(c *call, r *response) { r.header.Set("A", c.key().secret) }, createOp)},
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

var uidFaults = []fault{
	{"uids are in upper case", "pattern", uid(func(k key, _ int) string { return "AB" + strings.ToUpper(k.uid[2:]) })},
	{"every uid is the same", "uid_reused", uid(func(key, int) string { return newUID("only", 0) })},
	{"two keys of a name share a uid", "uid_reused", uid(func(k key, _ int) string { return md5Of(k.name) })},
}

// uid makes the nth uid.
func uid(f func(k key, n int) string) plant {
	return storing(func(c *call, k *key) { k.uid = f(*k, c.made) }, createOp)
}

var timeFaults = []fault{
	{"created is an hour ago", "wrong_time", created(-time.Hour)},
	{"modified is yesterday", "wrong_time", storing(func(_ *call, k *key) { k.modified = k.modified.AddDate(0, 0, -1) }, createOp)},
	{"times are local and have a Z", "wrong_time", shifted(-5*time.Hour, "2006-01-02T15:04:05.000000Z")},
	{"times have the wrong offset", "wrong_time", shifted(0, "2006-01-02T15:04:05.000000+02:00")},
	{"times have no zone", "format", shifted(0, "2006-01-02T15:04:05.000000")},
	{"created is another in each response", "inconsistent", showing(func(c *call, k object) { k["created"] = c.timestamp(c.now()) })},
	{"a get truncates times to seconds", "inconsistent", showing(truncateTimes, getOp)},
}

func created(by time.Duration) plant {
	return storing(func(_ *call, k *key) { k.created, k.modified = k.created.Add(by), k.modified.Add(by) }, createOp)
}

// shifted shifts the times that are shown, and shows them in a layout.
func shifted(by time.Duration, layout string) plant {
	return func(s *server) { s.timestamp = func(t time.Time) string { return t.Add(by).Format(layout) } }
}

func truncateTimes(_ *call, k object) {
	for _, field := range []string{"created", "modified"} {
		k[field] = k[field].(string)[:19] + "Z"
	}
}
