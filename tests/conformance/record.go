package conformance

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// record adds to the report what the document's own check found in a response.
func (r *run) record(a response) {
	for _, v := range a.checked.Violations {
		invalid := v.In == contract.Request || v.Rule == "accepted" // the run itself knows what should be rejected
		if invalid || a.undocumented && v.Rule != "token" || v.Rule == "token" && r.tokenIsOrdinary(a) {
			continue
		}
		if v.At == "status" && a.want.isSuccess() {
			v.Message += fmt.Sprintf("; want %d", a.Success)
		}
		if v.At == "status" && a.status/100 == 3 {
			v.Message += ", and redirects to " + short(a.header.Get("Location"))
		}
		r.add(a.call, v)
	}
	if a.ok() && len(a.codes) > 0 {
		r.notice(a.call, "the successful response contains errors (code %d)", a.codes[0])
	}
}

// tokenIsOrdinary reports whether a token is part of what a response has to contain.
func (r *run) tokenIsOrdinary(a response) bool {
	shown := []string{a.account.id}
	for _, s := range a.results {
		shown = append(shown, textOf(s.name))
	}
	return slices.ContainsFunc(shown, func(text string) bool {
		return strings.Contains(text, r.Token) || r.OtherToken != "" && strings.Contains(text, r.OtherToken)
	})
}

// addFindings adds to the report what is wrong with a response to a call.
func (r *run) addFindings(a response, findings []finding) {
	for _, f := range findings {
		switch {
		case f.notice:
			r.notice(a.call, "%s", f.message)
			continue
		case f.others && r.othersWorkHere():
			r.notice(a.call, "%s: someone else may be using this account", f.message)
			continue
		case f.others:
			r.halted = true // before the run does more harm
			isNew := func(k *key) bool { return k.deleted && k.changed.After(a.account.listedAt) }
			if !f.late && !r.deletesHarm && slices.ContainsFunc(a.account.keys, isNew) {
				r.deletesHarm = true
				r.notice(a.call, "a delete may have done that, so the run deletes nothing more")
			}
		}
		v := contract.Violation{
			OperationID: a.ID, Method: a.Method, Path: a.Path, Status: a.status, In: contract.Response,
			At: f.at, Rule: f.check, Message: f.message,
		}
		r.add(a.call, r.document.Mark([]contract.Violation{v}, r.Accept)[0])
		if f.check == "wrong_name" && a.about != nil { // what follows from it is no other violation
			a.about.uncertain = true
		}
	}
}

// add adds a violation, or known drift, to the report.
func (r *run) add(c call, v contract.Violation) {
	step := r.step()
	switch {
	case v.Known != "" && !v.Accepted:
		step.Known++
		for i := range r.report.KnownDrift {
			if seen := &r.report.KnownDrift[i]; seen.Matches(v) {
				seen.Times++
			}
		}
		return
	case v.Accepted:
		step.Accepted++
		if v.At == "status" { // it counts for the response that should have come
			r.excused = append(r.excused, contract.Checked{OperationID: c.ID, Documented: c.documented()})
		}
	default:
		step.Violations++
	}
	occurrence := Occurrence{Request: c.String(), Step: step.Name, Command: r.curl(c), stepIndex: len(r.report.Steps) - 1}
	place := anyIndex.ReplaceAllString(v.Place(), "/*")
	same := func(other Violation) bool {
		return anyIndex.ReplaceAllString(other.Place(), "/*") == place && other.Rule == v.Rule && other.Message == v.Message
	}
	if i := slices.IndexFunc(r.report.Violations, same); i >= 0 {
		known := &r.report.Violations[i]
		known.Times++
		if occurrence != known.Occurrence && !slices.Contains(known.Also, occurrence) {
			known.Also = append(known.Also, occurrence)
		}
		return
	}
	r.report.Violations = append(r.report.Violations, Violation{Violation: v, Occurrence: occurrence, Times: 1})
}

// anyIndex matches the index of an item in a list: what is wrong with each of them is one violation.
var anyIndex = regexp.MustCompile(`/\d+`)

func (r *run) notice(c call, format string, args ...any) {
	r.step().Notices++
	n := Notice{Request: c.String(), Step: r.step().Name, Message: fmt.Sprintf(format, args...)}
	if !slices.Contains(r.report.Notices, n) {
		r.report.Notices = append(r.report.Notices, n)
	}
}

func (r *run) step() *Step { return &r.report.Steps[len(r.report.Steps)-1] }

// begin begins a step. Observe sees its beginning, its progress and its end.
func (r *run) begin(name string, probe bool) {
	r.report.Steps = append(r.report.Steps, Step{Name: name, Probe: probe})
	r.progress("")
}

func (r *run) progress(doing string) {
	if observe := r.Observe; observe != nil {
		step := *r.step()
		step.Doing = doing
		r.Observe = nil // unless it returns
		observe(step)
		r.Observe = observe
	}
}

func (r *run) end() {
	step := r.step()
	step.Done = true
	step.Stopped = step.Stopped || r.failed != nil && !r.cleaning
	r.progress("")
}

// finished completes the report.
func (r *run) finished() Report {
	report := r.report
	report.Requests = len(report.Exchanges)
	report.KnownDrift = slices.DeleteFunc(report.KnownDrift, func(s SeenDrift) bool { return s.Times == 0 })
	report.Coverage = r.document.Coverage(slices.Concat(report.Exchanges, r.excused))
	for _, place := range r.Accept {
		used := slices.ContainsFunc(report.Violations, func(v Violation) bool { return v.Accepted && v.Matches(place) })
		if !used {
			report.Unused = append(report.Unused, place)
		}
	}
	return report
}
