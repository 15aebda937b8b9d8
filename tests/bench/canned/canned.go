// Package canned serves the API's responses, the same bytes for every peer, in memory and over HTTP.
package canned

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// The account and the key in the responses.
const (
	AccountID = "023e105f4ecef8ad9ca31a8372d0c353"
	APIToken  = "a-token-for-the-benchmarks"
	KeyID     = "00000000000000000000000000000001"
	Name      = "video calls 1"
	Secret    = "5f1c8a60c2d94e7b8d3f0a6b7e2c91d45f1c8a60c2d94e7b8d3f0a6b7e2c91d4"
)

// Created and Modified are the times of every key.
var (
	Created  = time.Date(2026, 1, 15, 5, 20, 0, 123_450_000, time.UTC)
	Modified = time.Date(2026, 2, 15, 5, 20, 0, 123_450_000, time.UTC)
)

const fields = `"created":"2026-01-15T05:20:00.12345Z","modified":"2026-02-15T05:20:00.12345Z","name":"video calls %d","uid":"%032x"`

// API responds to every call of a peer.
type API struct{ created, key, list []byte }

// New returns an API whose list has n keys.
func New(n int) *API {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("{"+fields+"}", i+1, i+1)
	}
	one := fmt.Sprintf(fields, 1, 1)
	return &API{
		created: envelope("{" + one + `,"key":"` + Secret + `"}`),
		key:     envelope("{" + one + "}"),
		list:    envelope("[" + strings.Join(keys, ",") + "]"),
	}
}

func envelope(result string) []byte {
	return []byte(`{"result":` + result + `,"success":true,"errors":[],"messages":[]}`)
}

func (a *API) response(request *http.Request) (status int, body []byte) {
	switch {
	case request.Method == http.MethodPost:
		return http.StatusCreated, a.created
	case strings.HasSuffix(request.URL.Path, "/turn_keys"):
		return http.StatusOK, a.list
	}
	return http.StatusOK, a.key
}

// header is shared by all responses in memory, so that the peers do not pay for making it. Nothing writes to it.
var header = http.Header{"Content-Type": {"application/json"}}

// RoundTrip responds without a network, with the Content-Length that a server would send.
func (a *API) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		_ = request.Body.Close()
	}
	status, body := a.response(request)
	return &http.Response{
		Status:        http.StatusText(status),
		StatusCode:    status,
		Header:        header,
		ContentLength: int64(len(body)),
		Body:          io.NopCloser(bytes.NewReader(body)),
		Request:       request,
	}, nil
}

// ServeHTTP responds over HTTP. Long lists are chunked and have no length, like Cloudflare's compressed responses.
func (a *API) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	status, body := a.response(request)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
