package tests_test

import (
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
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

// holder has a value in every place from which it might be printed.
type holder struct {
	Exported   any
	unexported any
	Deep       struct{ deep map[string][]any }
}

func hold(value any) holder {
	h := holder{Exported: value, unexported: value}
	h.Deep.deep = map[string][]any{"deep": {&value, value, holder{unexported: value}}}
	return h
}

type secrets struct {
	Exported   turnkeys.Secret
	unexported turnkeys.Secret
	Pointer    *turnkeys.Secret
	New        turnkeys.NewKey
	newKey     turnkeys.NewKey
}

// newKey is the result of a create whose server sends the secret.
func newKey(t *testing.T) turnkeys.NewKey {
	t.Helper()
	created, err := once(t, responding(201, testkit.Success(testkit.CreatedJSON), nil)).Create(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, testkit.Secret, created.Secret.Reveal())
	return created
}

// holders are a secret, and what a program may put it in.
func holders(key turnkeys.NewKey) map[string]any {
	s := key.Secret
	return map[string]any{
		"Secret": s, "*Secret": &s, "[]Secret": []turnkeys.Secret{s}, "held *Secret": hold(&s), "NewKey": key, "*NewKey": &key,
		"map of NewKey": map[string]turnkeys.NewKey{"k": key}, "held NewKey": hold(key), "struct": secrets{s, s, &s, key, key},
		"nil Secret": (*turnkeys.Secret)(nil),
	}
}

// needles are pieces of a text, as text, in hexadecimal and as bytes.
func needles(text string) (found []string) {
	const piece = 8 // as few as a hexadecimal dump has in a row
	for i := 0; i <= len(text)-piece; i += 4 {
		part := text[i : i+piece]
		found = append(found, part, fmt.Sprintf("%x", part), fmt.Sprintf("% x", part), strings.Trim(fmt.Sprint([]byte(part)), "[]"))
	}
	return found
}

var unwanted = slices.Concat(needles(testkit.Secret), needles(testkit.Token))

func leakOf(output string) string {
	i := slices.IndexFunc(unwanted, func(needle string) bool { return strings.Contains(output, needle) })
	if i < 0 {
		return ""
	}
	return unwanted[i]
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
		return logged(v, func(out *bytes.Buffer) slog.Handler { return slog.NewTextHandler(out, nil) })
	},
	"slog JSON": func(v any) string {
		return logged(v, func(out *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(out, nil) })
	},
	"JSON": func(v any) string {
		data, err := json.Marshal(map[string]any{"v": v})
		return fmt.Sprintf("%s%v", data, err)
	},
	"XML": func(v any) string { data, err := xml.Marshal(v); return fmt.Sprintf("%s%v", data, err) },
	"gob": func(v any) (printed string) {
		var out bytes.Buffer
		defer func() { printed += fmt.Sprint(&out, recover()) }() // it panics for a nil pointer
		return fmt.Sprint(gob.NewEncoder(&out).Encode(v))
	},
	"testify": func(v any) string {
		out := &recordingT{}
		assert.Equal(out, "something else", v)
		assert.Contains(out, []any{v}, 1)
		return out.String()
	},
}

func logged(v any, handler func(*bytes.Buffer) slog.Handler) string {
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
	assert.NotEmpty(t, leakOf(fmt.Sprintf("%v", struct{ b []byte }{[]byte(testkit.Token)})))
	assert.Empty(t, leakOf(channels["fmt"](testkit.Key)))
}

func TestSecretShowsNothing(t *testing.T) {
	key := newKey(t)
	checkLeaks(t, holders(key))
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

// A mask that a store takes for the secret would be a lost secret.
func TestMarshallingASecretIsAnErrorThatNamesReveal(t *testing.T) {
	key := newKey(t)
	_, textErr := key.Secret.MarshalText()
	binary, binaryErr := key.Secret.MarshalBinary() // for CBOR and the like
	assert.Empty(t, binary)
	_, jsonErr := json.Marshal(map[string]any{"key": &key})
	_, xmlErr := xml.Marshal(secrets{New: key})
	gobErr := gob.NewEncoder(&bytes.Buffer{}).Encode(struct{ Secret turnkeys.Secret }{key.Secret})
	for name, err := range map[string]error{"text": textErr, "binary": binaryErr, "JSON": jsonErr, "XML": xmlErr, "gob": gobErr} {
		assert.ErrorContains(t, err, "a Secret does not marshal: store what Reveal returns", name)
	}
}

const crashVariable = "TURNKEYS_TEST_CRASH_WITH"

// A crash prints what was panicked with, and every goroutine with its arguments. The test runs itself to see one.
func TestCrashShowsNoSecret(t *testing.T) {
	values := holders(newKey(t))
	_, values["error"] = once(t, responding(500, testkit.Success(testkit.CreatedJSON), nil)).Create(t.Context(), testkit.Token)
	if name, ok := os.LookupEnv(crashVariable); ok {
		go panic(values[name])
		select {}
	}
	for _, name := range []string{"Secret", "*NewKey", "error"} {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashShowsNoSecret$")
		command.Env = append(os.Environ(), crashVariable+"="+name, "GOTRACEBACK=all")
		output, err := command.CombinedOutput()
		require.Error(t, err)
		assert.Contains(t, string(output), "panic: ")
		assert.Empty(t, leakOf(string(output)), "%s: %s", name, output)
	}
}

// A printer that follows every pointer finds a connection's buffers, and in them the last request and its response.
func TestClientThatHasIdleConnectionsShowsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := behaviour{respond: good}.host(list)
		transport := &http.Transport{DialContext: host.DialContext}
		defer closeIdle(transport)
		client := newClient(t, transport)
		_, err := client.List(t.Context())
		require.NoError(t, err)
		checkLeaks(t, map[string]any{"*Client": client, "Client": *client, "held": hold(client)})
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
