package tests_test

import (
	"bytes"
	"fmt"
	"log"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// tooMuch are answers to a create that leave bytes on the connection, which net/http logs once it is idle.
var tooMuch = map[string]answer{
	"answers twice at once": func(e *exchange) {
		body := testkit.Success(e.operation.Result)
		e.send(strings.Repeat(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body), 2))
	},
	"answers again later": func(e *exchange) {
		good(e)
		time.Sleep(time.Second)
		good(e)
	},
}

func TestStandardLoggerStaysSilent(t *testing.T) {
	for name, answer := range tooMuch {
		for kind, wrap := range transports {
			t.Run(name+", "+kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var logged bytes.Buffer
					defer log.SetOutput(log.Writer())
					log.SetOutput(&logged)
					b := behaviour{answer: answer, warm: true}
					network, _ := b.network(create)
					transport := b.transport(network)
					client := newClient(t, wrap(transport))
					_, err := client.List(t.Context())
					require.NoError(t, err)

					created, err := client.Create(t.Context(), "video calls")
					require.NoError(t, err)
					assert.Equal(t, testkit.Secret, created.Secret.Reveal())
					closeIdle(transport)
					synctest.Wait()
					assert.Empty(t, logged.String())
				})
			})
		}
	}
}

func TestSlogShowsANewKeyWithItsSecretRedacted(t *testing.T) {
	key := newKey(t)
	for name, value := range map[string]any{"NewKey": key, "*NewKey": &key} {
		for handler, output := range map[string]string{"slog text": channels["slog text"](value), "slog JSON": channels["slog JSON"](value)} {
			first, _, _ := strings.Cut(output, "\n")
			assert.Contains(t, first, testkit.KeyID, "%s, %s", name, handler)
			assert.Contains(t, first, "video calls", "%s, %s", name, handler)
			assert.Contains(t, first, "[redacted]", "%s, %s", name, handler)
			assert.NotContains(t, first, "ERROR", "%s, %s", name, handler)
		}
	}
	assert.Contains(t, channels["slog JSON"](key.Secret), `"v":"[redacted]"`)
}

// odd is a secret that no pattern tells.
const odd = "Not-hexadecimal_secret/of+some=kind"

// An error that echoes the secret which the answer holds in result.key hides it, whatever it looks like.
func TestSecretInTheResultIsHiddenInMessages(t *testing.T) {
	for _, field := range []string{"key", "secret"} {
		for _, text := range []string{odd, strings.NewReplacer("N", `\u004e`, "/", `\/`).Replace(odd)} {
			for _, status := range []int{200, 302, 400, 404, 409, 429, 500} {
				name := fmt.Sprintf("%s %d %s", field, status, text)
				message := fmt.Sprintf(`[{"code":1000,"message":"made %[1]s","documentation_url":"https://x.test/?%[1]s","source":{"pointer":"/%[1]s"}}]`, text)
				body := fmt.Sprintf(`{"errors":%s,"messages":%s,"result":{"uid":%q,%q:"%s"},"success":false}`, message, message, testkit.KeyID, field, text)
				_, err := answeredWith(t, status, body, http.Header{"Cf-Ray": {odd}}).Create(t.Context(), "")
				var apiErr *turnkeys.Error
				require.ErrorAs(t, err, &apiErr, name)
				assert.Contains(t, string(apiErr.RawBody()), text, name)
				for _, channel := range []string{"fmt", "slog text", "slog JSON", "JSON", "testify"} {
					assert.NotContains(t, channels[channel](err), odd, "%s through %s", name, channel)
				}
				require.Len(t, apiErr.Errors, 1, name)
				assert.Equal(t, "made [redacted]", apiErr.Errors[0].Message, name)
				assert.Equal(t, "/[redacted]", *apiErr.Messages[0].Source.Pointer, name)
			}
		}
	}
}
