package tests_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/clienttest"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// seen is what a transport can write to.
type seen struct {
	url    string
	header http.Header
}

func TestTransportThatWritesToItsRequestSpoilsNoOther(t *testing.T) {
	for _, op := range clienttest.Operations {
		t.Run(op.ID, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var requests []seen
				client := newClient(t, testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
					requests = append(requests, seen{r.URL.String(), r.Header.Clone()})
					for _, values := range r.Header {
						values[0] = "spoiled"
					}
					r.URL.Path, r.URL.Host = "/spoiled", "spoiled.test"
					return &http.Response{StatusCode: 429, Body: http.NoBody}, nil
				}))
				for range 2 {
					_, err := op.Call(t.Context(), client)
					require.ErrorIs(t, err, turnkeys.ErrRateLimited)
				}
				require.Len(t, requests, 6)
				for _, request := range requests {
					assert.Equal(t, requests[0].url, request.url)
					assert.Equal(t, requests[0].header, request.header)
				}
			})
		})
	}
}

func TestTransportThatPanicsLeavesNothingBehind(t *testing.T) {
	for _, op := range clienttest.Operations {
		t.Run(op.ID, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var attempt context.Context
				client := newClient(t, testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
					attempt = r.Context()
					panic("a transport's own fault")
				}))
				require.PanicsWithValue(t, "a transport's own fault", func() { _, _ = op.Call(t.Context(), client) })
				assert.Error(t, attempt.Err(), "its timer still runs")
			})
		})
	}
}

// An error need not have any of Cloudflare's messages: an HTML page has none.
func TestExamplesDoNotIndexTheErrorsOfAnError(t *testing.T) {
	for _, name := range []string{"../README.md", "../wrapper/example_test.go"} {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.NotContains(t, string(text), ".Errors[0]", name)
	}
}

// cause is a transport's error that holds the request, and says nothing of it.
type cause struct{ Request *http.Request }

func (cause) Error() string           { return "no luck" }
func (cause) Is(target error) bool    { return target == io.ErrClosedPipe }
func (c cause) Unwrap() error         { return errShutdown }
func (c cause) Timeout() (timed bool) { return true }

func TestCauseIsReachableAndNowherePrintedByField(t *testing.T) {
	transport := clientOver(t, func(r *http.Request) (*http.Response, error) { return nil, cause{r} })
	body := clientOver(t, func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(failingBody{cause{r}})}, nil
	})
	for name, client := range map[string]*turnkeys.Client{"transport": transport, "body": body} {
		for _, op := range clienttest.Operations {
			_, err := op.Call(t.Context(), client)
			require.ErrorIs(t, err, io.ErrClosedPipe, name)
			require.ErrorIs(t, err, errShutdown, name)
			var found cause
			require.ErrorAs(t, err, &found, name)
			assert.NotNil(t, found.Request)
			assert.Contains(t, err.Error(), "no luck")
			if creates(op) {
				holdNothing(t, map[string]any{name: err, name + ", held": hold(err)})
			}
		}
	}
}
