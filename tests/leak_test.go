package tests_test

import (
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// nested has a value in every place from which it might be printed.
type nested struct {
	Exported, unexported any
	deep                 map[string][]any
}

func nest(value any) nested {
	return nested{value, value, map[string][]any{"deep": {&value, value, nested{unexported: value}}}}
}

// newKey returns a created key with its secret.
func newKey(t *testing.T) turnkeys.NewKey {
	t.Helper()
	created, err := once(t, responding(201, testkit.Success(testkit.CreatedJSON), nil)).Create(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, testkit.Secret, created.Secret.Reveal())
	return created
}

// withSecret returns a secret, and values that a program may put it into.
func withSecret(key turnkeys.NewKey) map[string]any {
	return map[string]any{
		"Secret": key.Secret, "*Secret": &key.Secret, "nested Secret": nest(key.Secret), "[]*Secret": []*turnkeys.Secret{&key.Secret},
		"NewKey": key, "*NewKey": &key, "nested NewKey": nest(key), "nested *NewKey": nest(&key), "nil Secret": (*turnkeys.Secret)(nil),
	}
}

// needles returns pieces of a text, as text, in hexadecimal and as decimal bytes.
func needles(text string) (found []string) {
	const piece = 8 // at most what a hexadecimal dump shows in a row
	for i := 0; i <= len(text)-piece; i += 4 {
		part := text[i : i+piece]
		found = append(found, part, fmt.Sprintf("%x", part), fmt.Sprintf("% x", part), strings.Trim(fmt.Sprintf("%d", []byte(part)), "[]"))
	}
	return found
}

var unwanted = slices.Concat(needles(testkit.Secret), needles(testkit.Token))

// leakOf returns what an output shows of the secret or the token, or "".
func leakOf(output string) string {
	for _, needle := range unwanted {
		if strings.Contains(output, needle) {
			return needle
		}
	}
	return ""
}

// channels are the ways in which a program prints, logs and stores values.
var channels = map[string]func(value any) string{
	"fmt": func(v any) string {
		var out strings.Builder
		for _, verb := range "vTtbcdoOqxXUeEfFgGspwz" {
			for _, flags := range []string{"", "+", "#", "# ", "+#", ".99"} {
				fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", v)
			}
		}
		return out.String() + fmt.Sprintln(v) + fmt.Errorf("in %v: %+v", v, v).Error()
	},
	"slog text": func(v any) string {
		return logged(v, func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) })
	},
	"slog JSON": func(v any) string {
		return logged(v, func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) })
	},
	"JSON": func(v any) string {
		data, err := json.Marshal(map[string]any{"v": v})
		return fmt.Sprintf("%s%v", data, err)
	},
	"testify": func(v any) string {
		out := &recordingT{}
		assert.Equal(out, "something else", v)
		assert.Contains(out, []any{v}, 1)
		return out.String()
	},
}

func logged(v any, handler func(io.Writer) slog.Handler) string {
	var out bytes.Buffer
	logger := slog.New(handler(&out))
	logger.Info("m", "v", v)
	logger.With("v", v).WithGroup("g").Info("m", slog.Group("h", "v", v), slog.Any("s", struct{ V any }{v}))
	return out.String()
}

type recordingT struct{ strings.Builder }

func (r *recordingT) Errorf(format string, args ...any) { _, _ = fmt.Fprintf(r, format, args...) }

// checkLeaks passes values through every channel.
func checkLeaks(t *testing.T, values map[string]any) {
	t.Helper()
	for what, value := range values {
		for where, channel := range channels {
			output := channel(value)
			assert.NotEmpty(t, output)
			assert.Empty(t, leakOf(output), "%s through %s:\n%.2000s", what, where, output)
		}
	}
}

func TestLeakIsNoticed(t *testing.T) {
	for name, channel := range channels {
		assert.NotEmpty(t, leakOf(channel(testkit.Secret)), name)
	}
	assert.NotEmpty(t, leakOf(hex.Dump([]byte("Authorization: Bearer "+testkit.Token))))
	assert.Empty(t, leakOf(channels["fmt"](testkit.Key)))
}

func TestSecretShowsNothing(t *testing.T) {
	key := newKey(t)
	checkLeaks(t, withSecret(key))
	assert.Equal(t, "[redacted] [redacted] [redacted]", fmt.Sprintf("%v %#v %d", key.Secret, key.Secret, key.Secret))
	assert.Equal(t, "[redacted]", key.Secret.String())
	assert.Empty(t, turnkeys.Secret{}.Reveal())
	assert.Equal(t, "s", turnkeys.NewSecret("s").Reveal())
}

func TestSlogShowsANewKeyWithItsSecretRedacted(t *testing.T) {
	key := newKey(t)
	for _, handler := range []string{"slog text", "slog JSON"} {
		for _, value := range []any{key, &key} {
			first, _, _ := strings.Cut(channels[handler](value), "\n")
			for _, shown := range []string{testkit.KeyID, "video calls", "[redacted]"} {
				assert.Contains(t, first, shown, handler)
			}
			assert.NotContains(t, first, "ERROR", handler)
		}
	}
	assert.Contains(t, channels["slog JSON"](key.Secret), `"v":"[redacted]"`)
}

// If a program stored a mask instead of the secret, the secret would be lost.
func TestMarshallingASecretIsAnErrorThatNamesReveal(t *testing.T) {
	key := newKey(t)
	_, textErr := key.Secret.MarshalText()
	binary, binaryErr := key.Secret.MarshalBinary() // for CBOR and the like
	assert.Empty(t, binary)
	_, jsonErr := json.Marshal(map[string]any{"key": &key})
	_, xmlErr := xml.Marshal(key)
	gobErr := gob.NewEncoder(&bytes.Buffer{}).Encode(struct{ Secret turnkeys.Secret }{key.Secret})
	for name, err := range map[string]error{"text": textErr, "binary": binaryErr, "JSON": jsonErr, "XML": xmlErr, "gob": gobErr} {
		assert.ErrorContains(t, err, "a Secret does not marshal: store what Reveal returns", name)
	}
}

// A printer that follows every pointer finds the last request and its response in the buffers of a connection.
func TestClientThatHasIdleConnectionsShowsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := behaviour{respond: good}.host(list)
		transport := &http.Transport{DialContext: host.DialContext}
		defer closeIdle(transport)
		client := newClient(t, transport)
		_, err := client.List(t.Context())
		require.NoError(t, err)
		checkLeaks(t, map[string]any{"*Client": client, "Client": *client, "nested": nest(client)})
	})
}

// net/http logs what arrives on an idle connection.
func TestStandardLoggerStaysSilent(t *testing.T) {
	for name, respond := range map[string]responder{
		"responds twice at once": func(e *exchange) {
			body := testkit.Success(e.operation.Result)
			e.send(strings.Repeat(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body), 2))
		},
		"responds again later": func(e *exchange) {
			good(e)
			time.Sleep(time.Second)
			good(e)
		},
	} {
		for _, through := range []func(*http.Transport) http.RoundTripper{traced, func(t *http.Transport) http.RoundTripper { return t }} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var output bytes.Buffer
					defer log.SetOutput(log.Writer())
					log.SetOutput(&output)
					b := behaviour{respond: respond, warm: true, want: works}
					b.meetsThrough(t, create, through)
					time.Sleep(time.Minute)
					assert.Empty(t, output.String())
				})
			})
		}
	}
}
