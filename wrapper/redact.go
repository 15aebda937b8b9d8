package turnkeys

import (
	"errors"
	"strings"
)

// longestID is how many hexadecimal digits are shown: an id has 32, a secret 64.
const longestID = 32

// redact hides in a text what a server may have echoed: these secrets, and any hexadecimal number longer than an id.
func redact(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, redacted)
		}
	}
	var shown strings.Builder
	for text != "" {
		digits := len(text) - len(strings.TrimLeft(text, "0123456789abcdefABCDEF"))
		switch {
		case digits == 0:
			digits = 1
			shown.WriteString(text[:1])
		case digits <= longestID:
			shown.WriteString(text[:digits])
		default:
			shown.WriteString(redacted)
		}
		text = text[digits:]
	}
	return shown.String()
}

func redactMessages(messages []Message, secrets ...string) []Message {
	for i := range messages {
		m := &messages[i]
		m.Message = redact(m.Message, secrets...)
		if m.DocumentationURL != nil {
			*m.DocumentationURL = redact(*m.DocumentationURL, secrets...)
		}
		if m.Source != nil && m.Source.Pointer != nil {
			*m.Source.Pointer = redact(*m.Source.Pointer, secrets...)
		}
	}
	return messages
}

// redactedError stands for an error of the transport or the context, which may show a secret in its text, its fields or
// an error that it wraps. It matches what that error matches, and prints nothing but its redacted text.
type redactedError struct {
	text string
	err  hidden[error]
}

func redactError(err error, secrets ...string) error {
	return redactedError{redact(err.Error(), secrets...), hide(err)}
}

func (e redactedError) Error() string        { return e.text }
func (e redactedError) Is(target error) bool { return errors.Is(e.err.get(), target) }
func (e redactedError) As(target any) bool   { return errors.As(e.err.get(), target) }
