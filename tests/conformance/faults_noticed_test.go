package conformance_test

import (
	"os"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
)

type outcome struct {
	Name     string
	Thorough bool
	Kind     string
	OK       bool
	Err      string
	Requests int
	Violations, Notices, LeftOut, Left, Touched, FalseDeleted, Silent []string
}

func explore(t *testing.T, s scenario, kind string, thorough bool) (o outcome) {
	server := s.start()
	var report conformance.Report
	var err error
	synctest.Test(t, func(t *testing.T) {
		server = s.start()
		base := "http://localhost" + basePath
		if kind == "live" {
			base = "https://api.example" + basePath
		}
		report, err = conformance.Run(t.Context(), conformance.Target{
			BaseURL: base, AccountID: accountID, Token: token, OtherAccountID: secondAccountID, OtherToken: secondToken,
			Transport: wire{server}, Thorough: thorough, Disposable: thorough && kind == "live", Settle: conformance.DefaultSettle,
		})
	})
	o = outcome{Name: s.name, Thorough: thorough, Kind: kind, OK: report.OK(), Requests: report.Requests, Touched: server.touched}
	if err != nil {
		o.Err = err.Error()
	}
	for _, v := range report.Violations {
		o.Violations = append(o.Violations, v.Request+" | "+v.String())
	}
	for _, n := range report.Notices {
		o.Notices = append(o.Notices, n.Request+": "+n.Message)
	}
	for _, st := range report.Steps {
		if st.LeftOut != "" {
			o.LeftOut = append(o.LeftOut, st.Name+": "+st.LeftOut)
		}
	}
	remaining := map[string]string{}
	for _, a := range server.accounts {
		for _, k := range a.keys {
			if !server.seeded[k.uid] {
				remaining[k.uid] = k.name
			}
		}
	}
	for _, l := range report.Left {
		o.Left = append(o.Left, l.UID+" "+l.Name)
	}
	for _, uid := range report.Deleted {
		if _, ok := remaining[uid]; ok {
			o.FalseDeleted = append(o.FalseDeleted, uid)
		}
	}
	for uid, name := range remaining {
		if !slices.ContainsFunc(report.Left, func(l conformance.LeftKey) bool { return l.UID == uid || l.UID == "" && l.Name == name }) {
			o.Silent = append(o.Silent, uid+" "+name)
		}
	}
	return o
}

func TestExplore(t *testing.T) {
	var mu sync.Mutex
	var all []outcome
	for kind, list := range map[string][]scenario{"fault": faults, "control": controls, "live": liveControls, "unusable": unusable} {
		for _, s := range list {
			for _, thorough := range []bool{false, true} {
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					o := explore(t, s, kind, thorough)
					mu.Lock()
					defer mu.Unlock()
					all = append(all, o)
				})
			}
		}
	}
	t.Cleanup(func() {
		slices.SortFunc(all, func(a, b outcome) int { return strings.Compare(a.Kind+a.Name, b.Kind+b.Name) })
		data, _ := json.MarshalIndent(all, "", " ")
		os.WriteFile("/tmp/tk/outcomes.json", data, 0o644)
	})
}
