package main

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

var bars = []bar{
	{"create: time", "Create/transport=memory", seconds, limits{}},
	{"get: time", "Get/transport=memory", seconds, limits{hand: 1.8, cloudflare: 0.55}},
	{"edit: time", "Edit/transport=memory", seconds, limits{hand: 1.8, cloudflare: 0.55}},
	{"delete: time", "Delete/transport=memory", seconds, limits{hand: 1.8, cloudflare: 0.55}},
	{"get in parallel: time", "GetParallel/transport=memory", seconds, limits{}},
	{"create: allocations", "Create/transport=memory", allocations, limits{}},
	{"get: allocations", "Get/transport=memory", allocations, limits{hand: 1.9}},
	{"edit: allocations", "Edit/transport=memory", allocations, limits{hand: 1.9}},
	{"delete: allocations", "Delete/transport=memory", allocations, limits{hand: 1.9}},
	{"list of 1: time", "List/transport=memory/keys=1", seconds, limits{}},
	{"list of 100: time", "List/transport=memory/keys=100", seconds, limits{}},
	{"list of 1,000: time", "List/transport=memory/keys=1000", seconds, limits{hand: 1.15, cloudflare: 0.55}},
	{"list of 1,000: bytes", "List/transport=memory/keys=1000", bytes, limits{hand: 1, cloudflare: 0.55}},
	{"list of 10,000: time", "List/transport=memory/keys=10000", seconds, limits{}},
	{"list of 10,000: bytes", "List/transport=memory/keys=10000", bytes, limits{}},
	{"list: time per key at 10,000 / at 100", growth, "", limits{}},
	{"loopback create: time", "Create/transport=loopback", seconds, limits{}},
	{"loopback get: time", "Get/transport=loopback", seconds, limits{hand: 1.2}},
	{"loopback edit: time", "Edit/transport=loopback", seconds, limits{hand: 1.2}},
	{"loopback delete: time", "Delete/transport=loopback", seconds, limits{hand: 1.2}},
	{"loopback get in parallel: time", "GetParallel/transport=loopback", seconds, limits{}},
	{"loopback list of 1,000: time", "List/transport=loopback/keys=1000", seconds, limits{}},
	{"loopback list of 1,000: bytes", "List/transport=loopback/keys=1000", bytes, limits{}},
	{"binary", "Consumer", "binary-B", limits{hand: 1.04}},
	{"binary, stripped", "Consumer", "stripped-B", limits{hand: 1.04}},
	{"packages linked", "Consumer", "packages", limits{}},
	{"modules linked beside the client's", "Consumer", "modules", limits{turnkeys: 3}},
	{"cold build", "Consumer", "build-sec", limits{}},
	{"peak memory of one get", "Consumer", "peak-B", limits{}},
}
