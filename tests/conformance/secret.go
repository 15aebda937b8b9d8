package conformance

import (
	"bytes"
	"crypto/md5"  //nolint:gosec // to find out whether a server does
	"crypto/sha1" //nolint:gosec // to find out whether a server does
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// judgeSecret looks for a secret that could be guessed, or that has parts in common with those of other keys. Each of the
// checks fails for fewer than one in a million random secrets.
func (r *run) judgeSecret(a response) []finding {
	secret, message := strings.ToLower(a.result.secret), ""
	var others []string
	for _, acc := range r.accounts {
		for _, k := range acc.keys {
			if k.uid != a.result.uid && k.secret != "" {
				others = append(others, strings.ToLower(k.secret))
			}
		}
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

const digits = "0123456789abcdef"

// isDerived tries the derivations that come to mind first, from what the response shows and from other secrets.
func (a response) isDerived(secret string, others []string) bool {
	uid := a.result.uid
	for _, part := range []string{uid[:len(uid)/2], uid[len(uid)/2:]} {
		reversed, inverted := []byte(part), []byte(part)
		slices.Reverse(reversed)
		for i, c := range inverted {
			if digit := strings.IndexByte(digits, c); digit >= 0 {
				inverted[i] = digits[len(digits)-1-digit]
			}
		}
		if len(part) >= 12 && (strings.Contains(secret, part) || strings.Contains(secret, string(reversed)) || strings.Contains(secret, string(inverted))) {
			return true
		}
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
		inputs = append(inputs, text, strings.ToUpper(text), "turn-"+text, string(raw))
		for _, other := range known {
			for _, separator := range []string{"", ":", "-", "|", "/", ".", " "} {
				inputs = append(inputs, text+separator+other)
			}
		}
	}
	for _, input := range inputs {
		if input != "" && slices.ContainsFunc(digests([]byte(input)), func(digest string) bool { return overlap(secret, digest) }) {
			return true
		}
	}
	return false
}

func digests(data []byte) []string {
	s256, s512, s1, m := sha256.Sum256(data), sha512.Sum512(data), sha1.Sum(data), md5.Sum(data) //nolint:gosec // as above
	return []string{hex.EncodeToString(data), hex.EncodeToString(s256[:]), hex.EncodeToString(s512[:]), hex.EncodeToString(s1[:]), hex.EncodeToString(m[:])}
}

// overlap reports whether the beginning or the end of a secret is part of a digest.
func overlap(secret, digest string) bool {
	n := min(24, len(secret))
	return len(secret) >= 8 && (strings.Contains(digest, secret[:n]) || strings.Contains(digest, secret[len(secret)-n:]))
}

// beginsWithTime tries the digits that seconds, milliseconds and nanoseconds take.
func (a response) beginsWithTime(secret string) bool {
	for n, unit := range map[int]time.Duration{8: time.Second, 11: time.Millisecond, 12: time.Millisecond, 16: time.Nanosecond} {
		value, err := strconv.ParseInt(secret[:min(n, len(secret))], 16, 64)
		if err == nil && value < int64(1<<62)/int64(unit) && a.at.Sub(time.Unix(0, value*int64(unit))).Abs() < clockTolerance {
			return true
		}
	}
	return false
}

// looksRandom takes 64 random hexadecimal digits for what they are: at least eleven different ones, and two halves that
// differ.
func looksRandom(secret string) bool {
	different := map[rune]bool{}
	for _, c := range secret {
		different[c] = true
	}
	half := len(secret) / 2
	_, same := common(secret[:half], secret[half:])
	return len(different) >= 11 && same < half/2
}

// judgeDisclosure looks for secrets in forms that the document's own check does not know, and for what a rejected call
// should not show.
func (r *run) judgeDisclosure(a response) []finding {
	body := a.exchange.Response.Body
	if a.want.check == unauthorized.check && a.Method == http.MethodGet && !a.ok() && bytes.Contains(body, []byte(r.name)) {
		return []finding{{at: "body", check: unauthorized.check, message: "contains the name of a key, although the token is invalid"}}
	}
	var header bytes.Buffer
	_ = a.header.Write(&header)
	headerHas := func(text string) bool { return strings.Contains(header.String(), text) }
	for _, acc := range r.accounts {
		for _, k := range acc.keys {
			if half := len(k.secret) / 2; half >= 8 && (headerHas(k.secret[:half]) || headerHas(k.secret[half:])) {
				return []finding{{at: "header", check: "secret", message: "contains half the secret of a key"}}
			}
			for _, form := range otherForms(k.secret) {
				for at, text := range map[string]string{"header": header.String(), "body": string(body)} {
					if strings.Contains(text, form) {
						return []finding{{at: at, check: "secret", message: "contains the secret of a key, in upper case or in base64"}}
					}
				}
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
