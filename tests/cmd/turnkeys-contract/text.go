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
)

// text shows a run as it happens, and what it found.
type text struct {
	w        io.Writer
	terminal bool
	verbose  bool
	err      error // the first error of writing
}

func newText(w io.Writer) *text {
	file, ok := w.(*os.File)
	return &text{w: w, terminal: ok && term.IsTerminal(int(file.Fd()))}
}

const red, green, yellow = 31, 32, 33

func (t *text) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(t.w, format, args...); t.err == nil {
		t.err = err
	}
}

func (t *text) paint(colour int, s string) string {
	if !t.terminal || os.Getenv("NO_COLOR") != "" {
		return s
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", colour, s)
}

// step prints a line when a step has ended. Until then, a terminal shows its progress.
func (t *text) step(s conformance.Step) {
	requests := count(s.Requests, "request")
	if t.terminal {
		t.printf("\r\x1b[K") // clears the line
	}
	if t.terminal && !s.Done {
		t.printf("%s", strings.TrimSpace(s.Name+"  "+requests+"  "+s.Doing))
	}
	if !s.Done {
		return
	}
	subject, words, _ := strings.Cut(s.Name, " ")
	status := "---"
	switch {
	case s.Probe:
		subject, status, words = s.Name, "   ", requests
	case s.Status != 0:
		status = strconv.Itoa(s.Status)
	}
	if s.Requests > 1 && !s.Probe {
		words += " (" + requests + ")"
	}
	if s.Skipped != "" {
		words += ": " + s.Skipped
	}
	t.printf("%-13s  %s  %s %8.1f ms  %s\n", subject, status, t.verdict(s), float64(s.Elapsed)/float64(time.Millisecond), words)
}

// verdict has the same width for every outcome.
func (t *text) verdict(s conformance.Step) string {
	colour, words := green, "ok"
	switch {
	case s.Violations > 0:
		colour, words = red, count(s.Violations, "violation")
	case s.Stopped:
		colour, words = red, "stopped"
	case s.Skipped != "" && s.Requests == 0:
		colour, words = yellow, "skipped"
	case s.Accepted > 0:
		colour, words = yellow, fmt.Sprintf("%d accepted", s.Accepted)
	case s.Known > 0:
		colour, words = yellow, "known drift"
	case s.Notices > 0:
		colour, words = yellow, count(s.Notices, "notice")
	}
	return t.paint(colour, fmt.Sprintf("%-13s", words))
}

func (t *text) finish(report conformance.Report, err error) {
	if len(report.Notices) > 0 {
		t.printf("\n%s\n", count(len(report.Notices), "notice"))
	}
	for _, n := range report.Notices {
		t.printf("%s\n", strings.TrimPrefix(n.Request+": "+n.Message, ": "))
	}
	if len(report.KnownDrift) > 0 {
		t.printf("\nknown drift\n")
	}
	for _, d := range report.KnownDrift {
		t.printf("%s  %s, seen %s (%s)\n", d.Place, d.Seen, count(d.Times, "time"), d.Source)
	}
	if len(report.Violations) > 0 || err == nil && len(report.Exchanges) > 0 {
		t.violations(report.Violations)
	}
	if err == nil {
		t.printf("\n")
		for _, c := range report.Coverage {
			seen := t.paint(red, "not seen")
			if c.Seen > 0 {
				seen = "seen " + count(c.Seen, "time")
			}
			t.printf("%-13s  %s  %s\n", c.OperationID, c.Response, seen)
		}
		t.printf("%s\n", report.Coverage)
	}
	if err == nil && report.Strict && len(report.KnownDrift) > 0 {
		t.printf("%s\n", t.paint(red, "does not conform: known drift was seen, and -strict was given"))
	}
	for _, place := range report.Unused {
		t.printf("%s\n", t.paint(yellow, "accepted, but never seen: "+place+"; remove it from -accept or -accept-file"))
	}
	if n := len(report.Deleted); n > 0 {
		t.printf("\ndeleted %s that the run created\n", count(n, "key"))
	}
	t.left(report)
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
		line, more, also := t.paint(red, v.Violation.String()), "", v.Also
		if v.Accepted {
			line = t.paint(yellow, "accepted:") + " " + v.Violation.String()
		}
		if len(also) > 0 && !t.verbose {
			more, also = fmt.Sprintf(", and %s (-v shows them)", count(len(also), "more request")), nil
		}
		t.printf("%s\n    %s%s\n    %s\n", line, v.Request, more, v.Command)
		for _, o := range also {
			t.printf("    %s\n    %s\n", o.Request, o.Command)
		}
	}
}

func (t *text) left(report conformance.Report) {
	if len(report.Left) > 0 {
		t.printf("\n%s\n", t.paint(red, "left behind"))
	}
	for _, k := range report.Left {
		words := k.UID + "; delete it with:"
		if k.UID == "" {
			words = fmt.Sprintf("a key named %q may have been created, or may still appear; list the keys, and delete it if it is there:", k.Name)
		}
		t.printf("%s\n    %s\n", words, k.Command)
	}
}

// annotate writes the lines that GitHub Actions shows beside a change.
func annotate(w io.Writer, report conformance.Report) {
	escape := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	for _, v := range report.Violations {
		if v.Fails() {
			_, _ = fmt.Fprintf(w, "::error title=%s::%s\n", escape.Replace(strings.ReplaceAll(v.Place(), ":", " ")), escape.Replace(v.String()))
		}
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
