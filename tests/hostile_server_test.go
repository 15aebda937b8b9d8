package tests_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// request is what a server saw of one.
type request struct{ method, path, body, authorization string }

// hostileServer speaks over bare connections, since net/http's server refuses to misbehave.
type hostileServer struct {
	listener  net.Listener
	behaviour behaviour
	operation operation
	elsewhere string // another server's address; what ELSEWHERE stands for in an answer
	roots     *x509.CertPool

	mu       sync.Mutex
	requests []request
	greeted  bool
	open     sync.WaitGroup
}

func startServer(b behaviour, op operation) *hostileServer {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it takes no time
	if err != nil {
		panic(err)
	}
	server := &hostileServer{listener: listener, behaviour: b, operation: op}
	switch {
	case b.absent:
		server.listener = occupied(listener)
		return server
	case b.tls:
		certificate, roots := selfSigned()
		server.roots = roots
		server.listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}})
	}
	server.open.Go(server.accept)
	return server
}

func (s *hostileServer) stop() {
	_ = s.listener.Close()
	s.open.Wait()
}

// occupied is an address where nobody listens and nobody can begin to: the near end of a connection to listener.
func occupied(listener net.Listener) net.Listener {
	conn, err := net.Dial("tcp", listener.Addr().String()) //nolint:noctx // it takes no time
	if err != nil {
		panic(err)
	}
	return nearEnd{listener, conn}
}

type nearEnd struct {
	net.Listener

	conn net.Conn
}

func (n nearEnd) Addr() net.Addr { return n.conn.LocalAddr() }
func (n nearEnd) Close() error   { return errors.Join(n.conn.Close(), n.Listener.Close()) }

// selfSigned is net/http/httptest's certificate for 127.0.0.1.
var selfSigned = sync.OnceValues(func() (tls.Certificate, *x509.CertPool) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server.TLS.Certificates[0], roots
})

func (s *hostileServer) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.open.Go(func() {
			defer func() { _ = conn.Close() }()
			s.serve(conn)
		})
	}
}

// serve answers the requests of a connection until one of both ends closes it.
func (s *hostileServer) serve(conn net.Conn) {
	reader := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		body, _ := io.ReadAll(r.Body)
		e := &exchange{Conn: conn, server: s}
		if s.greets() {
			reply("200 OK", envelope(`[`+keyJSON+`]`))(e)
			if s.behaviour.stale {
				return
			}
			continue
		}
		s.mu.Lock()
		s.requests = append(s.requests, request{r.Method, r.URL.Path, string(body), r.Header.Get("Authorization")})
		e.nth = len(s.requests)
		s.mu.Unlock()
		s.behaviour.answer(e)
	}
}

// greets reports whether this is the list that warms the connection up.
func (s *hostileServer) greets() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.behaviour.warm && !s.greeted
	s.greeted = true
	return first
}

// warmUp leaves the client with an idle connection, or with one that it knows to be closed.
func (s *hostileServer) warmUp(ctx context.Context, client *turnkeys.Client, connection *watchedDialer) error {
	_, err := client.List(ctx)
	if s.behaviour.stale {
		<-connection.closed
	}
	return err
}

func (s *hostileServer) seen() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

func (s *hostileServer) address() string { return s.listener.Addr().String() }

func (s *hostileServer) baseURL() string {
	if s.behaviour.tls {
		return "https://" + s.address() + "/client/v4"
	}
	return "http://" + s.address() + "/client/v4"
}

// watchedDialer tells when the client has closed its first connection.
type watchedDialer struct {
	once   sync.Once
	closed chan struct{}
}

func (d *watchedDialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	return watchedConn{conn, d}, err
}

type watchedConn struct {
	net.Conn

	dialer *watchedDialer
}

func (c watchedConn) Close() error {
	defer c.dialer.once.Do(func() { close(c.dialer.closed) })
	return c.Conn.Close()
}

// exchange is one request whose answer is due.
type exchange struct {
	net.Conn

	server *hostileServer
	nth    int
}

// answer is what a server does with a request, having read it.
type answer func(*exchange)

func (e *exchange) send(text string) {
	_, _ = io.WriteString(e, strings.NewReplacer(
		"RESULT", e.server.operation.result, "ELSEWHERE", e.server.elsewhere, "HERE", e.server.address()).Replace(text))
}

// raw sends just these bytes, and keeps the connection.
func raw(text string) answer { return func(e *exchange) { e.send(text) } }

// cut sends these bytes and ends the connection.
func cut(text string) answer {
	return func(e *exchange) {
		e.send(text)
		_ = e.Close()
	}
}

// stall sends these bytes and then nothing, until the client hangs up.
func stall(text string) answer {
	return func(e *exchange) {
		e.send(text)
		_, _ = io.Copy(io.Discard, e)
	}
}

// reply is a well-formed answer with a JSON body, and these headers.
func reply(status, body string, headers ...string) answer {
	return func(e *exchange) {
		body := strings.ReplaceAll(body, "RESULT", e.server.operation.result)
		e.send(fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s",
			status, len(body), lines(headers), body))
	}
}

// page is a well-formed answer with an HTML body.
func page(status string) answer {
	const html = "<!DOCTYPE html>\n<html><title>Oops</title></html>\n"
	return raw(fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s", status, len(html), html))
}

// inTurn answers the first request with the first answer, and so on.
func inTurn(answers ...answer) answer {
	return func(e *exchange) { answers[min(e.nth, len(answers))-1](e) }
}

// zipped is a 200 whose body is the gzip of body, damaged by damage.
func zipped(body string, damage func([]byte) []byte) answer {
	return func(e *exchange) {
		data := damage(gzipped([]byte(strings.ReplaceAll(body, "RESULT", e.server.operation.result))))
		_, _ = fmt.Fprintf(e, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(data), data)
	}
}

func gzipped(text []byte) []byte {
	var data bytes.Buffer
	writer := gzip.NewWriter(&data)
	_, err := writer.Write(text)
	if err = errors.Join(err, writer.Close()); err != nil {
		panic(err)
	}
	return data.Bytes()
}

// flood sends head, and then chunk for as long as the client reads.
func flood(head string, chunk []byte) answer {
	return func(e *exchange) {
		e.send(head)
		for {
			if _, err := e.Write(chunk); err != nil {
				return
			}
		}
	}
}

func lines(headers []string) string {
	if len(headers) == 0 {
		return ""
	}
	return strings.Join(headers, "\r\n") + "\r\n"
}

func envelope(result string) string {
	return `{"errors":[],"messages":[],"result":` + result + `,"success":true}`
}

func failure(code int, message string) string {
	return fmt.Sprintf(`{"errors":[{"code":%d,"message":%q}],"messages":[],"result":null,"success":false}`, code, message)
}
