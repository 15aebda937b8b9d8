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
	// Serve gets each connection, in a goroutine of its own; nil refuses them all.
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

// Request is what a server saw of one request.
type Request struct{ Method, Path, Body, Authorization string }

// requestLog holds the requests that a server saw.
type requestLog struct {
	mu       sync.Mutex
	requests []Request
}

// Requests returns what the server saw so far.
func (l *requestLog) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.requests)
}

// add returns how many requests there are now.
func (l *requestLog) add(request Request) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, request)
	return len(l.requests)
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
