package tests_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// clientOver is a client that sends its requests through a transport, once.
func clientOver(t *testing.T, transport testkit.RoundTripper) *turnkeys.Client {
	t.Helper()
	return newClient(t, transport, turnkeys.WithRetries(0))
}

func answeredWith(t *testing.T, status int, body string, header http.Header) *turnkeys.Client {
	t.Helper()
	return clientOver(t, answering(status, body, header))
}

// answering is a transport that gives every request the same answer.
func answering(status int, body string, header http.Header) testkit.RoundTripper {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

// indiscreet is a transport's error that shows the request.
type indiscreet struct{ Request *http.Request }

func (e indiscreet) Error() string        { return fmt.Sprintf("cannot send %v", e.Request.Header) }
func (e indiscreet) Is(target error) bool { return target == io.ErrClosedPipe }
func (e indiscreet) Unwrap() error        { return errShutdown }

type failingBody struct{ err error }

func (b failingBody) Read([]byte) (int, error) { return 0, b.err }

// indiscretions are answers that hold what an error must not.
func indiscretions(t *testing.T) map[string]*turnkeys.Client {
	everywhere := func(text string) string {
		message := fmt.Sprintf(`[{"code":1000,"message":"Bearer %[1]s, %[1]s","documentation_url":"https://x.test/?%[1]s","source":{"pointer":"/%[1]s"}}]`, text)
		return `{"success":false,"errors":` + message + `,"messages":` + message + `,"result":` + testkit.CreatedJSON + `}`
	}
	escaped := strings.NewReplacer("h", `\u0068`, "-", `\u002d`).Replace(testkit.Token)
	clients := map[string]*turnkeys.Client{
		"transport": clientOver(t, func(r *http.Request) (*http.Response, error) { return nil, indiscreet{r} }),
		"body": clientOver(t, func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(failingBody{indiscreet{r}})}, nil
		}),
		"CF-Ray": answeredWith(t, 500, "", http.Header{"Cf-Ray": {testkit.Token + " " + testkit.Secret}}),
	}
	for name, text := range map[string]string{"token": testkit.Token, "escaped token": escaped, "secret": testkit.Secret, "upper-case secret": strings.ToUpper(testkit.Secret)} {
		for _, status := range []int{200, 404, 500} {
			clients[fmt.Sprintf("%s everywhere in a %d", name, status)] = answeredWith(t, status, everywhere(text), nil)
		}
		for field, body := range map[string]string{
			"created": `{"uid":"` + testkit.KeyID + `","created":"` + text + `"}`,
			"uid":     `{"uid":["` + text + `"]}`,
			"result":  `"` + text + `"`,
			"rest":    testkit.KeyJSON + `}` + text,
		} {
			clients[name+" as "+field] = answeredWith(t, 200, testkit.Success(body), nil)
		}
		clients[name+" for JSON"] = answeredWith(t, 200, text, nil)
	}
	return clients
}

func TestErrorShowsNeitherTokenNorSecret(t *testing.T) {
	shown := map[string]any{}
	for name, client := range indiscretions(t) {
		for _, op := range testkit.Operations {
			_, err := op.Call(t.Context(), client)
			var apiErr *turnkeys.Error
			require.ErrorAs(t, err, &apiErr, name)
			checkText(t, apiErr)
			if creates(op) { // each kind through each channel once
				shown[name], shown[name+", by value"] = apiErr, *apiErr
				shown[name+", wrapped"] = fmt.Errorf("while making a key: %w", err)
				shown[name+", held"] = hold(apiErr)
			}
		}
	}
	holdNothing(t, shown)
}

func TestCauseOfAnErrorIsReachable(t *testing.T) {
	clients := indiscretions(t)
	for _, name := range []string{"transport", "body"} {
		for _, op := range testkit.Operations {
			_, err := op.Call(t.Context(), clients[name])
			require.ErrorIs(t, err, io.ErrClosedPipe, name)
			require.ErrorIs(t, err, errShutdown, name)
			var found indiscreet
			require.ErrorAs(t, err, &found, name)
			assert.NotNil(t, found.Request)
			assert.Contains(t, err.Error(), "cannot send")
		}
	}
}

func TestErrorKeepsWhatItMasks(t *testing.T) {
	clients := indiscretions(t)
	_, err := clients["token everywhere in a 404"].Get(t.Context(), testkit.KeyID)
	var apiErr *turnkeys.Error
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, "Bearer [redacted], [redacted]", apiErr.Errors[0].Message)
	assert.Equal(t, "https://x.test/?[redacted]", *apiErr.Messages[0].DocumentationURL)
	assert.Equal(t, "/[redacted]", *apiErr.Errors[0].Source.Pointer)
	assert.Contains(t, string(apiErr.RawBody()), testkit.Token, "the raw body is as it came")
}

func TestErrorIsItsTextWhateverTheVerb(t *testing.T) {
	_, err := answeredWith(t, 409, testkit.Failure("1000", "busy"), nil).Get(t.Context(), testkit.KeyID)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		assert.Equal(t, "turnkeys: getTurnKey: 409 Conflict: busy (code 1000)", fmt.Sprintf(verb, err), verb)
	}
	assert.Equal(t, `"turnkeys: getTurnKey: 409 Conflict: busy (code 1000)"`, fmt.Sprintf("%q", err))
}

func TestMaskedMessageKeepsItsIDs(t *testing.T) {
	_, err := answeredWith(t, 409, testkit.Failure("1000", "key "+testkit.KeyID+" of "+testkit.AccountID+" is busy"), nil).Get(t.Context(), testkit.KeyID)
	assert.ErrorContains(t, err, "key "+testkit.KeyID+" of "+testkit.AccountID+" is busy (code 1000)")
}

func TestTokenInTheWrongPlaceIsNotShown(t *testing.T) {
	client := answeredWith(t, 200, "", nil)
	_, getErr := client.Get(t.Context(), testkit.Token)
	_, editErr := client.Edit(t.Context(), testkit.Token, "")
	_, deleteErr := client.Delete(t.Context(), testkit.Token)
	_, newErr := turnkeys.New(testkit.Token, testkit.Token+"\n", turnkeys.WithBaseURL("http://"+testkit.Token))
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New(testkit.Token))
	_, endedErr := client.List(ctx)
	for _, err := range []error{getErr, editErr, deleteErr, newErr, endedErr} {
		require.Error(t, err)
		holdNothing(t, map[string]any{"error": err, "held error": hold(err)})
	}
}

// A printer that follows every pointer finds a connection's buffers, and in them the last request and its answer.
func TestClientThatHasIdleConnectionsShowsNothing(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, testkit.Success(testkit.CreatedJSON))
	}))
	defer server.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client, err := turnkeys.New(testkit.AccountID, testkit.Token, turnkeys.WithBaseURL(server.URL), turnkeys.WithHTTPClient(&http.Client{Transport: transport}))
	require.NoError(t, err)
	_, err = client.Create(t.Context(), "")
	require.NoError(t, err)
	holdNothing(t, map[string]any{"*Client": client, "Client": *client, "held": hold(client), "[]Client": []turnkeys.Client{*client}})
}
