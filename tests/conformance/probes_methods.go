package conformance

import (
	"context"
	"net/http"
	"slices"
)

// probeMethods tries methods that are not documented, the most dangerous ones last. Whether they are answered is open;
// what they do is not.
func (r *run) probeMethods(ctx context.Context) {
	live := slices.DeleteFunc(r.main.live(), func(k *key) bool { return !k.exists() })
	if len(live) == 0 {
		r.step().LeftOut = "there is no key to try them on"
		return
	}
	k := live[0]
	for _, method := range []string{http.MethodPatch, http.MethodPost, http.MethodOptions} {
		r.tryMethod(ctx, r.main.call(operation{method: method, template: getTurnKey.template, onKey: true}, k.uid, "on "+k.label))
	}
	for _, method := range []string{http.MethodOptions, http.MethodPatch, http.MethodPut, http.MethodDelete} {
		r.tryMethod(ctx, r.main.call(operation{method: method, template: listTurnKeys.template}, "", "on the keys"))
	}
	slash := r.main.call(operation{method: http.MethodDelete, template: listTurnKeys.template}, "", "on the keys, with a slash at the end")
	slash.path += "/"
	r.tryMethod(ctx, slash)
	r.checkList(ctx, r.main, "after undocumented methods")
}

func (r *run) tryMethod(ctx context.Context, c call) {
	c.anyShape = true
	if c.method != http.MethodOptions && c.method != http.MethodDelete {
		c = c.withName(r.name + " by " + c.method)
	}
	r.ask(ctx, c, nil, func(a answer) []finding {
		if a.status >= 200 && a.status <= 299 {
			r.addNotice(a.call, "the document has no %s here, and the answer is %d", c.method, a.status)
			return nil
		}
		return notFoundAt(a)
	})
}
