package testkit

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
)

// Request is what a server saw of one request.
type Request struct{ Method, Path, Body, Authorization string }

// requestLog records the requests that a server saw.
type requestLog struct {
	mu       sync.Mutex
	requests []Request
}

// Requests returns what the server has seen so far.
func (l *requestLog) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.requests)
}

// add records a request and returns the number of requests so far.
func (l *requestLog) add(request Request) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, request)
	return len(l.requests)
}

// Server reads HTTP/1 requests and leaves the responses to a function that writes bytes, since net/http's server does
// not misbehave.
type Server struct {
	// Respond is called for each request once it is read.
	Respond func(*Exchange)

	requestLog
}

// Exchange is a request whose response is due.
type Exchange struct {
	net.Conn

	Request Request
	// Nth counts the server's requests, from 1.
	Nth int
}

// Serve responds to the requests of a connection until one of its ends is closed.
func (s *Server) Serve(conn net.Conn) {
	reader := bufio.NewReader(conn)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return
		}
		seen := Request{request.Method, request.RequestURI, string(body), request.Header.Get("Authorization")}
		s.Respond(&Exchange{Conn: conn, Request: seen, Nth: s.add(seen)})
	}
}
