package conformance_test

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

var secretFaults = []scenario{
	{"every key has the same secret", secrets(func(string, int) string { return digest("shared", 0) })},
	{"two keys in a row share a secret", secrets(func(_ string, n int) string { return digest("pair", (n+1)/2) })},
	{"the secret is all zeros", secrets(func(string, int) string { return strings.Repeat("0", 64) })},
	{"the secret counts", secrets(func(_ string, n int) string { return fmt.Sprintf("%064x", n) })},
	{"the secret is one digit often", secrets(func(_ string, n int) string { return strings.Repeat(fmt.Sprintf("%x", n%16), 64) })},
	{"the secret is sixteen bytes twice", secrets(func(_ string, n int) string { return strings.Repeat(digest("half", n)[:32], 2) })},
	{"the secret is mostly zeros", secrets(func(_ string, n int) string { return digest("few", n)[:12] + strings.Repeat("0", 52) })},
	{"the secret uses decimal digits alone", secrets(func(_ string, n int) string {
		return strings.NewReplacer("a", "1", "b", "2", "c", "3", "d", "4", "e", "5", "f", "6").Replace(digest("decimal", n))
	})},
	{"the secret begins with the uid", secrets(func(uid string, n int) string { return uid + digest("rest", n)[:32] })},
	{"the secret is the uid and its reverse", secrets(func(uid string, _ int) string { return uid + reverse(uid) })},
	{"the secret is the uid's SHA-256", secrets(func(uid string, _ int) string { return hexOf(sha256.Sum256([]byte(uid))) })},
	{"the secret is the SHA-256 of the uid's bytes", secrets(func(uid string, _ int) string {
		raw, _ := hex.DecodeString(uid)
		return hexOf(sha256.Sum256(raw))
	})},
	{"the secret is the uid's MD5 twice", secrets(func(uid string, _ int) string { return strings.Repeat(hexOf16(md5.Sum([]byte(uid))), 2) })},
	{"the secret is the uid's SHA-1 and its beginning", secrets(func(uid string, _ int) string {
		sum := sha1.Sum([]byte(uid))
		return hex.EncodeToString(sum[:]) + hex.EncodeToString(sum[:12])
	})},
	{"the secret is the beginning of the uid's SHA-512", secrets(func(uid string, _ int) string {
		sum := sha512.Sum512([]byte(uid))
		return hex.EncodeToString(sum[:32])
	})},
	{"the secret is the name's SHA-256", onNew(func(_ *call, k *key) { k.secret = hexOf(sha256.Sum256([]byte(k.name))) })},
	{"the secret is the SHA-256 of the time in seconds", onNew(func(_ *call, k *key) {
		k.secret = hexOf(sha256.Sum256(fmt.Append(nil, k.created.Unix())))
	})},
	{"the secrets differ in their end alone", secrets(func(_ string, n int) string { return digest("common", 0)[:48] + digest("end", n)[:16] })},
	{"the secrets differ in their beginning alone", secrets(func(_ string, n int) string { return digest("start", n)[:16] + digest("common", 0)[:48] })},
	{"the secret has 63 digits", secrets(func(_ string, n int) string { return digest("short", n)[:63] })},
	{"the secret has 65 digits", secrets(func(_ string, n int) string { return digest("long", n) + "0" })},
	{"the secret is in upper case", secrets(func(_ string, n int) string { return strings.ToUpper(digest("upper", n)) })},
	{"the secret is empty", secrets(func(string, int) string { return "" })},
}

var uidFaults = []scenario{
	{"uids are in upper case", uids(func(n int) string { return "AB" + strings.ToUpper(digest("upper", n)[:30]) })},
	{"uids have dashes", uids(func(n int) string {
		d := digest("dashes", n)
		return d[:8] + "-" + d[8:12] + "-" + d[12:16] + "-" + d[16:31]
	})},
	{"uids hold a g", uids(func(n int) string { return "g" + digest("letters", n)[:31] })},
	{"every uid is the same", uids(func(int) string { return digest("only", 0)[:32] })},
	{"two keys in a row share a uid", uids(func(n int) string { return digest("pair", (n+1)/2)[:32] })},
	{"the uid is the account's id", uids(func(int) string { return accountID })},
	{"uids are the name's MD5", onNew(func(_ *call, k *key) { k.uid = hexOf16(md5.Sum([]byte(k.name))) })},
}

var timeFaults = []scenario{
	{"created is an hour ago", onNew(func(_ *call, k *key) { k.created, k.modified = k.created.Add(-time.Hour), k.modified.Add(-time.Hour) })},
	{"created is an hour ahead", onNew(func(_ *call, k *key) { k.created, k.modified = k.created.Add(time.Hour), k.modified.Add(time.Hour) })},
	{"created is a year ahead", onNew(func(_ *call, k *key) { k.created = k.created.AddDate(1, 0, 0) })},
	{"created is 1970", onNew(func(_ *call, k *key) { k.created, k.modified = time.Unix(0, 0).UTC(), time.Unix(0, 0).UTC() })},
	{"created is constant", onNew(func(_ *call, k *key) { k.created = time.Date(2014, 1, 1, 5, 20, 0, 123450000, time.UTC) })},
	{"modified is before created", onNew(func(_ *call, k *key) { k.modified = k.created.Add(-time.Hour) })},
	{"times are local and say Z", func(s *server) {
		s.timestamp = func(t time.Time) string { return t.Add(-5 * time.Hour).Format("2006-01-02T15:04:05.000000Z") }
	}},
	{"times have the wrong offset", func(s *server) {
		s.timestamp = func(t time.Time) string { return t.Format("2006-01-02T15:04:05.000000") + "+02:00" }
	}},
	{"times have no zone", layout("2006-01-02T15:04:05.000000")},
	{"times have a space", layout("2006-01-02 15:04:05Z")},
	{"times are numbers", eachResult(func(_ *call, result object) { result["created"] = 1388553600 })},
	{"created is another in each answer", func(s *server) {
		eachResult(func(_ *call, result object) { result["created"] = s.timestamp(s.now()) })(s)
	}},
	{"created moves with each edit and get", eachResult(func(_ *call, result object) { result["created"] = result["modified"] }, getOp, editOp)},
	{"get cuts times to milliseconds", eachResult(func(_ *call, result object) {
		for _, field := range []string{"created", "modified"} {
			result[field] = result[field].(string)[:19] + ".000Z"
		}
	}, getOp)},
}

func secrets(f func(uid string, n int) string) func(*server) {
	return func(s *server) { s.newSecret = func(uid string) string { return f(uid, s.made) } }
}

func uids(f func(n int) string) func(*server) {
	return func(s *server) { s.newUID = func() string { return f(s.made) } }
}

// onNew changes a key before create answers with it.
func onNew(f func(*call, *key)) func(*server) {
	return func(s *server) {
		onSuccess(func(c *call, a *answer) {
			f(c, c.created())
			shown := s.show(c, *c.created())
			shown["key"] = c.created().secret
			a.body["result"] = shown
		}, createOp)(s)
	}
}

func layout(layout string) func(*server) {
	return func(s *server) { s.timestamp = func(t time.Time) string { return t.Format(layout) } }
}

func hexOf(sum [32]byte) string { return hex.EncodeToString(sum[:]) }

func hexOf16(sum [16]byte) string { return hex.EncodeToString(sum[:]) }

func reverse(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}
