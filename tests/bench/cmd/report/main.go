// Command report reads benchmark results and writes one Markdown table: what turnkeys costs, alone and as a ratio to
// hand-written code and to Cloudflare's own SDK, against the most that each may be.
package main

import (
	"fmt"
	"log"
	"os"
	"strings"

	"golang.org/x/perf/benchunit"
)

func main() {
	log.SetFlags(0)
	r, err := read(os.Args[1:])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("Measured on %s: %s. Medians of %d runs (%d builds); in memory, unless it says loopback.\n\n",
		r.config["date"], r.config["versions"], r.runs("Get/transport=memory", seconds), r.runs("Consumer", "build-sec"))
	fmt.Println("| | turnkeys | turnkeys / hand-written | turnkeys / cloudflare-go | met |")
	fmt.Println("|---|--:|--:|--:|:-:|")
	for _, b := range bars {
		line, err := b.line(r)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(line)
	}
}

func (b bar) line(r *results) (string, error) {
	ours, err := r.median(b.benchmark, "turnkeys", b.unit)
	if err != nil {
		return "", err
	}
	hand, err := r.median(b.benchmark, "hand", b.unit)
	if err != nil {
		return "", err
	}
	official, err := r.median(b.benchmark, "cloudflare-go", b.unit)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("| %s | %s%s | %s | %s | %s |", b.what, format(ours, b.unit), atMost(b.limits.turnkeys),
		ratio(ours, hand)+atMost(b.limits.hand), ratio(ours, official)+atMost(b.limits.cloudflare),
		b.limits.met(ours, hand, official)), nil
}

func (l limits) met(ours, hand, official float64) string {
	switch {
	case l == limits{}:
		return ""
	case l.turnkeys > 0 && ours > l.turnkeys, l.hand > 0 && ours > l.hand*hand, l.cloudflare > 0 && ours > l.cloudflare*official:
		return "**no**"
	}
	return "yes"
}

// format writes 4.56e-06 sec/op as 4.56 µs, as benchstat does.
func format(value float64, unit string) string {
	name := ""
	switch {
	case strings.Contains(unit, "sec"):
		name = "s"
	case benchunit.ClassOf(unit) == benchunit.Binary:
		name = "B"
	default:
		return fmt.Sprintf("%.4g", value)
	}
	scaled := benchunit.Scale(value, benchunit.ClassOf(unit))
	number := strings.TrimRight(scaled, "KMGinµm")
	return number + " " + strings.TrimPrefix(scaled, number) + name
}

func ratio(ours, peer float64) string {
	if peer == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", ours/peer)
}

func atMost(limit float64) string {
	if limit == 0 {
		return ""
	}
	return fmt.Sprintf(" (≤ %g)", limit)
}
