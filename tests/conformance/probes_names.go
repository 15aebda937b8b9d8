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
		k := r.newKey(ctx, r.main, fmt.Sprintf("the key with awkward name %d", i+1), name)
		if k.exists() {
			keys = append(keys, k)
		}
	}
	r.probeLongName(ctx)
	r.probeOmittedName(ctx)
	r.checkList(ctx, r.main, "with awkward names")
	for i, k := range keys {
		name := names[(i+1)%len(names)]
		if r.mayAsk(ctx) {
			r.edit(ctx, k, name, "to "+short(name))
		}
	}
	r.checkList(ctx, r.main, "after awkward names were exchanged")
}

// probeLongName creates a key with a name of 5,000 characters. The document has no limit, but a server may have one.
func (r *run) probeLongName(ctx context.Context) {
	k := r.main.newKey("the key with a long name")
	if !r.mayAsk(ctx) || len(r.main.live()) >= r.main.roomAtStart {
		return
	}
	name := strings.Repeat(r.name+" \u9375 ", 5000/len(r.name))
	a := r.send(ctx, r.main.call(createTurnKey, "", "with a name of about 5,000 characters").withName(name))
	if a.status >= 400 && a.status <= 499 {
		r.addNotice(a.call, "is refused with %d", a.status)
		return
	}
	r.addFindings(a, r.noteCreated(a, k, name))
}

// probeOmittedName creates a key without a name, which the document permits: the name is then empty.
func (r *run) probeOmittedName(ctx context.Context) {
	k := r.main.newKey("the key without a name")
	if !r.mayAsk(ctx) || len(r.main.live()) >= r.main.roomAtStart {
		return
	}
	a, findings := r.askUntilSettled(ctx, func() (answer, []finding) {
		a := r.send(ctx, r.main.call(createTurnKey, "", "with {}").withBody("{}"))
		return a, r.noteCreated(a, k, "")
	})
	r.addFindings(a, findings)
	if k.uid != "" && r.mayAsk(ctx) {
		r.get(ctx, k)
	}
	if k.exists() && r.mayAsk(ctx) {
		r.edit(ctx, k, r.name+" named", "which had no name")
	}
	if k.exists() && r.mayAsk(ctx) {
		r.edit(ctx, k, r.name+" named", "to the name that it has")
	}
	if k.exists() && r.mayAsk(ctx) {
		r.editWithoutName(ctx, k)
	}
}

// editWithoutName edits a key with {}. The document leaves open whether the name then stays or becomes empty.
func (r *run) editWithoutName(ctx context.Context, k *key) {
	r.awaitTick(ctx, k)
	before, after := *k.current().name, ""
	a, findings := r.askUntilSettled(ctx, func() (answer, []finding) {
		a := r.send(ctx, r.main.call(editTurnKey, k.uid, "of "+k.label+", with {}").withBody("{}"))
		findings := r.wantSuccess(a)
		if len(findings) > 0 || a.key == nil || a.status > 299 {
			return a, findings
		}
		if a.key.name != nil && *a.key.name == before {
			after = before
		}
		return a, editFindings(a, k, after)
	})
	r.addFindings(a, findings)
	r.noteEdited(a, k, after)
}
