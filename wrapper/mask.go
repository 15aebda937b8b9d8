package turnkeys

import (
	"errors"
	"strings"
)

// mask hides in what a server sent, before it becomes part of an error, the API token and whatever may be a secret. It
// is a closure over the token for the reason given at Secret.
type mask func(text string) string

func newMask(apiToken string) mask {
	return func(text string) string { return hideSecrets(strings.ReplaceAll(text, apiToken, redacted)) }
}

// error keeps err as it is unless its text must not be shown; it then keeps what err matches.
func (m mask) error(err error) error {
	text := err.Error()
	masked := m(text)
	if masked == text {
		return err
	}
	return maskedError{text: masked, is: func(target error) bool { return errors.Is(err, target) }}
}

func (m mask) messages(list []Message) []Message {
	for i := range list {
		message := &list[i]
		message.Message = m(message.Message)
		m.optional(message.DocumentationURL)
		if message.Source != nil {
			m.optional(message.Source.Pointer)
		}
	}
	return list
}

func (m mask) optional(text *string) {
	if text != nil {
		*text = m(*text)
	}
}

type maskedError struct {
	text string
	is   func(error) bool
}

func (e maskedError) Error() string        { return e.text }
func (e maskedError) Is(target error) bool { return e.is(target) }

// hideSecrets replaces the hexadecimal numbers that are longer than any id.
func hideSecrets(text string) string {
	const longestID = 32
	var shown strings.Builder
	for rest := text; ; {
		start := strings.IndexFunc(rest, isHex)
		if start < 0 {
			shown.WriteString(rest)
			return shown.String()
		}
		shown.WriteString(rest[:start])
		rest = rest[start:]
		digits := len(rest) - len(strings.TrimLeftFunc(rest, isHex))
		if digits > longestID {
			shown.WriteString(redacted)
		} else {
			shown.WriteString(rest[:digits])
		}
		rest = rest[digits:]
	}
}

func isHex(r rune) bool { return r >= '0' && r <= '9' || r >= 'a' && r <= 'f' || r >= 'A' && r <= 'F' }
