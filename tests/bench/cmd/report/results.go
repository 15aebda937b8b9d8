package main

import (
	"fmt"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"
)

// growth is what a list costs per key at 10,000 as a ratio to what it costs at 100, worked out from the two.
const growth = "Growth"

// results contains the values of every measurement.
type results struct {
	config map[string]string
	values map[measurement][]float64
}

type measurement struct{ benchmark, peer, unit string }

func read(files []string) (*results, error) {
	r := &results{config: map[string]string{}, values: map[measurement][]float64{}}
	input := benchfmt.Files{Paths: files}
	for input.Scan() {
		switch record := input.Result().(type) {
		case *benchfmt.SyntaxError:
			return nil, record
		case *benchfmt.Result:
			r.add(record)
		}
	}
	return r, input.Err()
}

func (r *results) add(record *benchfmt.Result) {
	for _, c := range record.Config {
		r.config[c.Key] = string(c.Value)
	}
	base, parts := record.Name.Parts()
	m := measurement{benchmark: string(base)}
	for _, part := range parts {
		if peer, ok := strings.CutPrefix(string(part), "/peer="); ok {
			m.peer = peer
		} else if part[0] == '/' { // else it is the number of processors
			m.benchmark += string(part)
		}
	}
	for _, value := range record.Values {
		m.unit = value.Unit
		r.values[m] = append(r.values[m], value.Value)
	}
}

func (r *results) runs(benchmark, unit string) int {
	return len(r.values[measurement{benchmark, "turnkeys", unit}])
}

// median is benchstat's.
func (r *results) median(benchmark, peer, unit string) (float64, error) {
	if benchmark == growth {
		many, err := r.median("List/transport=memory/keys=10000", peer, seconds)
		if err != nil {
			return 0, err
		}
		few, err := r.median("List/transport=memory/keys=100", peer, seconds)
		return many / (100 * few), err
	}
	values := r.values[measurement{benchmark, peer, unit}]
	if len(values) == 0 {
		return 0, fmt.Errorf("no result in %q of Benchmark%s/peer=%s", unit, benchmark, peer)
	}
	sample := benchmath.NewSample(values, &benchmath.DefaultThresholds)
	return benchmath.AssumeNothing.Summary(sample, 0.95).Center, nil
}
