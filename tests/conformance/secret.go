package conformance

import (
	"crypto/md5"  //nolint:gosec // to find out whether a server does
	"crypto/sha1" //nolint:gosec // to find out whether a server does
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// judgeSecret looks for a secret that could be guessed, or that has digits in common with those of other keys. Random
// secrets do not fail the checks.
func (r *run) judgeSecret(a response) []finding {
	var others []string
	for _, k := range slices.Concat(r.main.keys, a.account.keys) {
		if k.uid != a.result.uid {
			others = append(others, k.secret)
		}
	}
	secret, message := a.result.secret, ""
	resembles := func(other string) bool { return digitsInCommon(secret, other) >= 8 }
	switch {
	case len(secret) < 32: // the document's own check reports it
	case slices.Contains(others, secret):
		message = "is the secret of another key"
	case slices.ContainsFunc(others, resembles):
		message = "has digits in common with the secrets of other keys"
	case a.isDerived(secret, others):
		message = "is derived from values that responses show"
	case !looksRandom(secret):
		message = "does not look random"
	}
	if message == "" {
		return nil
	}
	return []finding{{at: "/result/key", check: "weak_secret", message: message}}
}

// digitsInCommon returns how many digits in a row are the same, at the same place.
func digitsInCommon(a, b string) (longest int) {
	row := 0
	for i := range min(len(a), len(b)) {
		row++
		if a[i] != b[i] {
			row = 0
		}
		longest = max(longest, row)
	}
	return longest
}

// isDerived reports whether a secret contains half the uid, or begins or ends with part of what the response shows, of
// another secret, or of a digest of these.
func (a response) isDerived(secret string, others []string) bool {
	uid := a.result.uid
	if half := len(uid) / 2; half >= 12 && (strings.Contains(secret, uid[:half]) || strings.Contains(secret, uid[half:])) {
		return true
	}
	bytesOfUID, _ := hex.DecodeString(uid)
	known := []string{uid, string(bytesOfUID), a.account.id, textOf(a.name), a.result.createdText}
	if t := a.result.created; t != nil {
		known = append(known, strconv.FormatInt(t.Unix(), 10), strconv.FormatInt(t.UnixMilli(), 10))
	}
	inputs := slices.Concat(known, others, a.header["Cf-Ray"])
	for _, first := range known {
		for _, second := range known {
			inputs = append(inputs, first+second, first+":"+second, first+"-"+second, first+"|"+second, first+"/"+second)
		}
	}
	return slices.ContainsFunc(inputs, func(input string) bool {
		data := []byte(input)
		s256, s512, s1, m := sha256.Sum256(data), sha512.Sum512(data), sha1.Sum(data), md5.Sum(data) //nolint:gosec // as above
		shown := input + " " + hex.EncodeToString(slices.Concat(s256[:], s512[:], s1[:], m[:]))
		return strings.Contains(shown, secret[:16]) || strings.Contains(shown, secret[len(secret)-16:])
	})
}

// looksRandom reports whether a secret has at least eleven different digits and two different halves.
func looksRandom(secret string) bool {
	half := len(secret) / 2
	digits := slices.Compact(slices.Sorted(slices.Values([]byte(secret))))
	return len(digits) >= 11 && digitsInCommon(secret[:half], secret[half:]) < 8
}

// judgeDisclosure looks for secrets in forms that the document's own check does not know, and for what a rejected call
// should not show.
func (r *run) judgeDisclosure(a response) []finding {
	body, header := string(a.exchange.Response.Body), fmt.Sprint(a.header)
	contains := func(text string) bool {
		return slices.ContainsFunc(r.forms, func(form string) bool { return strings.Contains(text, form) })
	}
	f := finding{at: "body", check: "secret", message: "contains the secret of a key, in upper case or in base64"}
	switch {
	case a.want.check == unauthorized.check && a.Method == http.MethodGet && !a.ok() && strings.Contains(body, r.name):
		f.check, f.message = unauthorized.check, "contains a key's name, although the token is invalid"
	case contains(body):
	case contains(header):
		f.at = "header"
	default:
		return nil
	}
	return []finding{f}
}

// otherForms returns a secret in upper case, and its digits and bytes in base64.
func otherForms(secret string) (forms []string) {
	data, _ := hex.DecodeString(secret)
	if len(data) < 8 {
		return nil
	}
	for _, b := range [][]byte{[]byte(secret), data} {
		forms = append(forms, base64.RawStdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b))
	}
	if upper := strings.ToUpper(secret); upper != secret {
		forms = append(forms, upper)
	}
	return forms
}
