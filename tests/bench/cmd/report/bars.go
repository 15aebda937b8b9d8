package main

import (
	"runtime"
	"strings"
)

// limits are the most that a measurement may be: turnkeys itself, and its ratios to the two peers. 0 is no limit.
type limits struct{ turnkeys, hand, cloudflare float64 }

// bar is one line of the table.
type bar struct {
	what, benchmark, unit string
	limits                limits
}

const (
	seconds     = "sec/op"
	bytes       = "B/op"
	allocations = "allocs/op"
)

// mostAllocations is a ratio to hand-written code, for which Go 1.27's encoding/json saves more.
func mostAllocations() float64 {
	if strings.HasPrefix(runtime.Version(), "go1.26") {
		return 1.7
	}
	return 1.9
}

var bars = []bar{
	{"create: time", "Create/transport=memory", seconds, limits{hand: 1.8}},
	{"get: time", "Get/transport=memory", seconds, limits{hand: 1.8, cloudflare: 0.45}},
	{"edit: time", "Edit/transport=memory", seconds, limits{hand: 1.8}},
	{"delete: time", "Delete/transport=memory", seconds, limits{hand: 1.8}},
	{"get in parallel: time", "GetParallel/transport=memory", seconds, limits{}},
	{"create: allocations", "Create/transport=memory", allocations, limits{hand: mostAllocations()}},
	{"get: allocations", "Get/transport=memory", allocations, limits{hand: mostAllocations()}},
	{"edit: allocations", "Edit/transport=memory", allocations, limits{hand: mostAllocations()}},
	{"delete: allocations", "Delete/transport=memory", allocations, limits{hand: mostAllocations()}},
	{"list of 1: time", "List/transport=memory/keys=1", seconds, limits{}},
	{"list of 100: time", "List/transport=memory/keys=100", seconds, limits{}},
	{"list of 1,000: time", "List/transport=memory/keys=1000", seconds, limits{hand: 1.05, cloudflare: 0.25}},
	{"list of 1,000: bytes", "List/transport=memory/keys=1000", bytes, limits{hand: 1, cloudflare: 0.15}},
	{"list of 10,000: time", "List/transport=memory/keys=10000", seconds, limits{hand: 1.05}},
	{"list of 10,000: bytes", "List/transport=memory/keys=10000", bytes, limits{hand: 1}},
	{"list: time per key at 10,000 / at 100", growth, "", limits{turnkeys: 1.2}},
	{"loopback create: time", "Create/transport=loopback", seconds, limits{}},
	{"loopback get: time", "Get/transport=loopback", seconds, limits{hand: 1.1}},
	{"loopback edit: time", "Edit/transport=loopback", seconds, limits{hand: 1.1}},
	{"loopback delete: time", "Delete/transport=loopback", seconds, limits{hand: 1.1}},
	{"loopback get in parallel: time", "GetParallel/transport=loopback", seconds, limits{}},
	{"loopback list of 1,000: time", "List/transport=loopback/keys=1000", seconds, limits{}},
	{"loopback list of 1,000: bytes", "List/transport=loopback/keys=1000", bytes, limits{}},
	{"binary", "Consumer", "binary-B", limits{hand: 1.04}},
	{"binary, stripped", "Consumer", "stripped-B", limits{hand: 1.04}},
	{"packages linked", "Consumer", "packages", limits{}},
	{"modules linked beside the client's", "Consumer", "modules", limits{turnkeys: 3}},
	{"cold build", "Consumer", "build-sec", limits{hand: 1.1}},
	{"peak memory of one get", "Consumer", "peak-B", limits{}},
}
