package turnkeys

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
)

const redacted = "[redacted]"

var errMarshal = errors.New("turnkeys: a Secret does not marshal: store what Reveal returns, where secrets belong")

// Secret is the secret of a TURN key: 64 lower-case hexadecimal digits, which only [Secret.Reveal] returns. Formatting or
// logging it prints "[redacted]". Marshalling it returns an error, so that "[redacted]" is never stored in its place.
type Secret struct{ reveal func() string }

// NewSecret returns a Secret that reveals value, for tests that stand in for [Client.Create].
func NewSecret(value string) Secret { return Secret{func() string { return value }} } // no printer looks into a function

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

// longHex matches what may be a secret: more hexadecimal digits than the 32 of an id.
var longHex = regexp.MustCompile(`[0-9a-fA-F]{33,}`)

func redact(text string, secrets ...string) string {
	for _, secret := range secrets {
		if len(secret) > 3 { // a shorter one may be part of any text
			text = strings.ReplaceAll(text, secret, redacted)
		}
	}
	return longHex.ReplaceAllLiteralString(text, redacted)
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

// redactedError prints the redacted text of an error and matches whatever the error matches, except the sentinels: the
// cause of a context may be the error of another call. It is used by pointer, so that == and maps of errors work.
type redactedError struct {
	text  string
	inner func() error // a function, so that printers of unexported fields do not see the error
}

func (e *redactedError) Error() string      { return e.text }
func (e *redactedError) As(target any) bool { return errors.As(e.inner(), target) }
func (e *redactedError) Is(target error) bool {
	return !slices.Contains(sentinels, target) && errors.Is(e.inner(), target)
}
