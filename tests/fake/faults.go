package fake

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/generated/server"
)

// FailNext makes the next calls of an operation, such as "getTurnKey", fail with these statuses, one call for each. A
// 4XX carries a failure envelope, and a 429 asks to wait for a second; a 5XX is an HTML page, as a CDN's often is.
// Nothing is created, edited or deleted by a call that fails.
func (a *API) FailNext(operationID string, statuses ...int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults[operationID] = append(a.faults[operationID], statuses...)
}

func (a *API) injectFaults(next server.StrictHandlerFunc, name string) server.StrictHandlerFunc {
	operationID := strings.ToLower(name[:1]) + name[1:] // as in the document
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request, request any) (any, error) {
		switch status := a.nextFault(operationID); {
		case status == 0:
			return next(ctx, w, r, request)
		case status >= 500:
			return writePage(w, status)
		case status == http.StatusTooManyRequests:
			w.Header().Set("Retry-After", "1")
			fallthrough
		default:
			return nil, failure{status, faultCode(status), http.StatusText(status)}
		}
	}
}

func (a *API) nextFault(operationID string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	statuses := a.faults[operationID]
	if len(statuses) == 0 {
		return 0
	}
	a.faults[operationID] = statuses[1:]
	return statuses[0]
}

func faultCode(status int) int {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return codeUnauthorized
	case http.StatusNotFound:
		return codeKeyNotFound
	}
	return codeFault
}

func writePage(w http.ResponseWriter, status int) (any, error) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(status)
	_, err := w.Write([]byte("<!DOCTYPE html><title>" + http.StatusText(status) + "</title>\n"))
	return nil, err
}

// created is the answer to create, with the secret in whatever field is asked for.
type created struct {
	server.CreateTurnKey201JSONResponse

	secretAs string
}

func (c created) VisitCreateTurnKeyResponse(w http.ResponseWriter) error {
	if c.secretAs == "key" {
		return c.CreateTurnKey201JSONResponse.VisitCreateTurnKeyResponse(w)
	}
	result := c.Result
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	return json.NewEncoder(w).Encode(map[string]any{
		"errors": c.Errors, "messages": c.Messages, "success": c.Success,
		"result": map[string]any{
			"created": result.Created, c.secretAs: result.Key, "modified": result.Modified, "name": result.Name, "uid": result.UID,
		},
	})
}
