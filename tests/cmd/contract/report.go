package main

import (
	"fmt"
	"io"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

func printExchange(w io.Writer, e contract.Exchange) {
	count := map[contract.Side]int{}
	for _, v := range e.Violations {
		count[v.In]++
	}
	status := "no answer"
	if e.Status != 0 {
		status = fmt.Sprint(e.Status)
	}
	_, _ = fmt.Fprintf(w, "%-13s  %-3s  request %-12s  response %-12s  %6.1f ms\n", e.OperationID, status,
		verdict(count[contract.Request]), verdict(count[contract.Response]), float64(e.Elapsed)/float64(time.Millisecond))
}

func verdict(violations int) string {
	switch violations {
	case 0:
		return "ok"
	case 1:
		return "1 violation"
	}
	return fmt.Sprintf("%d violations", violations)
}

func printReport(w io.Writer, report contract.Report) {
	_, _ = fmt.Fprintf(w, "\n%s\n", report.Coverage)
	for _, missing := range report.Coverage.Missing() {
		_, _ = fmt.Fprintf(w, "not seen: %s %s\n", missing.OperationID, missing.Response)
	}
	violations := report.Violations()
	_, _ = fmt.Fprintf(w, "%s\n", map[bool]string{true: "no violations", false: verdict(len(violations)) + ":"}[len(violations) == 0])
	for _, v := range violations {
		_, _ = fmt.Fprintf(w, "%s\n", v)
	}
	for _, uid := range report.Left {
		_, _ = fmt.Fprintf(w, "left behind, delete it by hand: %s\n", uid)
	}
}
