package tests_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// protocols are what a server may speak, each with a response that works and one that is lost.
var protocols = map[string]struct{ works, loses behaviour }{
	"HTTP/1":          {behaviour{respond: good}, behaviour{respond: cut("")}},
	"HTTP/1 over TLS": {behaviour{respond: good, tls: true}, behaviour{respond: cut(""), tls: true}},
	"h2c":             {behaviour{frames: allOfIt}, behaviour{frames: closes}},
	"h2":              {behaviour{frames: allOfIt, tls: true}, behaviour{frames: closes, tls: true}},
}

const overTLS = "HTTP/1 over TLS, h2"

// transports are round trippers that a program may use. Each wraps or replaces a transport that reaches the server.
var transports = []struct {
	name, protocols string // all if empty
	through         func(*http.Transport) http.RoundTripper
}{
	{"net/http's", "", func(t *http.Transport) http.RoundTripper { return t }},
	{"without settings", overTLS, withoutSettings},
	{"with HTTP/2 forced", overTLS, func(t *http.Transport) http.RoundTripper {
		t.Protocols, t.ForceAttemptHTTP2 = nil, true
		return t
	}},
	{"without keep-alives", "", func(t *http.Transport) http.RoundTripper { t.DisableKeepAlives = true; return t }},
	{"behind a proxy", overTLS, behindAProxy},
	{"of x/net", "h2, h2c", ofXNet},
	{"traced", "", traced},
	{"logging", "", logging},
	{"retrying", "", retrying},
	{"with a token of its own", "", withOwnToken},
	{"with a protocol of its own", "HTTP/1", func(t *http.Transport) http.RoundTripper {
		own := &http.Transport{}
		own.RegisterProtocol("http", withoutHooks(t))
		return own
	}},
	{"not net/http's", "HTTP/1", withoutHooks},
}

func TestEveryCallWorksOnceThroughEveryTransport(t *testing.T) {
	for _, tc := range transports {
		for protocol, server := range protocols {
			if tc.protocols == "" || strings.Contains(tc.protocols+",", protocol+",") {
				t.Run(tc.name+", "+protocol, func(t *testing.T) {
					server.works.want, server.works.warm = works, true
					server.loses.want, server.loses.lost, server.loses.retries = noResponse(), true, 2
					for _, op := range testkit.Operations {
						synctest.Test(t, func(t *testing.T) { server.works.meetsThrough(t, op, tc.through) })
					}
					synctest.Test(t, func(t *testing.T) { server.loses.meetsThrough(t, create, tc.through) })
				})
			}
		}
	}
}

// withoutSettings returns an &http.Transport{}, for which net/http turns HTTP/2 on at its first use. What it needs to
// reach the server is set afterwards: set before, it would turn HTTP/2 off.
func withoutSettings(t *http.Transport) http.RoundTripper {
	plain := &http.Transport{}
	plain.CloseIdleConnections()
	plain.DialContext = t.DialContext
	if plain.TLSClientConfig == nil {
		plain.TLSClientConfig = &tls.Config{}
	}
	plain.TLSClientConfig.RootCAs = t.TLSClientConfig.RootCAs
	return plain
}

func behindAProxy(t *http.Transport) http.RoundTripper {
	dial := t.DialContext
	t.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "127.0.0.1:3128"})
	t.DialContext = func(ctx context.Context, protocol, address string) (net.Conn, error) {
		conn, err := dial(ctx, protocol, address)
		return &proxied{Conn: conn}, err
	}
	return t
}

// proxied is a connection through a proxy, which reads a CONNECT and responds to it.
type proxied struct {
	net.Conn
	connected bool
}

func (c *proxied) Write(p []byte) (int, error) {
	if !c.connected {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func (c *proxied) Read(p []byte) (int, error) {
	if !c.connected {
		c.connected = true
		return copy(p, "HTTP/1.1 200 OK\r\n\r\n"), nil
	}
	return c.Conn.Read(p)
}

func ofXNet(t *http.Transport) http.RoundTripper {
	dial := func(ctx context.Context, protocol, address string, config *tls.Config) (net.Conn, error) {
		conn, err := t.DialContext(ctx, protocol, address)
		if err != nil || t.Protocols.UnencryptedHTTP2() {
			return conn, err
		}
		return tls.Client(conn, config), nil
	}
	return &http2.Transport{AllowHTTP: true, DialTLSContext: dial, TLSClientConfig: t.TLSClientConfig} //nolint:staticcheck // deprecated, and in use
}

// traced does what otelhttp does: it wraps the bodies, and adds hooks and values to the context.
func traced(t *http.Transport) http.RoundTripper {
	return testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {}}))
		if r.Body != nil {
			r.Body = struct{ io.ReadCloser }{r.Body}
		}
		response, err := t.RoundTrip(r)
		if err == nil {
			response.Body = struct{ io.ReadCloser }{response.Body}
		}
		return response, err
	})
}

// logging reads and replaces the bodies. If a request fails, it reads a copy of its body.
func logging(t *http.Transport) http.RoundTripper {
	return testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
		_, _ = httputil.DumpRequest(r, true)
		response, err := t.RoundTrip(r)
		if err == nil {
			_, err = httputil.DumpResponse(response, true)
		} else if r.GetBody != nil {
			if body, err := r.GetBody(); err == nil {
				_, _ = io.ReadAll(body)
			}
		}
		return response, err
	})
}

// retrying retries a failed request twice if GetBody returns its body.
func retrying(t *http.Transport) http.RoundTripper {
	return testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
		response, err := t.RoundTrip(r)
		for range 2 {
			if err != nil && (r.Body == nil || r.GetBody != nil) {
				if r.GetBody != nil {
					r.Body, _ = r.GetBody()
				}
				response, err = t.RoundTrip(r)
			}
		}
		return response, err
	})
}

// withOwnToken fetches a token with the request's context.
func withOwnToken(t *http.Transport) http.RoundTripper {
	server := &testkit.Server{Respond: func(e *testkit.Exchange) { ok("")(&exchange{Exchange: e}) }}
	network := &testkit.Network{Serve: server.Serve}
	tokens := &http.Transport{DialContext: network.DialContext, DisableKeepAlives: true}
	return testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
		own, err := http.NewRequestWithContext(r.Context(), http.MethodPost, "http://tokens.test/", strings.NewReader("x"))
		if err != nil {
			return nil, err
		}
		response, err := tokens.RoundTrip(own)
		if err != nil {
			return nil, err
		}
		_ = response.Body.Close()
		return t.RoundTrip(r)
	})
}

// withoutHooks calls no httptrace hook.
func withoutHooks(t *http.Transport) http.RoundTripper {
	return testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
		conn, err := t.DialContext(r.Context(), "tcp", r.URL.Host+":80")
		if err != nil {
			return nil, err
		}
		defer func() { _ = conn.Close() }()
		if err := r.WithContext(context.Background()).Write(conn); err != nil {
			return nil, err
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), r)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(response.Body)
		response.Body = io.NopCloser(bytes.NewReader(body))
		return response, err
	})
}

func TestCreatesOverHTTP2ShareAConnection(t *testing.T) {
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		result := testkit.CreatedJSON
		if r.Method == http.MethodGet {
			result = "[]"
		}
		_, _ = io.WriteString(w, testkit.Success(result))
	}))
	server.EnableHTTP2 = true
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.StartTLS()
	defer server.Close()
	client, err := turnkeys.New(testkit.AccountID, testkit.Token, turnkeys.WithBaseURL(server.URL), turnkeys.WithHTTPClient(server.Client()))
	require.NoError(t, err)
	_, err = client.List(t.Context())
	require.NoError(t, err)
	var calls sync.WaitGroup
	for range 100 {
		calls.Go(func() {
			_, err := client.Create(t.Context(), "")
			assert.NoError(t, err)
		})
	}
	calls.Wait()
	assert.Equal(t, int32(1), connections.Load())
}
