package turnkeys

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
)

const redacted = "[redacted]"

var errMarshal = errors.New("turnkeys: a Secret does not marshal: store what Reveal returns, where secrets belong")

// Secret is the secret of a TURN key: 64 lower-case hexadecimal digits, returned by [Secret.Reveal] and shown nowhere
// else. Formatting or logging it prints "[redacted]". Marshalling it returns an error, so that "[redacted]" is never
// stored in place of the secret. Compare two secrets by what Reveal returns; == does not compile.
type Secret struct{ reveal func() string } // a function, so that printers of unexported fields do not see the value

// NewSecret returns a Secret that reveals value, for tests that stand in for [Client.Create].
func NewSecret(value string) Secret { return Secret{func() string { return value }} }

// Reveal returns the secret: the bearer token for
// https://rtc.live.cloudflare.com/v1/turn/keys/{uid}/credentials/generate-ice-servers. It is "" for the zero Secret.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// String returns "[redacted]".
func (s Secret) String() string { return redacted }

// Format writes "[redacted]", whatever the verb.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// LogValue returns "[redacted]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns an error, and so do the JSON, XML and YAML encoders, which call it.
func (s Secret) MarshalText() ([]byte, error) { return nil, errMarshal }

// MarshalBinary returns an error, and so do encoders such as gob and CBOR, which call it.
func (s Secret) MarshalBinary() ([]byte, error) { return nil, errMarshal }

// tooLongForID matches hexadecimal numbers longer than an id, which has 32 digits. A secret has 64.
var tooLongForID = regexp.MustCompile(`[0-9a-fA-F]{33,}`)

func redact(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, redacted)
		}
	}
	return tooLongForID.ReplaceAllLiteralString(text, redacted)
}

func (e *Error) redact(redact func(string) string) {
	replace := func(text *string) {
		if text != nil && *text != "" {
			*text = redact(*text)
		}
	}
	replace(&e.RayID)
	for _, messages := range [][]Message{e.Errors, e.Messages} {
		for i := range messages {
			replace(&messages[i].Message)
			replace(messages[i].DocumentationURL)
			if source := messages[i].Source; source != nil {
				replace(source.Pointer)
			}
		}
	}
}

// cause stands for an error that may show a secret in its text, its fields or an error that it wraps: it matches the
// same, and prints only the redacted text. It is a pointer, so that == works, and a map of errors.
type cause struct {
	text  string
	inner func() error
}

func newCause(err error, redact func(string, ...string) string) error {
	return &cause{redact(err.Error()), func() error { return err }}
}

func (c *cause) Error() string        { return c.text }
func (c *cause) Is(target error) bool { return errors.Is(c.inner(), target) }
func (c *cause) As(target any) bool   { return errors.As(c.inner(), target) }
