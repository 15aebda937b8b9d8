package testkit

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// Server reads HTTP/1 requests and leaves the answers to a function that writes bytes, since net/http's server refuses
// to misbehave.
type Server struct {
	// Answer is called for each request once it is read.
	Answer func(*Exchange)

	requestLog
}

// Exchange is a request whose answer is due.
type Exchange struct {
	net.Conn

	Request Request
	// Nth counts the server's requests, from 1.
	Nth int
}

// Serve answers the requests of a connection until one of its ends is closed.
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
		s.Answer(&Exchange{Conn: conn, Request: seen, Nth: s.add(seen)})
	}
}
