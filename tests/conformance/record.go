package conformance

import (
	"fmt"
	"slices"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// addChecked adds a violation, or known drift, to the report.
func (r *run) addChecked(c call, v contract.Violation) {
	step := r.step()
	if v.Known != "" && !v.Accepted {
		step.Known++
		r.addDrift(v)
		return
	}
	if v.Accepted {
		step.Accepted++
	} else {
		step.Violations++
	}
	same := func(other Violation) bool {
		return other.Place() == v.Place() && other.Rule == v.Rule && other.Message == v.Message
	}
	if i := slices.IndexFunc(r.report.Violations, same); i >= 0 {
		r.report.Violations[i].Times++
		return
	}
	r.report.Violations = append(r.report.Violations, Violation{
		Violation: v, Request: c.inWords(), Step: step.Name, Times: 1, wanted: c.wanted, stepIndex: len(r.report.Steps) - 1,
	})
}

func (r *run) addDrift(v contract.Violation) {
	for _, drift := range contract.KnownDrift() {
		if !drift.Matches(v) {
			continue
		}
		i := slices.IndexFunc(r.report.KnownDrift, func(s SeenDrift) bool { return s.Drift == drift })
		if i < 0 {
			r.report.KnownDrift = append(r.report.KnownDrift, SeenDrift{Drift: drift})
			i = len(r.report.KnownDrift) - 1
		}
		r.report.KnownDrift[i].Times++
	}
}

// addViolation reports what the answers before an answer, or the request itself, contradict.
func (r *run) addViolation(a answer, at, rule, message string) {
	r.addChecked(a.call, contract.OpenAPI().Mark([]contract.Violation{{
		OperationID: a.id, Method: a.method, Path: a.template, Status: a.status, In: contract.Response,
		At: at, Rule: rule, Message: message,
	}}, r.Accept)[0])
}

func (r *run) addFindings(a answer, findings []finding) {
	for _, f := range findings {
		if f.others {
			r.othersChanged(a, f)
			continue
		}
		r.addViolation(a, f.at, "sequence", f.message)
	}
}

func (r *run) addNotice(c call, format string, args ...any) {
	r.step().Notices++
	n := Notice{Request: c.inWords(), Step: r.step().Name, Message: fmt.Sprintf(format, args...)}
	if !slices.Contains(r.report.Notices, n) {
		r.report.Notices = append(r.report.Notices, n)
	}
}

func (r *run) step() *Step { return &r.report.Steps[len(r.report.Steps)-1] }

// begin begins a step. Its requests are counted, and its end is told, by end.
func (r *run) begin(name string, probe bool) {
	r.report.Steps = append(r.report.Steps, Step{Name: name, Probe: probe})
	r.progress("")
}

func (r *run) progress(doing string) {
	if r.Observe != nil {
		step := *r.step()
		step.Doing = doing
		r.Observe(step)
	}
}

func (r *run) end() {
	step := r.step()
	step.Done = true
	step.Stopped = step.Stopped || r.failed != nil && !r.cleaning
	if step.Requests == 0 && step.LeftOut == "" {
		step.LeftOut = "there were no requests left to make"
	}
	if r.Observe != nil {
		r.Observe(*step)
	}
}

// finished completes the report.
func (r *run) finished() Report {
	report := r.report
	slices.SortFunc(report.KnownDrift, func(a, b SeenDrift) int {
		return slices.Index(contract.KnownDrift(), a.Drift) - slices.Index(contract.KnownDrift(), b.Drift)
	})
	report.Requests, report.MaxRequests, report.Exchanges = r.spent, r.budget, r.exchanges
	report.Coverage = r.coverage()
	for _, place := range r.Accept {
		used := slices.ContainsFunc(report.Violations, func(v Violation) bool { return v.Accepted && v.Matches(place) })
		if !used {
			report.Unused = append(report.Unused, place)
		}
	}
	return report
}

// coverage counts an accepted violation of the status for the response that should have come.
func (r *run) coverage() contract.Coverage {
	coverage := r.checker.Coverage()
	for _, v := range r.report.Violations {
		if !v.Accepted || v.At != "status" {
			continue
		}
		for i := range coverage {
			if coverage[i].OperationID == v.OperationID && coverage[i].Response == v.wanted {
				coverage[i].Seen += v.Times
			}
		}
	}
	return coverage
}
