package turnkeys

import (
	"errors"
	"fmt"
	"io"
)

const redacted = "[redacted]"

// Secret is the secret of a TURN key: 64 lower-case hexadecimal digits, shown by [Secret.Reveal] alone. Formatted it
// reads "[redacted]"; marshalling it is an error, since a mask stored by mistake would be a lost secret. Secrets do not
// compare with ==; compare what Reveal returns.
type Secret struct {
	// A closure, since fmt and debuggers' printers reach into unexported fields but not into captured variables.
	reveal func() string
}

func newSecret(value string) Secret {
	return Secret{reveal: func() string { return value }}
}

// Reveal returns the secret, the bearer token for
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

// MarshalText returns an error, and through it so do the JSON, XML and YAML encoders; slog's handlers log that error in
// the secret's place.
func (s Secret) MarshalText() ([]byte, error) {
	return nil, errors.New("turnkeys: a Secret does not marshal: store what Reveal returns, where secrets belong")
}
