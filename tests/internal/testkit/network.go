package testkit

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"slices"
	"sync"
	"syscall"
)

// Network is a network in memory, with one host at every address. It needs neither sockets nor real time, so that
// connections that stall can be tested in a synctest bubble.
type Network struct {
	// Serve is called for each connection, in its own goroutine. If it is nil, connections are refused.
	Serve func(net.Conn)

	mu    sync.Mutex
	dials []string
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
	return near, nil
}

// Dials returns the addresses that were dialled.
func (n *Network) Dials() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.dials)
}

// tlsServer has a certificate for 127.0.0.1 and example.com.
var tlsServer = sync.OnceValue(func() *httptest.Server {
	server := httptest.NewTLSServer(nil)
	server.Close()
	return server
})

// Roots trusts the certificate that OverTLS shows.
func Roots() *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(tlsServer().Certificate())
	return roots
}

// OverTLS serves a connection over TLS, with a certificate for 127.0.0.1, and offers a protocol such as "h2".
func OverTLS(serve func(net.Conn), protocol string) func(net.Conn) {
	config := &tls.Config{Certificates: tlsServer().TLS.Certificates, NextProtos: []string{protocol}}
	return func(conn net.Conn) { serve(tls.Server(conn, config)) }
}
