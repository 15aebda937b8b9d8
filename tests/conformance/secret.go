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
func (a response) judgeSecret() []finding {
	secret := strings.ToLower(a.result.secret)
	if secret == "" {
		return nil
	}
	var others []string
	for _, k := range a.account.keys {
		if k.uid != a.result.uid && k.secret != "" {
			others = append(others, strings.ToLower(k.secret))
		}
	}
	at := finding{at: "/result/key"}
	switch {
	case slices.Contains(others, secret):
		return []finding{at.because("weak_secret", "is the secret of another key")}
	case sharesDigits(secret, others):
		return []finding{at.because("weak_secret", "has digits in common with the secrets of other keys")}
	case a.isDerived(secret):
		return []finding{at.because("weak_secret", "is derived from values that responses show")}
	case a.beginsWithTime(secret):
		return []finding{at.because("weak_secret", "begins with the time")}
	case !looksRandom(secret):
		return []finding{at.because("weak_secret", "does not look random")}
	}
	return nil
}

// sharesDigits reports whether a secret has eight digits in a row in common with another one, or twenty in all, or four
// in a row with all of several others.
func sharesDigits(secret string, others []string) bool {
	for _, other := range others {
		row, all := common(secret, []string{other})
		if row >= 8 || all >= 20 {
			return true
		}
	}
	if len(others) < 2 {
		return false
	}
	inRow, inAll := common(secret, others)
	return inRow >= 4 || inAll >= 8
}

// common counts the digits that are the same at the same place in all texts, in a row and in all.
func common(text string, others []string) (longest, all int) {
	row := 0
	for i := range len(text) {
		same := func(other string) bool { return i < len(other) && other[i] == text[i] }
		if row++; slices.ContainsFunc(others, func(other string) bool { return !same(other) }) {
			row = 0
			continue
		}
		all++
		longest = max(longest, row)
	}
	return longest, all
}

// isDerived tries the derivations that come to mind first from what the response shows.
func (a response) isDerived(secret string) bool {
	known := []string{a.result.uid, a.account.id}
	if a.name != nil && *a.name != "" {
		known = append(known, *a.name)
	}
	if t := a.result.created; t != nil {
		known = append(known, a.result.createdText, strconv.FormatInt(t.Unix(), 10), strconv.FormatInt(t.UnixMilli(), 10))
	}
	for _, part := range halves(a.result.uid) {
		if strings.Contains(secret, part) || strings.Contains(secret, reversed(part)) {
			return true
		}
	}
	for _, text := range known {
		inputs := []string{text, strings.ToUpper(text), "turn-" + text}
		if raw, err := hex.DecodeString(text); err == nil {
			inputs = append(inputs, string(raw))
		}
		for _, other := range known {
			for _, separator := range []string{"", ":", "-", "|", "/", ".", " "} {
				inputs = append(inputs, text+separator+other)
			}
		}
		for _, input := range inputs {
			if slices.ContainsFunc(digests([]byte(input)), func(digest string) bool { return overlap(secret, digest) }) {
				return true
			}
		}
	}
	return false
}

// halves returns the parts of a text that are long enough to be no accident.
func halves(text string) []string {
	half := len(text) / 2
	return slices.DeleteFunc([]string{text[:half], text[half:]}, func(part string) bool { return len(part) < 12 })
}

func reversed(text string) string {
	b := []byte(text)
	slices.Reverse(b)
	return string(b)
}

func digests(data []byte) []string {
	s256, s512, s1, m := sha256.Sum256(data), sha512.Sum512(data), sha1.Sum(data), md5.Sum(data) //nolint:gosec // as above
	return []string{hex.EncodeToString(data), hex.EncodeToString(s256[:]), hex.EncodeToString(s512[:]), hex.EncodeToString(s1[:]), hex.EncodeToString(m[:])}
}

// overlap reports whether the beginning or the end of a secret is part of a digest.
func overlap(secret, digest string) bool {
	const enough = 24
	if len(secret) < enough {
		return secret == digest
	}
	return strings.Contains(digest, secret[:enough]) || strings.Contains(digest, secret[len(secret)-enough:])
}

// beginsWithTime tries units from seconds to nanoseconds, in the digits that they take.
func (a response) beginsWithTime(secret string) bool {
	for unit, digits := range map[time.Duration][]int{time.Second: {8, 16}, time.Millisecond: {11, 12, 16}, time.Nanosecond: {16}} {
		for _, n := range digits {
			if len(secret) < n {
				continue
			}
			value, err := strconv.ParseInt(secret[:n], 16, 64)
			if err == nil && value < int64(1<<62)/int64(unit) && a.at.Sub(time.Unix(0, value*int64(unit))).Abs() < clockTolerance {
				return true
			}
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
	_, same := common(secret[:half], []string{secret[half:]})
	return len(different) >= 11 && same < half/2
}

// judgeDisclosure looks for secrets in forms that the document's own check does not know.
func (r *run) judgeDisclosure(a response) []finding {
	if a.want.check == unauthorized.check && a.Method == http.MethodGet && !a.ok() && bytes.Contains(a.exchange.Response.Body, []byte(r.name)) {
		return []finding{{at: "body", check: unauthorized.check, message: "contains the name of a key, although the token is invalid"}}
	}
	var header bytes.Buffer
	_ = a.header.Write(&header)
	places := map[string]string{"header": header.String(), "body": string(a.exchange.Response.Body)}
	for _, acc := range r.accounts {
		for _, k := range acc.keys {
			for _, form := range otherForms(k.secret) {
				for at, text := range places {
					if strings.Contains(text, form) {
						f := finding{at: at}
						return []finding{f.because("secret", "contains the secret of a key, in upper case or in base64")}
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
