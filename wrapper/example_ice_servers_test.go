package turnkeys_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"
)

// iceServer has the fields of WebRTC's RTCIceServer.
type iceServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// iceServers asks for the ICE servers of one call. Their credentials are valid for ttl, which is 48 hours at most.
func iceServers(ctx context.Context, endpoint, keyID, secret string, ttl time.Duration) ([]iceServer, error) {
	body := fmt.Appendf(nil, `{"ttl": %d}`, int(min(ttl, 48*time.Hour).Seconds()))
	url := endpoint + "/v1/turn/keys/" + keyID + "/credentials/generate-ice-servers"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+secret)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		return nil, fmt.Errorf("ICE servers for TURN key %s: %s", keyID, response.Status)
	}
	var credentials struct {
		ICEServers json.RawMessage `json:"iceServers"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&credentials); err != nil {
		return nil, fmt.Errorf("ICE servers for TURN key %s: %w", keyID, err)
	}
	servers := make([]iceServer, 1)
	if err := json.Unmarshal(credentials.ICEServers, &servers); err != nil { // it may also be one object
		if err := json.Unmarshal(credentials.ICEServers, &servers[0]); err != nil {
			return nil, fmt.Errorf("ICE servers for TURN key %s: %w", keyID, err)
		}
	}
	for i := range servers {
		servers[i].URLs = slices.DeleteFunc(servers[i].URLs, isOnPort53)
	}
	return servers, nil
}

// isOnPort53 reports whether a URL has the port that browsers block.
func isOnPort53(url string) bool {
	address, _, _ := strings.Cut(url, "?")
	return strings.HasSuffix(address, ":53")
}

// A key's secret is the bearer token with which a backend asks for the ICE servers of a call, to pass them to a
// browser. This package does not call that endpoint. The server here stands in for https://rtc.live.cloudflare.com.
func Example_iceServers() {
	rtc := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"iceServers":[{"urls":["stun:stun.cloudflare.com:3478","stun:stun.cloudflare.com:53"]},{"urls":`+
			`["turn:turn.cloudflare.com:3478?transport=udp","turn:turn.cloudflare.com:53?transport=udp"],"username":"u","credential":"c"}]}`)
	}))
	defer rtc.Close()

	keyID, secret := "3f8a2c6d1b9e40577ac5d2e8f0314b96", "what key.Secret.Reveal returned"
	servers, err := iceServers(context.Background(), rtc.URL, keyID, secret, 24*time.Hour)
	for _, server := range servers {
		fmt.Println(server.URLs, server.Username != "")
	}
	fmt.Println(err)
	// Output:
	// [stun:stun.cloudflare.com:3478] false
	// [turn:turn.cloudflare.com:3478?transport=udp] true
	// <nil>
}
