package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// text shows a run as it happens, and what it found.
type text struct {
	w        io.Writer
	terminal bool
	colour   bool
	err      error // the first error of writing
}

func newText(w io.Writer) *text {
	file, ok := w.(*os.File)
	terminal := ok && term.IsTerminal(int(file.Fd()))
	return &text{w: w, terminal: terminal, colour: terminal && os.Getenv("NO_COLOR") == ""}
}

const (
	red    = 31
	green  = 32
	yellow = 33
)

func (t *text) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(t.w, format, args...); t.err == nil {
		t.err = err
	}
}

func (t *text) paint(colour int, s string) string {
	if !t.colour {
		return s
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", colour, s)
}

func (t *text) start(description string) { t.printf("Contract run against %s\n\n", description) }

// step prints a line when a step has ended. While it goes on, a terminal shows how far it is.
func (t *text) step(s conformance.Step) {
	const clearLine = "\r\x1b[K"
	if !s.Done {
		if t.terminal {
			t.printf("%s%s", clearLine, strings.TrimSpace(fmt.Sprintf("%s  %s  %s", s.Name, count(s.Requests, "request"), s.Doing)))
		}
		return
	}
	if t.terminal {
		t.printf(clearLine)
	}
	subject, status, words := s.OperationID, "---", strings.TrimPrefix(strings.TrimPrefix(s.Name, s.OperationID), " ")
	if s.Probe {
		subject, status, words = s.Name, "   ", count(s.Requests, "request")
	} else if s.Status != 0 {
		status = strconv.Itoa(s.Status)
	}
	if subject == "" {
		subject, words, _ = strings.Cut(s.Name, " ")
	}
	if !s.Probe && s.Requests > 1 {
		words += fmt.Sprintf(" (%d requests)", s.Requests)
	}
	if s.Skipped != "" {
		words += ": " + s.Skipped
	}
	t.printf("%-13s  %s  %s %8.1f ms  %s\n", subject, status, t.verdict(s), float64(s.Elapsed)/float64(time.Millisecond), words)
}

// verdict is as wide for every outcome.
func (t *text) verdict(s conformance.Step) string {
	const width = "%-13s"
	switch {
	case s.Violations > 0:
		return t.paint(red, fmt.Sprintf(width, count(s.Violations, "violation")))
	case s.Stopped:
		return t.paint(red, fmt.Sprintf(width, "stopped"))
	case s.Skipped != "" && s.Requests == 0:
		return t.paint(yellow, fmt.Sprintf(width, "skipped"))
	case s.Accepted > 0:
		return t.paint(yellow, fmt.Sprintf(width, fmt.Sprintf("%d accepted", s.Accepted)))
	case s.Known > 0:
		return t.paint(yellow, fmt.Sprintf(width, "known drift"))
	case s.Notices > 0:
		return t.paint(yellow, fmt.Sprintf(width, count(s.Notices, "notice")))
	}
	return t.paint(green, fmt.Sprintf(width, "ok"))
}

func (t *text) finish(report conformance.Report, err error) {
	t.notices(report.Notices)
	t.drift(report.KnownDrift)
	if len(report.Violations) > 0 || err == nil && len(report.Exchanges) > 0 {
		t.violations(report.Violations)
	}
	if err == nil {
		t.coverage(report.Coverage)
	}
	if err == nil && report.Strict && len(report.KnownDrift) > 0 {
		t.printf("%s\n", t.paint(red, "does not conform: known drift was seen, and -strict was given"))
	}
	for _, place := range report.Unused {
		t.printf("%s\n", t.paint(yellow, "accepted, but never seen: "+place+"; remove it from -accept or -accept-file"))
	}
	t.keys(report)
}

func (t *text) notices(notices []conformance.Notice) {
	if len(notices) == 0 {
		return
	}
	t.printf("\n%s\n", count(len(notices), "notice"))
	for _, n := range notices {
		if n.Request != "" {
			t.printf("%s: ", n.Request)
		}
		t.printf("%s\n", n.Message)
	}
}

func (t *text) drift(drift []conformance.SeenDrift) {
	if len(drift) == 0 {
		return
	}
	t.printf("\nknown drift\n")
	for _, d := range drift {
		t.printf("%s  %s, seen %s (%s)\n", d.Place, d.Seen, count(d.Times, "time"), d.Source)
	}
}

func (t *text) violations(violations []conformance.Violation) {
	accepted := 0
	for _, v := range violations {
		if v.Accepted {
			accepted++
		}
	}
	t.printf("\n%s", count(len(violations)-accepted, "violation"))
	if accepted > 0 {
		t.printf(", %d accepted", accepted)
	}
	t.printf("\n")
	for _, v := range violations {
		if v.Accepted {
			t.printf("%s %s\n", t.paint(yellow, "accepted:"), v.Violation)
		} else {
			t.printf("%s\n", t.paint(red, v.String()))
		}
		more := ""
		if v.Times > 1 {
			more = fmt.Sprintf(", and %s", count(v.Times-1, "more time"))
		}
		t.printf("    %s%s\n", v.Request, more)
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
	t.printf("%s\n", coverage)
}

func (t *text) keys(report conformance.Report) {
	if n := len(report.Deleted); n > 0 {
		t.printf("\ndeleted %s that the run created\n", count(n, "key"))
	}
	t.left(report)
}

func (t *text) left(report conformance.Report) {
	if len(report.Left) == 0 {
		return
	}
	t.printf("\n%s\n", t.paint(red, "left behind"))
	for _, k := range report.Left {
		if k.UID == "" {
			t.printf("a key named %q may have been created, or may still appear; list the keys, and delete it if it is there:\n    %s\n", k.Name, k.Command)
		} else if strings.Contains(k.Command, "DELETE") {
			t.printf("%s; delete it with:\n    %s\n", k.UID, k.Command)
		} else {
			t.printf("%s, which is not named %q; delete it if it is the run's:\n    %s\n", k.UID, k.Name, k.Command)
		}
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
