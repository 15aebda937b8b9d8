package contract

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// stringChanges returns the strings that differ a little from a valid one and that its schemas refuse, and some that
// they allow.
func stringChanges(s schemas, text string) []change {
	var changes []change
	others := nearby(text)
	for _, schema := range s {
		if schema.MinLength > 0 {
			others["too short"] = strings.Repeat("x", int(schema.MinLength)-1)
		}
		if schema.MaxLength != nil {
			others["too long"] = strings.Repeat("x", int(*schema.MaxLength)+1)
		}
	}
	for what, other := range sorted(others) {
		switch {
		case other == text:
		case !s.fits(other) && what == "empty":
			changes = append(changes, change{class: "empty", what: "string", value: other})
		case !s.fits(other):
			changes = append(changes, change{class: "pattern", what: what, value: other})
		default:
			changes = append(changes, change{class: "valid", what: what, value: other, valid: true})
		}
	}
	if slices.ContainsFunc(s, func(schema *openapi3.Schema) bool { return schema.Format == "date-time" }) {
		for what, other := range sorted(impossibleDates(text)) {
			changes = append(changes, change{class: "date", what: what, value: other})
		}
	}
	return changes
}

func nearby(text string) map[string]string {
	all := map[string]string{
		"empty":             "",
		"start":             "!" + text,
		"end":               text + "!",
		"space before":      " " + text,
		"space after":       text + " ",
		"line end after":    text + "\n",
		"one longer":        text + "0",
		"twice":             text + text,
		"upper case":        strings.ToUpper(text),
		"a blank in it":     text[:len(text)/2] + " " + text[len(text)/2:],
		"another character": strings.Repeat("g", len(text)),
	}
	if text != "" {
		all["without its first"] = text[1:]
		all["without its last"] = text[:len(text)-1]
	}
	return all
}

func impossibleDates(text string) map[string]string {
	day, clock, _ := strings.Cut(text, "T")
	year, _, _ := strings.Cut(day, "-")
	return map[string]string{
		"30 February":                     year + "-02-30T" + clock,
		"29 February outside a leap year": "2025-02-29T" + clock,
		"31 April":                        year + "-04-31T" + clock,
		"day 0":                           year + "-01-00T" + clock,
		"month 0":                         year + "-00-01T" + clock,
		"month 13":                        year + "-13-01T" + clock,
		"hour 24":                         day + "T24:00:00Z",
		"minute 60":                       day + "T08:60:00Z",
		"second 61":                       day + "T08:15:61Z",
		"hour of one digit":               day + "T8:15:30Z",
		"comma before the fraction":       day + "T08:15:30,5Z",
		"fraction without digits":         day + "T08:15:30.Z",
		"no zone":                         day + "T08:15:30",
		"zone of 24 hours":                day + "T08:15:30+24:00",
		"zone without colon":              day + "T08:15:30+0100",
		"no time":                         day,
		"no T":                            day + " " + clock,
		"Unix time":                       "1795335330",
	}
}
