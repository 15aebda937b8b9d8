// Package testkit contains what tests share: fixtures as raw JSON, the client's operations as a table, round trippers, and
// servers that misbehave over connections in memory. Only tests import it.
package testkit

import "net/http"

// An account, a token, a key and its secret, each in the form that Cloudflare documents.
const (
	AccountID = "023e105f4ecef8ad9ca31a8372d0c353"
	Token     = "only-these-tests-know-this-token-0000001"
	KeyID     = "3f8a2c6d1b9e40577ac5d2e8f0314b96"
	Secret    = "5b0f6a1c94e2d7380fb1c6a59d3e8472610c9fbe47a2d8530e6b1f94c7a8d253" //nolint:gosec // made up
)

// Results as raw JSON.
const (
	KeyJSON = `{"created":"2014-01-01T05:20:00.12345Z","modified":"2014-01-02T05:20:00.000001Z","name":"video calls",` +
		`"uid":"` + KeyID + `"}`
	CreatedJSON = `{"created":"2014-01-01T05:20:00.12345Z","key":"` + Secret + `","modified":"2014-01-02T05:20:00.000001Z",` +
		`"name":"video calls","uid":"` + KeyID + `"}`
)

// Success returns the envelope of a successful call, around a result.
func Success(result string) string {
	return `{"errors":[],"messages":[],"result":` + result + `,"success":true}`
}

// Failure returns the envelope of a failed call, with one error.
func Failure(code, message string) string {
	return `{"errors":[{"code":` + code + `,"message":"` + message + `"}],"messages":[],"result":null,"success":false}`
}

// RoundTripper turns a function into an http.RoundTripper.
type RoundTripper func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f RoundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
