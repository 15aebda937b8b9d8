package turnkeys

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is the secret of a TURN key: 64 lower-case hexadecimal digits, returned by [Secret.Reveal] and shown nowhere
// else. Formatted or logged it reads "[redacted]". Marshalling it is an error, because a mask stored by mistake would
// be a lost secret. Compare two secrets by what Reveal returns; == does not compile.
type Secret struct{ value hidden[string] }

// NewSecret returns a Secret that reveals value, for tests that stand in for [Client.Create].
func NewSecret(value string) Secret { return Secret{hide(value)} }

// Reveal returns the secret: the bearer token for
// https://rtc.live.cloudflare.com/v1/turn/keys/{uid}/credentials/generate-ice-servers. It is "" for the zero Secret.
func (s Secret) Reveal() string { return s.value.get() }

// String returns "[redacted]".
func (s Secret) String() string { return redacted }

// Format writes "[redacted]", whatever the verb.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// LogValue returns "[redacted]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

var errMarshal = errors.New("turnkeys: a Secret does not marshal: store what Reveal returns, where secrets belong")

// MarshalText returns an error, and so do the JSON, XML and YAML encoders, which call it.
func (s Secret) MarshalText() ([]byte, error) { return nil, errMarshal }

// MarshalBinary returns an error, and so do encoders such as gob and CBOR, which call it.
func (s Secret) MarshalBinary() ([]byte, error) { return nil, errMarshal }

// hidden keeps a value in a closure, where fmt and the printers that read unexported fields cannot see it.
type hidden[T any] struct{ reveal func() T }

func hide[T any](value T) hidden[T] {
	return hidden[T]{func() T { return value }}
}

// get returns the value, or T's zero value if nothing was hidden.
func (h hidden[T]) get() T {
	if h.reveal == nil {
		var none T
		return none
	}
	return h.reveal()
}
