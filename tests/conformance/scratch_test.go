package conformance

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/testkit"
)

func memory(h http.Handler) http.RoundTripper {
	return testkit.RoundTripper(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		resp := w.Result()
		resp.Request = r
		return resp, nil
	})
}

func TestScratch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := fake.New()
		report, err := Run(t.Context(), Target{BaseURL: "http://127.0.0.1/client/v4", AccountID: fake.DefaultAccountID, Token: fake.DefaultToken,
			Transport: memory(api), Settle: DefaultSettle, Observe: func(s Step) {
				if s.Done {
					fmt.Printf("%3d %d %s %s\n", s.Status, s.Requests, s.Name, s.LeftOut)
				}
			}})
		fmt.Println(err, report.Requests, report.Coverage, report.OK(), report.Deleted, report.Left)
		for _, v := range report.Violations {
			fmt.Println(v.String(), "|", v.Request, v.Times)
		}
		for _, n := range report.Notices {
			fmt.Println("notice", n)
		}
	})
}
