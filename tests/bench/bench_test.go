// Package bench measures turnkeys against the code that a good engineer would write by hand, Cloudflare's own SDK and
// the bare generated client. It has no limits on times; `make bench` reports the ratios.
package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/seed-e5e2407e/turnkeys/tests/bench/canned"
)

const memoryURL = "https://api.cloudflare.com/client/v4"

func memoryPeers(t testing.TB, keys int) []namedPeer {
	return newPeers(t, &http.Client{Transport: canned.New(keys)}, memoryURL)
}

func loopbackPeers(t testing.TB, keys int) []namedPeer {
	server := httptest.NewServer(canned.New(keys))
	t.Cleanup(server.Close)
	transport := &http.Transport{MaxIdleConnsPerHost: 64} // in parallel, the default of 2 would measure connecting
	t.Cleanup(transport.CloseIdleConnections)
	return newPeers(t, &http.Client{Transport: transport}, server.URL+"/client/v4")
}

// eachPeer runs a benchmark for every transport and peer: the peers next to each other, so that what slows the machine
// slows all of them, and in random order, since the first of them warms it up.
func eachPeer(b *testing.B, keys int, size string, run func(b *testing.B, p peer)) {
	for _, transport := range []struct {
		name  string
		peers func(testing.TB, int) []namedPeer
	}{{"memory", memoryPeers}, {"loopback", loopbackPeers}} {
		b.Run("transport="+transport.name+size, func(b *testing.B) {
			peers := transport.peers(b, keys)
			rand.Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
			for _, p := range peers {
				b.Run("peer="+p.name, func(b *testing.B) {
					b.ReportAllocs()
					run(b, p)
				})
			}
		})
	}
}

func benchmarkKey(b *testing.B, call func(peer, context.Context) (key, error)) {
	eachPeer(b, 1, "", func(b *testing.B, p peer) {
		for b.Loop() {
			if _, err := call(p, b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCreate(b *testing.B) { benchmarkKey(b, peer.create) }
func BenchmarkGet(b *testing.B)    { benchmarkKey(b, peer.get) }
func BenchmarkEdit(b *testing.B)   { benchmarkKey(b, peer.edit) }
func BenchmarkDelete(b *testing.B) { benchmarkKey(b, peer.delete) }

func BenchmarkGetParallel(b *testing.B) {
	eachPeer(b, 1, "", func(b *testing.B, p peer) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := p.get(b.Context()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

func BenchmarkList(b *testing.B) {
	for _, keys := range []int{1, 10, 100, 1_000, 10_000} {
		eachPeer(b, keys, fmt.Sprintf("/keys=%d", keys), func(b *testing.B, p peer) {
			for b.Loop() {
				if _, _, err := p.list(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
