package conformance

import (
	"bytes"
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

// judgeSecret looks for a secret that could be guessed, or that has digits in common with those of other keys. Each of
// the checks fails for fewer than one in a million random secrets.
func (r *run) judgeSecret(a response) []finding {
	secret, others, message := strings.ToLower(a.result.secret), r.secretsBut(a.result.uid), ""
	for i := range others {
		others[i] = strings.ToLower(others[i])
	}
	switch {
	case secret == "":
	case slices.Contains(others, secret):
		message = "is the secret of another key"
	case sharesDigits(secret, others):
		message = "has digits in common with the secrets of other keys"
	case a.isDerived(secret, others):
		message = "is derived from values that responses show"
	case a.beginsWithTime(secret):
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

// sharesDigits reports whether a secret has eight digits in a row in common with another one, or twenty in all, or four
// in a row with all of several others.
func sharesDigits(secret string, others []string) bool {
	for _, other := range others {
		if row, all := common(secret, other); row >= 8 || all >= 20 {
			return true
		}
	}
	row, _ := common(secret, others...)
	return len(others) > 1 && row >= 4
}

// common counts the digits that are the same at the same place in all texts, in a row and in all.
func common(text string, others ...string) (longest, all int) {
	row := 0
	for i := range len(text) {
		if slices.ContainsFunc(others, func(other string) bool { return i >= len(other) || other[i] != text[i] }) {
			row = 0
			continue
		}
		row, all = row+1, all+1
		longest = max(longest, row)
	}
	return longest, all
}

// isDerived tries the derivations that come to mind first, from what the response shows and from other secrets.
func (a response) isDerived(secret string, others []string) bool {
	uid := a.result.uid
	if half := len(uid) / 2; half >= 12 && (strings.Contains(secret, uid[:half]) || strings.Contains(secret, uid[half:])) {
		return true
	}
	known := []string{uid, a.account.id, a.result.createdText}
	if a.name != nil {
		known = append(known, *a.name)
	}
	if t := a.result.created; t != nil {
		known = append(known, strconv.FormatInt(t.Unix(), 10), strconv.FormatInt(t.UnixMilli(), 10))
	}
	inputs := slices.Clone(others)
	for _, values := range a.header {
		inputs = append(inputs, values...)
	}
	for _, text := range known {
		raw, _ := hex.DecodeString(text)
		inputs = append(inputs, text, strings.ToUpper(text), string(raw))
		for _, other := range known {
			for _, separator := range []string{"", ":", "-", "|", "/", ".", " "} {
				inputs = append(inputs, text+separator+other)
			}
		}
	}
	return slices.ContainsFunc(inputs, func(input string) bool { return input != "" && isDigest(secret, []byte(input)) })
}

// isDigest reports whether the beginning or the end of a secret is part of a digest of the data.
func isDigest(secret string, data []byte) bool {
	n := min(24, len(secret))
	s256, s512, s1, m := sha256.Sum256(data), sha512.Sum512(data), sha1.Sum(data), md5.Sum(data) //nolint:gosec // as above
	digests := hex.EncodeToString(slices.Concat(data, []byte{' '}, s256[:], s512[:], s1[:], m[:]))
	return n >= 8 && (strings.Contains(digests, secret[:n]) || strings.Contains(digests, secret[len(secret)-n:]))
}

// beginsWithTime tries seconds, milliseconds and nanoseconds.
func (a response) beginsWithTime(secret string) bool {
	return slices.ContainsFunc([]int64{a.at.Unix(), a.at.UnixMilli(), a.at.UnixNano()}, func(now int64) bool {
		return strings.HasPrefix(strings.TrimLeft(secret, "0"), strconv.FormatInt(now, 16)[:6])
	})
}

// looksRandom takes 64 random hexadecimal digits for what they are: at least eleven different ones, and two halves that
// differ.
func looksRandom(secret string) bool {
	digits := []byte(secret)
	slices.Sort(digits)
	half := len(secret) / 2
	_, same := common(secret[:half], secret[half:])
	return len(slices.Compact(digits)) >= 11 && same < half/2
}

// judgeDisclosure looks for secrets in forms that the document's own check does not know, and for what a rejected call
// should not show.
func (r *run) judgeDisclosure(a response) []finding {
	body := a.exchange.Response.Body
	if a.want.check == unauthorized.check && a.Method == http.MethodGet && !a.ok() && bytes.Contains(body, []byte(r.name)) {
		return []finding{{at: "body", check: unauthorized.check, message: "contains the name of a key, although the token is invalid"}}
	}
	header := fmt.Sprint(a.header)
	for _, secret := range r.secretsBut("") {
		for _, form := range otherForms(secret) {
			at := "header"
			if bytes.Contains(body, []byte(form)) {
				at = "body"
			}
			if at == "body" || strings.Contains(header, form) {
				return []finding{{at: at, check: "secret", message: "contains the secret of a key, in upper case or in base64"}}
			}
		}
	}
	return nil
}

func otherForms(secret string) (forms []string) {
	if len(secret) < 16 {
		return nil
	}
	if upper := strings.ToUpper(secret); upper != secret {
		forms = append(forms, upper)
	}
	raw, _ := hex.DecodeString(secret)
	for _, data := range [][]byte{[]byte(secret), raw} {
		if len(data) > 0 {
			forms = append(forms, base64.RawStdEncoding.EncodeToString(data), base64.RawURLEncoding.EncodeToString(data))
		}
	}
	return forms
}
