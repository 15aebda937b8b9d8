package tests_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

func TestTransportThatBreaksItsContractIsAnErrorAndNoPanic(t *testing.T) {
	for _, op := range testkit.Operations {
		_, err := op.Call(t.Context(), once(t, func(*http.Request) (*http.Response, error) { return nil, nil })) //nolint:nilnil // its fault
		require.ErrorContains(t, err, "nil *Response with a nil error")
		_, err = op.Call(t.Context(), once(t, func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 200}, nil }))
		require.ErrorIs(t, err, turnkeys.ErrBadResponse)
	}
}

func TestTransportThatChangesItsRequestChangesNoOther(t *testing.T) {
	type seen struct {
		url    string
		header http.Header
	}
	for _, op := range testkit.Operations {
		synctest.Test(t, func(t *testing.T) {
			var requests []seen
			client := newClient(t, testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
				requests = append(requests, seen{r.URL.String(), r.Header.Clone()})
				for _, values := range r.Header {
					values[0] = "changed"
				}
				r.URL.Path, r.URL.Host = "/changed", "changed.test"
				return &http.Response{StatusCode: 429, Body: http.NoBody}, nil
			}))
			for range 2 {
				_, err := op.Call(t.Context(), client)
				require.ErrorIs(t, err, turnkeys.ErrRateLimited)
			}
			require.Len(t, requests, 6)
			for _, request := range requests {
				assert.Equal(t, requests[0], request)
			}
		})
	}
}

func TestTransportThatPanicsLeavesNothingBehind(t *testing.T) {
	for _, op := range testkit.Operations {
		var attempt context.Context
		client := newClient(t, testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
			attempt = r.Context()
			panic("a transport's own fault")
		}))
		require.PanicsWithValue(t, "a transport's own fault", func() { _, _ = op.Call(t.Context(), client) })
		assert.Error(t, attempt.Err(), "its timer still runs")
	}
}
