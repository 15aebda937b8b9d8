package bench

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Allocations, unlike times, are the same on every machine, so these limits are the current numbers. Lower one when a
// change lowers it; raise one only for what is worth its cost in every call. The race detector allocates too: these
// are the numbers without it.
func TestAllocations(t *testing.T) {
	ours := memoryPeers(t, 1_000)[1]
	for _, test := range []struct {
		name string
		most float64
		call func(context.Context) (key, error)
	}{
		{"create", 80, ours.create},
		{"get", 49, ours.get},
		{"edit", 55, ours.edit},
		{"delete", 49, ours.delete},
		{"list of 1,000 keys", 2050, func(ctx context.Context) (key, error) {
			_, last, err := ours.list(ctx)
			return last, err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			allocs := testing.AllocsPerRun(100, func() {
				if _, err := test.call(t.Context()); err != nil {
					t.Error(err)
				}
			})
			assert.LessOrEqual(t, allocs, test.most)
		})
	}
}
