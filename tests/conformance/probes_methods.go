package conformance

import (
	"context"
	"net/http"
	"slices"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// probeMethods tries methods that are not documented, the most dangerous ones last. Whether they work is open; what they
// do is not.
func (r *run) probeMethods(ctx context.Context) {
	i := slices.IndexFunc(r.main.keys, (*key).exists)
	if i < 0 {
		r.step().Skipped = "no key left to try methods on"
		return
	}
	for _, method := range []string{http.MethodPatch, http.MethodPost, http.MethodOptions} {
		r.tryMethod(ctx, method, getTurnKey.Path, "", r.main.keys[i])
	}
	for _, method := range []string{http.MethodOptions, http.MethodPatch, http.MethodPut, http.MethodDelete} {
		r.tryMethod(ctx, method, listTurnKeys.Path, "", nil)
	}
	r.tryMethod(ctx, http.MethodDelete, listTurnKeys.Path, "/", nil)
	r.checkList(ctx, r.main, "after undocumented methods")
}

func (r *run) tryMethod(ctx context.Context, method, path, suffix string, k *key) {
	takesBody := method != http.MethodOptions && method != http.MethodDelete
	o := &contract.Operation{Method: method, Path: path, TakesBody: takesBody}
	c := r.main.call(o, k, "").nameIfNeeded(r.name + " by " + method).expecting(variant).anyShape()
	if k == nil {
		c.words = "on the keys"
	}
	c.path += suffix
	if a := r.try(ctx, c); a.ok() {
		r.notice(a.call, "%s is not documented here, but returned %d", method, a.status)
	}
}
