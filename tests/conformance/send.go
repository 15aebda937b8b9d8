package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

const (
	requestTimeout = 30 * time.Second // and ten after a request has timed out
	maxBody        = 16 << 20         // is checked of a response
)

// send makes one request.
func (r *run) send(ctx context.Context, c call) response {
	if r.spent() >= r.MaxRequests() {
		r.skip("retries used up the requests for this step")
		return response{call: c, unsent: true}
	}
	return r.check(r.roundTrip(ctx, c))
}

func (r *run) spent() int { return len(r.report.Exchanges) }

var errPanicked = errors.New("the run panicked")

func (r *run) roundTrip(ctx context.Context, c call) (a response) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	a = response{call: c, number: r.spent() + 1}
	start := time.Now()
	defer func() {
		if p := recover(); p != nil {
			a.status, a.err = 0, fmt.Errorf("%w: %v", errPanicked, p)
		}
		a.at, a.elapsed = time.Now(), time.Since(start)
	}()
	url := strings.TrimSuffix(r.BaseURL, "/") + c.path
	request, err := http.NewRequestWithContext(ctx, c.Method, url, strings.NewReader(c.body))
	if err != nil {
		a.err = err
		return a
	}
	if c.Method == http.MethodPost {
		request.GetBody = nil // no transport may repeat a create
	}
	if c.chunked {
		request.ContentLength = -1
	}
	request.Header = c.header
	a.exchange = contract.Exchange{
		Method: c.Method, URL: request.URL, Request: contract.Message{Header: request.Header, Body: []byte(c.body)},
	}
	request.Close = c.Method != http.MethodGet && !r.http2 // over HTTP/2 that would end the calls at the same time, too
	if request.Close {                                     // a connection that the server closes just now would lose the request
		if t, ok := r.Transport.(interface{ CloseIdleConnections() }); ok {
			t.CloseIdleConnections()
		}
	}
	received, err := r.Transport.RoundTrip(request)
	if err != nil {
		a.err = err
		return a
	}
	defer func() { _ = received.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(received.Body, maxBody+1))
	if len(body) > maxBody {
		err = contract.ErrTooLarge
	}
	a.status, a.header, a.err, a.envelope = received.StatusCode, received.Header, err, decodeEnvelope(body)
	if c.Method == http.MethodHead { // which has no body
		a.enveloped = strings.Contains(a.header.Get("Content-Type"), "json")
	}
	a.exchange.Status, a.http2 = a.status, received.ProtoMajor == 2
	a.exchange.Response = contract.Message{Header: a.header, Trailer: received.Trailer, Body: body, Err: err}
	return a
}

// check checks the exchange against the document, and notes what the call has done.
func (r *run) check(a response) response {
	if errors.Is(a.err, errPanicked) {
		r.failed = a.err
	}
	if errors.Is(a.err, context.DeadlineExceeded) {
		r.timeout = requestTimeout / 3
	}
	r.http2 = r.http2 || a.http2
	a.checked, r.secrets = r.document.Examine(a.exchange, r.secrets)
	a.checked.Violations = r.document.Mark(a.checked.Violations, r.Accept)
	a.checked.Elapsed = a.elapsed
	r.report.Exchanges = append(r.report.Exchanges, a.checked)
	step := r.step()
	step.OperationID, step.Status = a.ID, a.status
	step.Requests++
	step.Elapsed += a.elapsed
	r.note(&a)
	return a
}

// sleep waits, unless the context ends first.
func (r *run) sleep(ctx context.Context, wait time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(wait):
	}
}
