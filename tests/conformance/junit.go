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

// WriteJUnit writes the report as JUnit XML for CI systems: a test case for each step and probe, one for the coverage of
// the document, and one for the keys that are left behind. runErr is the error that [Run] returned, or nil.
func (r Report) WriteJUnit(w io.Writer, runErr error) error {
	suite := junitSuite{Name: "turnkeys-contract " + r.BaseURL}
	for i, s := range r.Steps {
		suite.add(s.Name, s.Elapsed.Seconds(), r.junitStep(i))
	}
	var coverage, left junitCase
	for _, c := range r.Coverage.Missing() {
		coverage.fail(r.Coverage.String(), c.OperationID+" "+c.Response+" not seen")
	}
	for _, k := range r.Left {
		left.fail(fmt.Sprintf("%d left behind", len(r.Left)), k.UID+" "+k.Name+"\n"+k.Command)
	}
	if runErr != nil {
		suite.add("the run", 0, junitCase{Error: &junitOutcome{Message: runErr.Error()}})
	} else {
		suite.add("every documented response was seen", 0, coverage)
	}
	suite.add("no key is left behind", 0, left)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	return encoder.Encode(suite)
}

func (s *junitSuite) add(name string, seconds float64, c junitCase) {
	c.Name, c.Class, c.Seconds = name, "turnkeys-contract", fmt.Sprintf("%.3f", seconds)
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

// fail adds lines to the failure of a case.
func (c *junitCase) fail(message, lines string) {
	if c.Failure == nil {
		c.Failure = &junitOutcome{Message: message}
	}
	c.Failure.Text += lines + "\n"
}

func (r Report) junitStep(i int) (c junitCase) {
	s := r.Steps[i]
	for _, v := range r.Violations {
		for _, o := range append([]Occurrence{v.Occurrence}, v.Also...) {
			if o.stepIndex == i && !v.Accepted {
				c.fail(v.Violation.String(), strings.Join([]string{v.Violation.String(), o.Request, o.Command}, "\n    "))
			}
		}
	}
	switch {
	case c.Failure != nil:
	case s.Stopped:
		c.Error = &junitOutcome{Message: "the run could not continue"}
	case s.Known > 0 && r.Strict:
		c.Failure = &junitOutcome{Message: "known drift, which -strict treats as a failure"}
	case s.Requests == 0:
		c.Skipped = &junitOutcome{Message: s.Skipped}
	}
	return c
}
