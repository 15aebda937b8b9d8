package conformance

import (
	"crypto/md5"  //nolint:gosec // to find out whether a server does
	"crypto/sha1" //nolint:gosec // to find out whether a server does
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"slices"
	"strings"
)

// judgeSecret looks for a secret that could be guessed, or that another key has.
func (a response) judgeSecret() []finding {
	secret := strings.ToLower(a.result.secret)
	if secret == "" {
		return nil
	}
	at := finding{at: "/result/key"}
	for _, other := range a.account.keys {
		same := equalDigits(secret, strings.ToLower(other.secret))
		switch {
		case other.uid == a.result.uid:
		case same == len(secret):
			return []finding{at.because("weak_secret", "is the secret of another key")}
		case same >= 32: // of 64 random digits, 4 are the same
			return []finding{at.because("weak_secret", "shares at least half of its digits with the secret of another key")}
		}
	}
	known := []string{a.result.uid, a.account.id}
	if a.name != nil {
		known = append(known, *a.name)
	}
	if isDerived(secret, known) {
		return []finding{at.because("weak_secret", "is derived from the key's uid, its name or the account")}
	}
	if !looksRandom(secret) {
		return []finding{at.because("weak_secret", "does not look random")}
	}
	return nil
}

func equalDigits(a, b string) (n int) {
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			n++
		}
	}
	return n
}

// isDerived tries the derivations that come to mind first.
func isDerived(secret string, known []string) bool {
	uid := known[0]
	if strings.Contains(secret, uid[:min(16, len(uid))]) {
		return true
	}
	for _, text := range known {
		inputs := []string{text, strings.ToUpper(text), "turn-" + text}
		if raw, err := hex.DecodeString(text); err == nil {
			inputs = append(inputs, string(raw))
		}
		for _, other := range known {
			inputs = append(inputs, text+other, text+":"+other)
		}
		for _, input := range inputs {
			if slices.ContainsFunc(digests([]byte(input)), func(d string) bool { return strings.HasPrefix(d, secret[:min(32, len(secret))]) }) {
				return true
			}
		}
	}
	return false
}

func digests(data []byte) []string {
	s256, s512, s1, m := sha256.Sum256(data), sha512.Sum512(data), sha1.Sum(data), md5.Sum(data) //nolint:gosec // as above
	all := []string{hex.EncodeToString(data), hex.EncodeToString(s256[:]), hex.EncodeToString(s512[:]), hex.EncodeToString(s1[:]), hex.EncodeToString(m[:])}
	return slices.DeleteFunc(all, func(d string) bool { return len(d) < 32 })
}

// looksRandom takes 64 random hexadecimal digits for what they are: fewer than ten different ones, or two halves alike,
// are less likely than one in a million.
func looksRandom(secret string) bool {
	different := map[rune]bool{}
	for _, c := range secret {
		different[c] = true
	}
	half := len(secret) / 2
	return len(different) >= 10 && equalDigits(secret[:half], secret[half:]) < half/2
}
