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
		"007",
		"null",
		name + ` <script>alert("1")</script> &lt;&amp;&#39; {{.}} ${HOME} $(id) %s %d %00 %2F` +
			`'; DROP TABLE keys; -- \u0041 \n \" // ../../ ?a=b&c=d#e`,
		name + " \u00e9 e\u0301 \u212b A\u030a \ufb01 \u0130 \u0131 \u1e9e \u00df UPPER lower",
		"\ufeff" + name + "\u200b\u200d\u202e\u2028\u2029\ufffd\uffff\u00a0 \U0001F468\u200d\U0001F469\u200d\U0001F467 \U0001F1E9\U0001F1EA \U00020000 \U0010FFFF",
	}
}

// probeNames takes awkward names through create and edit, and reads each back.
func (r *run) probeNames(ctx context.Context) {
	names := awkwardNames(r.name)
	var keys []*key
	for i, name := range names {
		if !strings.Contains(name, r.name) { // the run could not find the key if the response to its create was lost
			name = fmt.Sprintf("%s awkward %d", r.name, i+1)
		}
		if k := r.createKey(ctx, r.main, fmt.Sprintf("the key with awkward name %d", i+1), name); k.exists() {
			keys = append(keys, k)
		}
	}
	long := r.main.call(createTurnKey, r.main.newKey("the key with a long name"), "with a name of about 5,000 characters")
	r.createFrom(ctx, long.withName(strings.Repeat(r.name+" \u9375 ", 5000/len(r.name))).expecting(success.unlimited()))
	r.probeOmittedName(ctx)
	r.checkList(ctx, r.main, "with awkward names")
	for i, k := range keys {
		name := names[(i+1)%len(names)]
		if k.exists() && r.mayAsk(ctx, 1) {
			r.edit(ctx, r.main.call(editTurnKey, k, "to "+short(name)).withName(name))
		}
	}
	r.checkList(ctx, r.main, "after awkward names were exchanged")
}

// probeOmittedName creates a key without a name, which the document permits: the name is then empty.
func (r *run) probeOmittedName(ctx context.Context) {
	k, none := r.main.newKey("the key without a name"), ""
	c := r.main.call(createTurnKey, k, "with {}").withBody("application/json", "{}")
	c.name = &none
	r.createFrom(ctx, c)
	for _, words := range []string{"to its first name", "to the name that it has"} {
		if k.exists() && r.mayAsk(ctx, 1) {
			r.edit(ctx, r.main.call(editTurnKey, k, words).withName(r.name+" named"))
		}
	}
	if k.exists() && r.mayAsk(ctx, 1) { // the document leaves open whether the name then stays or becomes empty
		r.awaitTick(ctx, k)
		r.ask(ctx, r.main.call(editTurnKey, k, "with {}").withBody("application/json", "{}"))
	}
}
