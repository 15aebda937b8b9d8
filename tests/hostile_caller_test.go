package tests_test

import (
	"context"
	"net/http"
	"os"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// seen is what a transport can write to.
type seen struct {
	url    string
	header http.Header
}

func TestTransportThatWritesToItsRequestSpoilsNoOther(t *testing.T) {
	for _, op := range testkit.Operations {
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
	for _, op := range testkit.Operations {
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
