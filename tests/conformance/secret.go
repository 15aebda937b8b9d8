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
	"time"
)

// judgeSecret looks for a secret that could be guessed, or that has digits in common with those of other keys. Each of
// the checks fails for fewer than one in a million random secrets.
func (r *run) judgeSecret(a response) []finding {
	secret, others, message := a.result.secret, r.secretsBut(a.result.uid), ""
	resembles := func(other string) bool { return longestCommon(secret, other) >= 8 }
	switch {
	case secret == "":
	case slices.Contains(others, secret):
		message = "is the secret of another key"
	case slices.ContainsFunc(others, resembles) || len(others) > 1 && longestCommon(secret, others...) >= 4:
		message = "has digits in common with the secrets of other keys"
	case a.isDerived(secret, others):
		message = "is derived from values that responses show"
	case beginsWithTime(secret, a.at):
		message = "begins with the time"
	case !looksRandom(secret):
		message = "does not look random"
	}
	if message == "" {
		return nil
	}
	return []finding{{at: "/result/key", check: "weak_secret", message: message}}
}

// secretsBut returns the secrets of the run's keys, but for one.
func (r *run) secretsBut(uid string) (secrets []string) {
	for _, acc := range r.accounts {
		for _, k := range acc.keys {
			if k.uid != uid && k.secret != "" {
				secrets = append(secrets, k.secret)
			}
		}
	}
	return secrets
}

// longestCommon returns how many digits in a row are the same, at the same place, in all texts.
func longestCommon(text string, others ...string) (longest int) {
	row := 0
	for i := range len(text) {
		row++
		for _, other := range others {
			if i >= len(other) || other[i] != text[i] {
				row = 0
			}
		}
		longest = max(longest, row)
	}
	return longest
}

// isDerived tries the derivations that come to mind first, from what the response shows and from other secrets.
func (a response) isDerived(secret string, others []string) bool {
	uid := a.result.uid
	bytesOfUID, _ := hex.DecodeString(uid)
	known := []string{uid, string(bytesOfUID), a.account.id, a.result.createdText}
	if a.name != nil {
		known = append(known, *a.name)
	}
	if t := a.result.created; t != nil {
		known = append(known, strconv.FormatInt(t.Unix(), 10), strconv.FormatInt(t.UnixMilli(), 10))
	}
	inputs := slices.Concat(known, others, a.header["Cf-Ray"])
	for _, first := range known {
		for _, second := range known {
			inputs = append(inputs, first+second, first+":"+second, first+"-"+second, first+"|"+second, first+"/"+second)
		}
	}
	return len(uid) >= 16 && (strings.Contains(secret, uid[:16]) || strings.Contains(secret, uid[len(uid)-16:])) ||
		slices.ContainsFunc(inputs, func(input string) bool { return input != "" && isDigest(secret, []byte(input)) })
}

// isDigest reports whether the beginning or the end of a secret is part of the data or of a digest of it.
func isDigest(secret string, data []byte) bool {
	n := min(16, len(secret))
	s256, s512, s1, m := sha256.Sum256(data), sha512.Sum512(data), sha1.Sum(data), md5.Sum(data) //nolint:gosec // as above
	digests := hex.EncodeToString(slices.Concat(data, []byte{' '}, s256[:], s512[:], s1[:], m[:]))
	return n >= 8 && (strings.Contains(digests, secret[:n]) || strings.Contains(digests, secret[len(secret)-n:]))
}

// beginsWithTime tries seconds, milliseconds and nanoseconds.
func beginsWithTime(secret string, t time.Time) bool {
	return slices.ContainsFunc([]int64{t.Unix(), t.UnixMilli(), t.UnixNano()}, func(now int64) bool {
		return strings.HasPrefix(strings.TrimLeft(secret, "0"), strconv.FormatInt(now, 16)[:6])
	})
}

// looksRandom takes 64 random hexadecimal digits for what they are: at least eleven different ones, and two halves that
// differ.
func looksRandom(secret string) bool {
	digits := []byte(secret)
	slices.Sort(digits)
	half := len(secret) / 2
	return len(slices.Compact(digits)) >= 11 && longestCommon(secret[:half], secret[half:]) < 8
}

// judgeDisclosure looks for secrets in forms that the document's own check does not know, and for what a rejected call
// should not show.
func (r *run) judgeDisclosure(a response) (all []finding) {
	body := string(a.exchange.Response.Body)
	if a.want.check == unauthorized.check && a.Method == http.MethodGet && !a.ok() && strings.Contains(body, r.name) {
		return []finding{{at: "body", check: unauthorized.check, message: "contains a key's name, although the token is invalid"}}
	}
	var forms []string
	for _, secret := range r.secretsBut("") {
		forms = append(forms, otherForms(secret)...)
	}
	for at, text := range map[string]string{"body": body, "header": fmt.Sprint(a.header)} {
		if slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(text, form) }) {
			all = append(all, finding{at: at, check: "secret", message: "contains the secret of a key, in upper case or in base64"})
		}
	}
	return all
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
