package tests_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

func TestErrorHasWhatCloudflareSays(t *testing.T) {
	const body = `{"errors":[{"code":10000,"message":"Authentication error","documentation_url":"https://example.com/d",` +
		`"source":{"pointer":"/name"}}],"messages":[{"code":1001,"message":"notice"}],"result":null,"success":false}`
	_, err := once(t, responding(403, body, http.Header{"Cf-Ray": {"8f1d2c3b4a596877-AMS"}})).Get(t.Context(), testkit.KeyID)
	apiErr, ok := errors.AsType[*turnkeys.Error](err)
	require.True(t, ok)
	assert.Equal(t, "8f1d2c3b4a596877-AMS", apiErr.RayID)
	assert.Equal(t, body, string(apiErr.RawBody()))
	require.Len(t, apiErr.Errors, 1)
	assert.Equal(t, "https://example.com/d", *apiErr.Errors[0].DocumentationURL)
	assert.Equal(t, "/name", *apiErr.Errors[0].Source.Pointer)
	assert.Equal(t, []turnkeys.Message{{Code: 1001, Message: "notice"}}, apiErr.Messages)
	assert.Equal(t, `turnkeys: getTurnKey: 403 Forbidden: Authentication error (code 10000); check the API `+
		`token, its permission "Calls Write" and the account id; CF-Ray 8f1d2c3b4a596877-AMS`, err.Error())

	clear(apiErr.RawBody())
	assert.Equal(t, body, string(apiErr.RawBody()), "RawBody returns a copy")
	assert.NoError(t, errors.Unwrap(apiErr), "a rejection has no other cause")
}

func TestErrorsTextHasTheIDs(t *testing.T) {
	const text = "turnkeys: getTurnKey: 409 Conflict: key " + testkit.KeyID + " of " + testkit.AccountID + " is busy (code 1000)"
	body := testkit.Failure("1000", "key "+testkit.KeyID+" of "+testkit.AccountID+" is busy")
	_, err := once(t, responding(409, body, nil)).Get(t.Context(), testkit.KeyID)
	for _, verb := range []string{"%v", "%+v", "%s"} {
		assert.Equal(t, text, fmt.Sprintf(verb, err), verb)
	}
}

func TestErrorThatATestMakesMatchesAsTheRealOneDoes(t *testing.T) {
	with := func(status int, codes ...int) *turnkeys.Error {
		e := &turnkeys.Error{StatusCode: status}
		for _, code := range codes {
			e.Errors = append(e.Errors, turnkeys.Message{Code: code})
		}
		return e
	}
	checkMatches(t, with(404, 20008), []error{turnkeys.ErrNotFound})
	checkMatches(t, with(404), nil)
	checkMatches(t, with(404, 7003), nil)
	checkMatches(t, with(401), []error{turnkeys.ErrUnauthorized})
	checkMatches(t, with(403, 10000), []error{turnkeys.ErrUnauthorized})
	checkMatches(t, with(403), nil)
	checkMatches(t, with(400, 1001, 9109), []error{turnkeys.ErrUnauthorized})
	checkMatches(t, with(429), []error{turnkeys.ErrRateLimited})
	checkMatches(t, with(200, 971), []error{turnkeys.ErrRateLimited})
	checkMatches(t, with(500), nil)
	assert.Equal(t, "turnkeys: 404 Not Found: (code 20008)", with(404, 20008).Error())
	assert.Nil(t, with(500).RawBody())
	checkMatches(t, fmt.Errorf("create: %w", turnkeys.ErrOutcomeUnknown), []error{turnkeys.ErrOutcomeUnknown})
}

// indiscreet is an error of a transport that shows the request.
type indiscreet struct{ Request *http.Request }

func (e indiscreet) Error() string            { return fmt.Sprintf("cannot send %v", e.Request.Header) }
func (e indiscreet) Unwrap() error            { return errShutdown }
func (e indiscreet) Read([]byte) (int, error) { return 0, e }

// odd is a secret that no pattern matches.
const odd = "Not-hexadecimal_secret/of+some=kind"

// indiscretions are responses and errors that contain what an error must not.
func indiscretions() map[string]testkit.RoundTripper {
	all := map[string]testkit.RoundTripper{
		"transport": func(r *http.Request) (*http.Response, error) { return nil, indiscreet{r} },
		"body": func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(indiscreet{r})}, nil
		},
	}
	escape := strings.NewReplacer("h", `\u0068`, "-", `\u002d`, "/", `\/`)
	for name, text := range map[string]string{"token": testkit.Token, "secret": testkit.Secret, "upper-case secret": strings.ToUpper(testkit.Secret), "odd secret": odd} {
		for name, text := range map[string]string{name: text, "escaped " + name: escape.Replace(text)} {
			message := fmt.Sprintf(`[{"code":1000,"message":"Bearer %[1]s, %[1]s","documentation_url":"https://x.test/?%[1]s","source":{"pointer":"/%[1]s"}}]`, text)
			for _, field := range []string{"key", "secret"} {
				for _, status := range []int{200, 302, 404, 500} {
					body := fmt.Sprintf(`{"success":false,"errors":%s,"messages":%s,"result":{"uid":"u",%q:"%s"}}`, message, message, field, text)
					all[fmt.Sprintf("%s as %s in a %d", name, field, status)] = responding(status, body, http.Header{"Cf-Ray": {testkit.Token + " " + testkit.Secret}})
				}
			}
			all[name+" as a title"] = responding(403, `{"title":"`+text+`","detail":"`+text+`","result":{"key":"`+text+`"}}`, nil)
			all[name+" as a timestamp"] = responding(200, testkit.Success(`{"uid":"u","created":"`+text+`"}`), nil)
			all[name+" in an array"] = responding(200, testkit.Success(`{"uid":["`+text+`"]}`), nil)
			all[name+" for JSON"] = responding(200, text, nil)
		}
	}
	return all
}

func TestErrorShowsNeitherTokenNorSecret(t *testing.T) {
	values, seen := map[string]any{}, map[error]bool{}
	for name, transport := range indiscretions() {
		for _, op := range testkit.Operations {
			_, err := op.Call(t.Context(), once(t, transport))
			var apiErr *turnkeys.Error
			require.ErrorAs(t, err, &apiErr, name)
			checkText(t, apiErr)
			assert.NotContains(t, fmt.Sprintf("%v %v", err, apiErr.Errors), odd, name)
			values[name], values[name+", by value"] = fmt.Errorf("while making a key: %w", err), nest(*apiErr)
			for ; err != nil; err = errors.Unwrap(err) {
				seen[err] = true // error reporters do that; it panics if an error cannot be compared with ==
			}
		}
	}
	checkLeaks(t, values)
}

func TestErrorKeepsWhatItDoesNotRedact(t *testing.T) {
	for _, text := range []string{"token", "secret", "odd secret"} {
		_, err := once(t, indiscretions()[text+" as key in a 404"]).Create(t.Context(), "")
		apiErr, ok := errors.AsType[*turnkeys.Error](err)
		require.True(t, ok)
		for _, messages := range [][]turnkeys.Message{apiErr.Errors, apiErr.Messages} {
			require.Len(t, messages, 1)
			assert.Equal(t, "Bearer [redacted], [redacted]", messages[0].Message)
			assert.Equal(t, "https://x.test/?[redacted]", *messages[0].DocumentationURL)
			assert.Equal(t, "/[redacted]", *messages[0].Source.Pointer)
		}
		assert.Equal(t, "[redacted] [redacted]", apiErr.RayID)
		assert.Contains(t, string(apiErr.RawBody()), "Bearer ", "the raw body is unchanged")
	}
}

func TestCauseOfAnErrorIsReachable(t *testing.T) {
	for _, name := range []string{"transport", "body"} {
		for _, op := range testkit.Operations {
			_, err := op.Call(t.Context(), once(t, indiscretions()[name]))
			require.ErrorIs(t, err, errShutdown, name)
			var found indiscreet
			require.ErrorAs(t, err, &found, name)
			assert.NotNil(t, found.Request)
			assert.ErrorContains(t, err, "cannot send")
		}
	}
}

func TestTokenInTheWrongPlaceIsNotShown(t *testing.T) {
	client := newClient(t, mustNotSend(t))
	_, getErr := client.Get(t.Context(), testkit.Token)
	_, editErr := client.Edit(t.Context(), testkit.Token, "")
	_, deleteErr := client.Delete(t.Context(), testkit.Token)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New(testkit.Token))
	_, endedErr := client.List(ctx)
	for _, err := range []error{getErr, editErr, deleteErr, endedErr} {
		require.Error(t, err)
		checkLeaks(t, map[string]any{"error": nest(err)})
	}
}
