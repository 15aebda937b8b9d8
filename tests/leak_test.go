package tests_test

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// holder holds a value in every place from which it might be printed.
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
	pointer    *turnkeys.Secret
	New        turnkeys.NewKey
	newKey     turnkeys.NewKey
}

// secretHolders are a secret, and what a program may have put it in.
func secretHolders(key turnkeys.NewKey) map[string]any {
	s := key.Secret
	var none *turnkeys.Secret
	return map[string]any{
		"Secret": s, "*Secret": &s, "[]Secret": []turnkeys.Secret{s}, "a held Secret": hold(s), "a held *Secret": hold(&s),
		"NewKey": key, "*NewKey": &key, "[]*NewKey": []*turnkeys.NewKey{&key}, "map of NewKey": map[string]turnkeys.NewKey{"k": key},
		"a held NewKey": hold(key), "a held *NewKey": hold(&key), "struct": secrets{s, s, &s, &s, key, key}, "nil Secret": none,
	}
}

// needles are the ways in which a piece of text may have been printed.
func needles(text string) []string {
	const piece = 8 // as few as a hexadecimal dump has in a row
	var found []string
	for i := 0; i <= len(text)-piece; i += 4 { // a leak is longer than that
		part := []byte(text[i : i+piece])
		for _, format := range []string{"%s", "%x", "%X", "% x", "% X", "%d", "%o", "%b", "%c", "%U", "%#v"} {
			rendered := strings.TrimPrefix(fmt.Sprintf(format, part), "[]byte{")
			found = append(found, strings.Trim(rendered, "[]{}"))
		}
		if i+12 <= len(text) {
			found = append(found, base64.RawStdEncoding.EncodeToString([]byte(text[i:i+12])))
		}
	}
	return found
}

var unwanted = slices.Concat(needles(testkit.Secret), needles(testkit.Token))

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
			for _, flags := range []string{"", "+", "#", " ", "0", "-", "# ", "+#", "99", ".99"} {
				fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", v)
			}
		}
		return out.String() + fmt.Sprint(v) + fmt.Sprintln(v) + fmt.Errorf("in %v: %+v", v, v).Error()
	},
	"slog text": func(v any) string {
		return logged(v, func(out *bytes.Buffer) slog.Handler { return slog.NewTextHandler(out, nil) })
	},
	"slog JSON": func(v any) string {
		return logged(v, func(out *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(out, nil) })
	},
	"JSON": func(v any) string {
		data, err := json.MarshalIndent(map[string]any{"v": v}, "", " ")
		return fmt.Sprintf("%s%v", data, err)
	},
	"XML": func(v any) string {
		data, err := xml.Marshal(v)
		return fmt.Sprintf("%s%v", data, err)
	},
	"gob": func(v any) (printed string) {
		var out bytes.Buffer
		defer func() { printed += fmt.Sprint(&out, recover()) }() // it panics for a nil pointer
		return fmt.Sprint(gob.NewEncoder(&out).Encode(v))
	},
	"testify": func(v any) string {
		out := &recordingT{}
		assert.Equal(out, "something else", v)
		assert.Equal(out, []any{v}, []any{turnkeys.NewKey{}})
		assert.Nil(out, v)
		assert.Contains(out, []any{v}, 1)
		assert.ElementsMatch(out, []any{v}, []any{1})
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

// holdNothing passes what may be printed through every channel.
func holdNothing(t *testing.T, values map[string]any) {
	t.Helper()
	for what, value := range values {
		for where, channel := range channels {
			output := channel(value)
			assert.NotEmpty(t, output)
			if leak := leakOf(output); leak != "" {
				assert.Fail(t, "a leak", "%s through %s shows %q in:\n%.2000s", what, where, leak, output)
			}
		}
	}
}

func TestLeakIsNoticedInEveryRendering(t *testing.T) {
	for name, channel := range channels {
		assert.NotEmpty(t, leakOf(channel(testkit.Secret)), name)
		assert.NotEmpty(t, leakOf(channel("Bearer "+testkit.Token)), name)
	}
	for _, format := range []string{"%d", "%x", "% X", "%#v", "%o", "%b", "%c", "%U"} {
		assert.NotEmpty(t, leakOf(fmt.Sprintf(format, []byte(testkit.Secret))), format)
		assert.NotEmpty(t, leakOf(fmt.Sprintf(format, struct{ b []byte }{[]byte(testkit.Token)})), format)
	}
	assert.NotEmpty(t, leakOf(hex.Dump([]byte("Authorization: Bearer "+testkit.Token))))
	assert.NotEmpty(t, leakOf(base64.URLEncoding.EncodeToString([]byte("Authorization: Bearer "+testkit.Token))))
	assert.Empty(t, leakOf(channels["fmt"](key)))
}

func TestSecretShowsNothing(t *testing.T) {
	key := newKey(t)
	holdNothing(t, secretHolders(key))
	for _, shown := range []string{fmt.Sprint(key.Secret), fmt.Sprintf("%#v %d", key.Secret, key.Secret), key.Secret.String()} {
		assert.Contains(t, []string{"[redacted]", "[redacted] [redacted]"}, shown)
	}
	assert.Empty(t, turnkeys.Secret{}.Reveal())
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

// newKey is the answer to a create whose server sends the secret.
func newKey(t *testing.T) turnkeys.NewKey {
	t.Helper()
	created, err := answeredWith(t, 201, testkit.Success(testkit.CreatedJSON), nil).Create(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, testkit.Secret, created.Secret.Reveal())
	return created
}

const crashVariable = "TURNKEYS_TEST_CRASH_WITH"

// A crash prints what was panicked with, and every goroutine with its arguments. The test runs itself to see one.
func TestCrashShowsNoSecret(t *testing.T) {
	holders := secretHolders(newKey(t))
	_, err := answeredWith(t, 500, testkit.Success(testkit.CreatedJSON), nil).Create(t.Context(), testkit.Token)
	holders["error"] = err
	if name, ok := os.LookupEnv(crashVariable); ok {
		go panic(holders[name])
		select {}
	}
	for _, name := range []string{"Secret", "*Secret", "NewKey", "error"} {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashShowsNoSecret$")
		command.Env = append(os.Environ(), crashVariable+"="+name, "GOTRACEBACK=all")
		output, err := command.CombinedOutput()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		assert.Contains(t, string(output), "panic: ")
		assert.Contains(t, string(output), "goroutine ")
		assert.Empty(t, leakOf(string(output)), "%s: %s", name, output)
	}
}
