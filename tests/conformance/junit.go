package conformance

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Seconds string        `xml:"time,attr"`
	Failure *junitOutcome `xml:"failure,omitempty"`
	Error   *junitOutcome `xml:"error,omitempty"`
	Skipped *junitOutcome `xml:"skipped,omitempty"`
}

type junitOutcome struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the report as JUnit XML, which CI systems show: a test case for each step and probe, one for the
// coverage of the document, and one for the keys that are left behind. runErr is the error that [Run] returned, or nil.
func (r Report) WriteJUnit(w io.Writer, runErr error) error {
	suite := junitSuite{Name: "turnkeys-contract " + r.BaseURL}
	for i := range r.Steps {
		suite.add(r.junitStep(i))
	}
	if runErr != nil {
		suite.add(junitCase{Name: "the run", Error: &junitOutcome{Message: runErr.Error()}})
	} else {
		suite.add(r.junitCoverage())
	}
	suite.add(r.junitKeys())
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	return encoder.Encode(suite)
}

func (s *junitSuite) add(c junitCase) {
	c.Class = "turnkeys-contract"
	if c.Seconds == "" {
		c.Seconds = "0.000"
	}
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

func (r Report) junitStep(i int) junitCase {
	s := r.Steps[i]
	c := junitCase{Name: s.Name, Seconds: fmt.Sprintf("%.3f", s.Elapsed.Seconds())}
	var lines []string
	for _, v := range r.Violations {
		for _, o := range append([]Occurrence{v.Occurrence}, v.Also...) {
			if o.stepIndex == i && !v.Accepted {
				lines = append(lines, fmt.Sprintf("%s\n    %s\n    %s", v.Violation, o.Request, o.Command))
			}
		}
	}
	switch {
	case len(lines) > 0:
		c.Failure = &junitOutcome{Message: firstLine(lines[0]), Text: strings.Join(lines, "\n")}
	case s.Stopped:
		c.Error = &junitOutcome{Message: "the run could not continue"}
	case s.Known > 0 && r.Strict:
		c.Failure = &junitOutcome{Message: "known drift, which -strict treats as a failure"}
	case s.Requests == 0:
		c.Skipped = &junitOutcome{Message: s.Skipped}
	}
	return c
}

func (r Report) junitCoverage() junitCase {
	c := junitCase{Name: "every documented response was seen"}
	if missing := r.Coverage.Missing(); len(missing) > 0 {
		c.Failure = &junitOutcome{Message: r.Coverage.String()}
		for _, m := range missing {
			c.Failure.Text += fmt.Sprintf("%s %s not seen\n", m.OperationID, m.Response)
		}
	}
	return c
}

func (r Report) junitKeys() junitCase {
	c := junitCase{Name: "no key is left behind"}
	if len(r.Left) > 0 {
		c.Failure = &junitOutcome{Message: fmt.Sprintf("%d left behind", len(r.Left))}
		for _, k := range r.Left {
			c.Failure.Text += k.UID + " " + k.Name + "\n" + k.Command + "\n"
		}
	}
	return c
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
