package tests_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// socksRejection acts as a SOCKS proxy that rejects the connection.
func socksRejection(conn net.Conn) {
	for _, response := range []string{"\x05\x00", "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"} {
		_, _ = conn.Read(make([]byte, 512))
		_, _ = io.WriteString(conn, response)
	}
}

// connectRejection returns an HTTP proxy that rejects CONNECT.
func connectRejection(status string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = http.ReadRequest(bufio.NewReader(conn))
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", status)
	}
}

func TestCallThatTheProxyDidNotConnectWasNeverSent(t *testing.T) {
	at := func(scheme string) func(*http.Request) (*url.URL, error) {
		return http.ProxyURL(&url.URL{Scheme: scheme, User: url.UserPassword("user", "hunter2"), Host: "proxy.test:3128"})
	}
	badAddress := func(*http.Request) (*url.URL, error) {
		return nil, &url.Error{Op: "parse", URL: "http://user:hunter2@%zz", Err: url.EscapeError("%zz")}
	}
	for name, tc := range map[string]struct {
		proxy    func(*http.Request) (*url.URL, error)
		serve    func(net.Conn)
		want     string
		attempts int
	}{
		"rejects with 403":  {at("http"), connectRejection("403 Forbidden"), "no connection through the proxy proxy.test:3128: Forbidden", 1},
		"rejects with 407":  {at("http"), connectRejection("407 Proxy Authentication Required"), "no connection through the proxy proxy.test:3128: Proxy Authentication Required", 1},
		"rejects with 502":  {at("http"), connectRejection("502 Bad Gateway"), "no connection through the proxy proxy.test:3128: Bad Gateway", 1},
		"rejects its way":   {at("http"), connectRejection("403 Filtered"), "through the proxy proxy.test:3128: Filtered; 3 attempts", 3},
		"does not listen":   {at("http"), nil, "proxyconnect tcp: dial tcp: connection refused", 3},
		"hangs up":          {at("http"), func(net.Conn) {}, "3 attempts", 3},
		"rejects as SOCKS":  {at("socks5"), socksRejection, "socks connect", 3},
		"has a bad address": {badAddress, nil, "no connection through the proxy: the transport's Proxy function has no valid address", 1},
	} {
		for _, op := range testkit.Operations {
			t.Run(name+"/"+op.ID, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					network := &testkit.Network{Serve: tc.serve}
					transport := &http.Transport{DialContext: network.DialContext, Proxy: tc.proxy}
					_, err := op.Call(t.Context(), newClient(t, transport, turnkeys.WithBaseURL("https://127.0.0.1/client/v4")))
					require.ErrorContains(t, err, tc.want)
					require.NotContains(t, err.Error(), "hunter2")
					checkMatches(t, err, nil)
					apiErr, _ := errors.AsType[*turnkeys.Error](err)
					assert.Equal(t, tc.attempts, apiErr.Attempts)
				})
			})
		}
	}
}
