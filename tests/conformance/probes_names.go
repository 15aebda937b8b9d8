package conformance

import (
	"context"
	"fmt"
	"strings"
)

// awkwardNames are those that servers are known to damage, beside the ones of the default plan.
func awkwardNames(name string) []string {
	return []string{
		name + "\nline\r\n\ttab \x01\x1f\x7f",
		" ",
		name + ` <script>alert("1")</script> &lt;&amp;&#39; {{.}} ${HOME} $(id) %s %d %00 %2F`,
		name + `'; DROP TABLE keys; -- \u0041 \n \" // ../../ ?a=b&c=d#e`,
		name + " \u00e9 e\u0301 \u212b A\u030a \ufb01 \u0130 \u0131 \u1e9e \u00df UPPER lower",
		"\ufeff" + name + "\u200b\u200d\u202e\u2028\u2029\ufffd\uffff\u00a0",
		name + "\U0001F468\u200d\U0001F469\u200d\U0001F467 \U0001F1E9\U0001F1EA \U00020000 \U0010FFFF",
		strings.Repeat(name+" \u9375 ", 1+5000/len(name))[:5000],
	}
}

// probeNames takes awkward names through create and edit, and reads each back in list and get.
func (r *run) probeNames(ctx context.Context) {
	names := awkwardNames(r.name)
	var keys []*key
	for i, name := range names {
		k := r.newKey(ctx, fmt.Sprintf("the key with awkward name %d", i+1), name)
		if k.exists() {
			keys = append(keys, k)
		}
	}
	omitted := r.probeOmittedName(ctx)
	r.prove(ctx, "with awkward names")
	for i, k := range keys {
		name := names[(i+1)%len(names)]
		if r.mayAsk(ctx) {
			r.edit(ctx, k, name, "to "+short(name))
		}
		if r.mayAsk(ctx) {
			r.get(ctx, k)
		}
	}
	r.prove(ctx, "after awkward names were exchanged")
	r.deleteKeys(ctx, append(keys, omitted)...)
}

// probeOmittedName creates a key without a name, which the document permits: the name is then empty.
func (r *run) probeOmittedName(ctx context.Context) *key {
	k := &key{label: "the key without a name"}
	if !r.mayAsk(ctx) || len(r.account.live()) >= r.room {
		return k
	}
	a, findings := r.settled(ctx, func() (answer, []finding) {
		a := r.send(ctx, r.call(createTurnKey, "", "with {}").withBody("{}"))
		return a, r.created(a, k, "")
	})
	r.violateAll(a, findings)
	if !k.exists() || !r.mayAsk(ctx) {
		return k
	}
	// What leaving it out of an edit does is not known: the name may stay, or become empty.
	a, findings = r.settled(ctx, func() (answer, []finding) {
		a := r.send(ctx, r.call(editTurnKey, k.uid, "of "+k.label+", with {}").withBody("{}"))
		return a, r.wantSuccess(a)
	})
	r.violateAll(a, findings)
	r.takeUp(a, k)
	return k
}
