package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// output shows a run: as it happens, and its end.
type output interface {
	start(description string)
	exchange(contract.Exchange)
	finish(contract.Report, error)
}

type text struct {
	w      io.Writer
	colour bool
}

func wantsColour(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) && os.Getenv("NO_COLOR") == ""
}

const (
	red    = 31
	green  = 32
	yellow = 33
)

func (t *text) printf(format string, args ...any) { _, _ = fmt.Fprintf(t.w, format, args...) }

func (t *text) paint(colour int, s string) string {
	if !t.colour {
		return s
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", colour, s)
}

func (t *text) start(description string) { t.printf("Contract run against %s\n\n", description) }

func (t *text) exchange(e contract.Exchange) {
	status := "---"
	if e.Status != 0 {
		status = fmt.Sprintf("%3d", e.Status)
	}
	t.printf("%-13s  %s  request %s  response %s  %8.1f ms\n", e.OperationID, status,
		t.verdict(e, contract.Request), t.verdict(e, contract.Response), float64(e.Elapsed)/float64(time.Millisecond))
}

// verdict is as wide for every outcome.
func (t *text) verdict(e contract.Exchange, side contract.Side) string {
	violations, accepted := 0, 0
	for _, v := range e.Violations {
		switch {
		case v.In != side:
		case v.Accepted:
			accepted++
		default:
			violations++
		}
	}
	const width = "%-12s"
	switch {
	case violations > 0:
		return t.paint(red, fmt.Sprintf(width, count(violations, "violation")))
	case accepted > 0:
		return t.paint(yellow, fmt.Sprintf(width, fmt.Sprintf("%d accepted", accepted)))
	case e.Status == 0 && side == contract.Response:
		return t.paint(red, fmt.Sprintf(width, "none"))
	}
	return t.paint(green, fmt.Sprintf(width, "ok"))
}

func (t *text) finish(report contract.Report, err error) {
	if err == nil {
		t.coverage(report.Coverage)
	}
	violations := report.Violations()
	t.printf("%s\n", count(len(violations), "violation"))
	for _, v := range violations {
		if v.Accepted {
			t.printf("%s %s\n", t.paint(yellow, "accepted:"), v)
		} else {
			t.printf("%s\n", t.paint(red, v.String()))
		}
	}
	for _, place := range report.Unused {
		t.printf("%s\n", t.paint(yellow, "accepted, but not seen: "+place+"; take it off the list"))
	}
	for _, uid := range report.Deleted {
		t.printf("deleted the run's key %s\n", uid)
	}
	for _, uid := range report.Left {
		t.printf("%s\n", t.paint(red, "could not delete the run's key "+uid+": delete it by hand"))
	}
}

func (t *text) coverage(coverage contract.Coverage) {
	t.printf("\n")
	for _, c := range coverage {
		if c.Seen > 0 {
			t.printf("%-13s  %s  seen %s\n", c.OperationID, c.Response, count(c.Seen, "time"))
		} else {
			t.printf("%-13s  %s  %s\n", c.OperationID, c.Response, t.paint(red, "not seen"))
		}
	}
	t.printf("\n%s\n", coverage)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// jsonObject prints nothing but the report, with the run's outcome.
type jsonObject struct{ w io.Writer }

func (jsonObject) start(string) {}

func (jsonObject) exchange(contract.Exchange) {}

func (j jsonObject) finish(report contract.Report, err error) {
	object := struct {
		Conforms bool   `json:"conforms"`
		Error    string `json:"error,omitempty"`
		contract.Report

		Violations []contract.Violation `json:"violations"`
	}{Conforms: err == nil && report.OK(), Report: report, Violations: report.Violations()}
	if err != nil {
		object.Error = err.Error()
	}
	encoder := json.NewEncoder(j.w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(object)
}
