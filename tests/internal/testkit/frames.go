package testkit

import (
	"bytes"
	"io"
	"net"
	"sync/atomic"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// FrameServer reads HTTP/2 requests and leaves the responses to a function that writes frames, since net/http's server
// does not misbehave.
type FrameServer struct {
	// Respond is called for each request once it is read.
	Respond func(*Stream)
	// Resets counts the streams that the client reset.
	Resets atomic.Int32

	requestLog
}

// Stream is a request whose response is due. Only the function that got it may write its frames.
type Stream struct {
	*http2.Framer
	net.Conn

	ID uint32
	// Nth counts the server's requests, from 1.
	Nth int
}

// WriteHeaders writes a header block of names and values in turn, as HEADERS.
func (s *Stream) WriteHeaders(endStream bool, namesAndValues ...string) {
	_ = s.Framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: s.ID, BlockFragment: headerBlock(namesAndValues...), EndStream: endStream, EndHeaders: true,
	})
}

func headerBlock(namesAndValues ...string) []byte {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for i := 0; i < len(namesAndValues); i += 2 {
		_ = encoder.WriteField(hpack.HeaderField{Name: namesAndValues[i], Value: namesAndValues[i+1]})
	}
	return block.Bytes()
}

// Serve responds to the requests of a connection until one of its ends is closed.
func (s *FrameServer) Serve(conn net.Conn) {
	if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	framer := http2.NewFramer(conn, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)

	// One goroutine writes and one reads, so that neither waits for a client that does the same.
	writes := make(chan func(), 1000)
	defer close(writes)
	go func() {
		for write := range writes {
			write()
		}
	}()
	writes <- func() { _ = framer.WriteSettings() }

	open := map[uint32]*Stream{}
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return
		}
		stream := open[frame.Header().StreamID]
		complete := false
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				writes <- func() { _ = framer.WriteSettingsAck() }
			}
		case *http2.PingFrame:
			if data := frame.Data; !frame.IsAck() {
				writes <- func() { _ = framer.WritePing(true, data) }
			}
		case *http2.MetaHeadersFrame:
			stream = &Stream{Framer: framer, Conn: conn, ID: frame.StreamID, Nth: s.add(requestOf(frame))}
			open[stream.ID] = stream
			complete = frame.StreamEnded()
		case *http2.DataFrame:
			if stream != nil {
				s.addBody(stream.Nth, frame.Data())
			}
			complete = frame.StreamEnded()
		case *http2.RSTStreamFrame:
			s.Resets.Add(1)
		}
		if complete && stream != nil {
			delete(open, stream.ID)
			writes <- func() { s.Respond(stream) }
		}
	}
}

// addBody adds to the body of the nth request.
func (l *requestLog) addBody(nth int, part []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests[nth-1].Body += string(part)
}

func requestOf(frame *http2.MetaHeadersFrame) Request {
	var authorization string
	for _, field := range frame.RegularFields() {
		if field.Name == "authorization" {
			authorization = field.Value
		}
	}
	return Request{Method: frame.PseudoValue("method"), Path: frame.PseudoValue("path"), Authorization: authorization}
}
