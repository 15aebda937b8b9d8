package testkit

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
)

// Network is a network in memory, with one host at every address. It needs neither sockets nor real time, so that
// connections that stall can be tested in a synctest bubble.
type Network struct {
	// Serve gets each connection, in a goroutine of its own; if it is nil, no connection is made.
	Serve func(net.Conn)

	mu    sync.Mutex
	dials []string
	conns []*breakable
}

// breakable is a connection whose other end may be gone, which only a write finds out.
type breakable struct {
	net.Conn

	broken atomic.Bool
}

func (c *breakable) Write(p []byte) (int, error) {
	if c.broken.Load() {
		return 0, syscall.EPIPE
	}
	return c.Conn.Write(p)
}

// DialContext connects to the host.
func (n *Network) DialContext(_ context.Context, _, address string) (net.Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dials = append(n.dials, address)
	if n.Serve == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	near, far := net.Pipe()
	go func() {
		defer func() { _ = far.Close() }()
		n.Serve(far)
	}()
	conn := &breakable{Conn: near}
	n.conns = append(n.conns, conn)
	return conn, nil
}

// Break breaks the connections that were made.
func (n *Network) Break() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, conn := range n.conns {
		conn.broken.Store(true)
	}
}

// Dials returns the addresses that were dialled.
func (n *Network) Dials() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.dials)
}

// certificate is net/http/httptest's, for 127.0.0.1 and example.com.
var certificate = sync.OnceValue(func() tls.Certificate {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	return server.TLS.Certificates[0]
})

// Roots trusts the certificate that OverTLS shows.
func Roots() *x509.CertPool {
	roots := x509.NewCertPool()
	leaf, err := x509.ParseCertificate(certificate().Certificate[0])
	if err != nil {
		panic(err)
	}
	roots.AddCert(leaf)
	return roots
}

// OverTLS serves what comes through TLS, with a certificate for 127.0.0.1, and offers protocols such as "h2".
func OverTLS(serve func(net.Conn), protocols ...string) func(net.Conn) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate()}, NextProtos: protocols}
	return func(conn net.Conn) { serve(tls.Server(conn, config)) }
}
