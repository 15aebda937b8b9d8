package contract

import (
	"slices"
	"strconv"
)

const htmlPage = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>\n"

// mutants returns what one change makes of an exchange.
func (s subject) mutants(samples *samples) []mutant {
	all := slices.Concat(s.fieldMutants(samples, Response, s.answer), s.bodyMutants(Response), s.responseMutants(samples))
	if s.first {
		all = slices.Concat(all, s.fieldMutants(samples, Request, s.sent), s.bodyMutants(Request), s.requestMutants(samples))
	}
	return all
}

func (s subject) mutant(in Side, class, what string, at ...string) mutant {
	return mutant{trial: s.trial, class: class, what: what, in: in, at: at}
}

// fieldMutants change one field of a body.
func (s subject) fieldMutants(samples *samples, in Side, f *form) (all []mutant) {
	if f == nil {
		return nil
	}
	walker{samples, func(c change) {
		m := s.mutant(in, c.class, c.what, c.at...)
		m.rule, m.valid = c.rule, c.valid
		m.half(in).body = encode(c.value)
		all = append(all, m)
	}}.walk(f.schemas, "", f.value)
	return all
}

// bodyMutants change a body as a whole, and the header that says what it is.
func (s subject) bodyMutants(in Side) []mutant {
	body := string(s.half(in).body)
	if body == "" {
		return s.unexpectedBodies(in)
	}
	var all []mutant
	change := func(class, what, body string) {
		m := s.mutant(in, class, what, "body")
		m.half(in).body = []byte(body)
		all = append(all, m)
	}
	change("truncated", "last byte", body[:len(body)-1])
	change("truncated", "half", body[:len(body)/2])
	change("truncated", "all but one byte", body[:1])
	change("doubled", "two documents", body+body)
	change("doubled", "two documents on two lines", body+"\n"+body)
	for _, garbage := range []string{"garbage", ",", "}", "\x00", "\xff", "<!-- cached -->"} {
		change("trailing", strconv.Quote(garbage), body+garbage)
	}
	change("leading", "byte order mark", "\uFEFF"+body)
	change("leading", "guard", ")]}'\n"+body)
	change("html", "called JSON", htmlPage)
	change("empty", "white space", " \n")
	nothing := s.mutant(in, "empty", "no body, no media type", "body")
	*nothing.half(in) = message{header: s.half(in).header}
	nothing.half(in).setHeader("Content-Type")
	nothing.valid = in == Response && s.mayBeEmpty || in == Request && !s.operation.RequestBody.Value.Required
	all = append(all, nothing)
	return append(all, s.mediaTypes(in)...)
}

// mediaTypes change the Content-Type alone, but for an HTML page that is true to it.
func (s subject) mediaTypes(in Side) []mutant {
	var all []mutant
	change := func(what string, values ...string) *mutant {
		m := s.mutant(in, "media type", what, "header:Content-Type")
		m.half(in).setHeader("Content-Type", values...)
		all = append(all, m)
		return &all[len(all)-1]
	}
	change("missing")
	change("twice", mediaJSON, "text/html")
	for _, other := range []string{
		"", "json", "application", "application/*", "text/html", "text/plain", "text/json", "application/problem+json",
		"application/json-seq", "application/x-ndjson", "application/json, text/html", "application/json; charset",
	} {
		change(strconv.Quote(other), other)
	}
	for _, charset := range []string{"iso-8859-1", "utf-16", "us-ascii", `""`} {
		change("charset "+charset, mediaJSON+"; charset="+charset)
	}
	change("HTML", "text/html; charset=utf-8").half(in).body = []byte(htmlPage)
	for _, same := range []string{"application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"} {
		change(same, same).valid = true
	}
	return all
}

// unexpectedBodies are put where there is none: one may be documented in words, but none of these.
func (s subject) unexpectedBodies(in Side) []mutant {
	var all []mutant
	for what, body := range sorted(map[string]string{
		"an object": "{}", "null": "null", "a text": "not found", "white space": "\n", "HTML": htmlPage,
	}) {
		m := s.mutant(in, "body", what)
		m.half(in).setHeader("Content-Type", mediaJSON)
		m.half(in).body = []byte(body)
		all = append(all, m)
	}
	return all
}
