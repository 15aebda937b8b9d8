package conformance_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// fault is a server with one defect, and the check that a run reports for it.
type fault struct {
	name, check string
	plant       plant
}

func TestTheDefaultPlanNoticesEachFault(t *testing.T) {
	faults := slices.Concat(memoryFaults, secretFaults, uidFaults, timeFaults, nameFaults, tokenFaults, addressFaults, messageFaults,
		of(createOp, createFaults), of(listOp, listFaults), of(getOp, getFaults), of(editOp, editFaults), of(deleteOp, deleteFaults))
	for _, o := range documentedOps {
		faults = append(faults, fault{o + " returns 202", "status", status(202, o)},
			fault{o + " returns problem+json", "contentType", header("Content-Type", "application/problem+json", o)})
	}
	for accepted, plant := range acceptedTokens {
		faults = append(faults, fault{"tokens accepted: " + accepted, "ignored_auth", plant})
	}
	for how, weak := range weakSecrets {
		faults = append(faults, fault{"a secret " + how, "weak_secret", secret(func(k key, n int) string { return weak(k, n)[:64] })})
	}
	for how, damage := range damages {
		faults = append(faults, fault{"names " + how, "wrong_name", storing(func(_ *call, k *key) { k.name = damage(k.name) })})
	}
	noticesEach(t, false, faults)
}

func TestTheThoroughPlanNoticesEachFault(t *testing.T) {
	faults := slices.Concat(crowdFaults, thoroughNameFaults, thoroughBodyFaults, thoroughTokenFaults, thoroughAddressFaults,
		of(createOp, thoroughCreateFaults), of(listOp, thoroughListFaults))
	for token, accept := range tokensToDelete {
		faults = append(faults, fault{"token accepted by deletes: " + token, "ignored_auth", letting(accept, deleteOp)})
	}
	noticesEach(t, true, faults)
}

// of returns the faults of an operation.
func of(operation string, faults []fault) (all []fault) {
	for _, f := range faults {
		all = append(all, fault{operation + " " + f.name, f.check, func(s *server) {
			s.about = []string{operation}
			f.plant(s)
		}})
	}
	return all
}

func noticesEach(t *testing.T, thorough bool, faults []fault) {
	t.Helper()
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			tr := try(t, loopback(thorough), f.plant)
			assert.Contains(t, tr.rules(), f.check)
			assert.True(t, thorough || len(tr.server.touched) == 0)
		})
	}
}

// way is a way for some operations to accept, damage or crash over a request.
type way struct {
	name       string
	operations []string
	accepts    func(*call) bool
}

func TestTheThoroughPlanNoticesEachWay(t *testing.T) {
	for name, tc := range map[string]struct {
		check string
		ways  []way
		plant func(accept func(*call) bool) plant
	}{
		"ids accepted":      {"unknown_id_accepted", idWays, func(accept func(*call) bool) plant { return resolving(accept) }},
		"tokens accepted":   {"ignored_auth", tokenWays, lettingInvalid},
		"bodies accepted":   {"bad_input_accepted", bodyWays, reading},
		"names damaged":     {"wrong_name", nameWays(), damaging},
		"accounts accepted": {"ignored_auth", accountWays, adopting},
		"odd requests":      {"server_error", crashWays, crashing},
	} {
		t.Run(name, func(t *testing.T) {
			tr, accepted := meet(t, tc.ways, tc.plant)
			reported := 0
			for _, v := range tr.report.Violations {
				if v.Rule == tc.check {
					reported += v.Times
				}
			}
			assert.Equal(t, accepted, reported)
		})
	}
}

func TestTheThoroughPlanNoticesThatUndocumentedRequestsDeleteKeys(t *testing.T) {
	tr, _ := meet(t, oddWays, deletingBy)
	assert.Contains(t, tr.rules(), "not_in_list")
}

// meet makes a thorough run against a server that accepts requests in each of the ways. Each operation has to meet each of
// its ways.
func meet(t *testing.T, ways []way, plant func(accept func(*call) bool) plant) (tr trial, accepted int) {
	t.Helper()
	met := map[string]bool{}
	tr = try(t, loopback(true), plant(func(c *call) (ok bool) {
		for _, w := range ways {
			if slices.Contains(w.operations, c.operation) && w.accepts(c) {
				met[w.name+" by "+c.operation], ok = true, true
			}
		}
		if ok {
			accepted++
		}
		return ok
	}))
	for _, w := range ways {
		for _, operation := range w.operations {
			assert.True(t, met[w.name+" by "+operation], w.name+" by "+operation)
		}
	}
	return tr, accepted
}
