package turnkeys

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
)

// transport sends what the http.Client hands it. It hides the Location of a redirect, so that the http.Client neither
// follows it nor fails on one that it cannot parse.
type transport struct {
	shared http.RoundTripper
	single http.RoundTripper // for requests that want a connection of their own
}

// newTransport gives creates connections of their own where it can. An idle connection may be closed by the server just
// as a create is written to it, and then nobody knows whether the create arrived.
func newTransport(base http.RoundTripper) transport {
	if base == nil {
		base = http.DefaultTransport
	}
	t := transport{shared: base, single: base}
	if standard, ok := base.(*http.Transport); ok {
		single := standard.Clone()
		single.DisableKeepAlives = true
		t.single = single
	}
	return t
}

// RoundTrip sends the request once.
func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	next := t.shared
	if request.Close {
		next = t.single
	}
	response, err := next.RoundTrip(request)
	if err == nil && response != nil && response.Header.Get("Location") != "" {
		response.Header = response.Header.Clone() // another response may share it
		response.Header.Del("Location")
	}
	return response, err
}

// sending watches one attempt through net/http's hooks, and keeps net/http from sending the request a second time on its
// own, which it may do over HTTP/2 without limit.
type sending struct {
	httptrace.ClientTrace

	cancel    func()
	getBody   func() (io.ReadCloser, error)
	connected atomic.Bool // the transport asked for a connection, so it reports what it does
	written   atomic.Bool // at least the headers, if only into a buffer
	http2     atomic.Bool
	repeated  atomic.Bool
}

func newSending(op operation, request *http.Request, cancel func()) *sending {
	s := &sending{cancel: cancel, getBody: request.GetBody}
	s.GetConn, s.WroteHeaders = s.getConn, s.wroteHeaders
	if op.creates {
		request.GetBody = s.rewind
		s.WroteHeaderField = s.wroteHeaderField
	}
	return s
}

func (s *sending) getConn(string) {
	s.connected.Store(true)
	if s.written.Load() {
		s.repeated.Store(true)
		s.cancel()
	}
}

func (s *sending) wroteHeaders() { s.written.Store(true) }

// wroteHeaderField knows HTTP/2 by its pseudo-headers, such as :method.
func (s *sending) wroteHeaderField(name string, _ []string) {
	if strings.HasPrefix(name, ":") {
		s.http2.Store(true)
	}
}

// rewind returns the body of a create that net/http is about to send again. Over HTTP/1 it does that only if not a byte
// was written.
func (s *sending) rewind() (io.ReadCloser, error) {
	if s.http2.Load() {
		return nil, errRepeated
	}
	s.written.Store(false)
	return s.getBody()
}
