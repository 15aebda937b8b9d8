package tests_test

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/clienttest"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// deadConn is a connection whose other end is gone, which only a write finds out.
type deadConn struct {
	net.Conn

	dead atomic.Bool
}

func (c *deadConn) Write(p []byte) (int, error) {
	if c.dead.Load() {
		return 0, syscall.EPIPE
	}
	return c.Conn.Write(p)
}

// transports are what a caller may give: net/http's own, or one that adds something to it.
var transports = map[string]func(*http.Transport) http.RoundTripper{
	"plain":   func(t *http.Transport) http.RoundTripper { return t },
	"wrapped": func(t *http.Transport) http.RoundTripper { return testkit.RoundTripper(t.RoundTrip) },
}

func TestStaleConnectionOnWhichNothingWasWrittenLosesNoCall(t *testing.T) {
	for kind, wrap := range transports {
		for _, op := range clienttest.Operations {
			t.Run(kind+"/"+op.ID, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					network, requests := behaviour{answer: inTurn(ok(testkit.Success("[]")), good)}.network(op)
					var conns []*deadConn
					transport := &http.Transport{DialContext: func(ctx context.Context, protocol, address string) (net.Conn, error) {
						conn, err := network.DialContext(ctx, protocol, address)
						conns = append(conns, &deadConn{Conn: conn})
						return conns[len(conns)-1], err
					}}
					defer closeIdle(transport)
					client := newClient(t, wrap(transport))
					_, err := client.List(t.Context())
					require.NoError(t, err)
					synctest.Wait()
					conns[0].dead.Store(true)

					got, err := op.Call(t.Context(), client)
					require.NoError(t, err)
					assert.Equal(t, op.Want, got)
					assert.Len(t, requests(), 2)
				})
			})
		}
	}
}

func TestConnectionsThatEndAfterEachAnswerLoseNoCreate(t *testing.T) {
	for kind, wrap := range transports {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network, requests := behaviour{answer: func(e *exchange) {
					good(e)
					_ = e.Close()
				}}.network(create)
				transport := &http.Transport{DialContext: network.DialContext}
				defer closeIdle(transport)
				client := newClient(t, wrap(transport))
				for range 200 {
					_, err := client.Create(t.Context(), "video calls")
					require.NoError(t, err)
				}
				assert.Len(t, requests(), 200)
			})
		})
	}
}

func TestUntrustedCertificateIsFinal(t *testing.T) {
	for _, op := range clienttest.Operations {
		t.Run(op.ID, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := behaviour{tls: true, untrusted: true, answer: good}
				network, requests := b.network(op)
				transport := b.transport(network)
				defer closeIdle(transport)
				_, err := op.Call(t.Context(), newClient(t, transport, turnkeys.WithBaseURL("https://127.0.0.1")))

				var unknown x509.UnknownAuthorityError
				require.ErrorAs(t, err, &unknown)
				require.NotErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
				assert.Len(t, network.Dials(), 1)
				assert.Empty(t, requests())
			})
		})
	}
}
