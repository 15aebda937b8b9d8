package tests_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// network is one whose host behaves so, and the requests that the host saw of the operation.
func (b behaviour) network(op testkit.Operation) (network *testkit.Network, requests func() []testkit.Request) {
	greetings := 0
	if b.warm {
		greetings = 1
	}
	network = &testkit.Network{}
	switch {
	case b.absent:
		return network, func() []testkit.Request { return nil }
	case b.frames != nil:
		server := b.frameServer(op)
		network.Serve, requests = server.Serve, server.Requests
	default:
		server := &testkit.Server{Answer: func(e *testkit.Exchange) {
			if e.Nth <= greetings {
				b.greeting(&exchange{e, op})
				return
			}
			e.Nth -= greetings
			b.answer(&exchange{e, op})
		}}
		network.Serve, requests = server.Serve, func() []testkit.Request { return server.Requests()[greetings:] }
	}
	if b.tls {
		network.Serve = testkit.OverTLS(network.Serve, b.protocol())
	}
	return network, requests
}

func (b behaviour) greeting(e *exchange) {
	ok(testkit.Success("[]"))(e)
	if b.stale {
		_ = e.Close()
	}
}

func (b behaviour) protocol() string {
	if b.frames != nil {
		return "h2"
	}
	return "http/1.1"
}

func (b behaviour) transport(network *testkit.Network) *http.Transport {
	transport := &http.Transport{DialContext: network.DialContext, Protocols: &http.Protocols{}, MaxResponseHeaderBytes: 1 << 20}
	transport.Protocols.SetHTTP1(b.frames == nil)
	transport.Protocols.SetHTTP2(b.frames != nil && b.tls)
	transport.Protocols.SetUnencryptedHTTP2(b.frames != nil && !b.tls)
	if b.tls && !b.untrusted {
		transport.TLSClientConfig = &tls.Config{RootCAs: testkit.Roots()}
	}
	return transport
}

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
		for _, op := range testkit.Operations {
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

func TestCreateIsSentOverAConnectionOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network, requests := behaviour{answer: inTurn(ok(testkit.Success("[]")), good, ok(testkit.Success("[]")))}.network(create)
		transport := &http.Transport{DialContext: network.DialContext}
		defer closeIdle(transport)
		client := newClient(t, transport)
		_, err := client.List(t.Context())
		require.NoError(t, err)
		_, err = client.Create(t.Context(), "video calls")
		require.NoError(t, err)
		_, err = client.List(t.Context())
		require.NoError(t, err)
		assert.Len(t, requests(), 3)
		assert.Len(t, network.Dials(), 2, "the lists share a connection")
	})
}

// The bubble panics if the connection is left open.
func TestCreateThatIsCancelledWhileItIsDialledLeavesNoConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network, requests := behaviour{answer: good}.network(create)
		transport := &http.Transport{DialContext: func(ctx context.Context, protocol, address string) (net.Conn, error) {
			time.Sleep(2 * time.Second) // on the bubble's clock
			return network.DialContext(ctx, protocol, address)
		}}
		defer closeIdle(transport)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := newClient(t, transport).Create(ctx, "video calls")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, turnkeys.ErrOutcomeUnknown)
		time.Sleep(2 * time.Second)
		assert.Empty(t, requests())
	})
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
