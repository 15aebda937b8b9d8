package contract

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// change is a body that differs from a valid one in one place.
type change struct {
	class, what string
	at          []string // this, rule and valid are as in a mutant
	rule        string
	valid       bool
	value       any
}

// walker changes a value wherever its schemas say what may stand there.
type walker struct {
	*samples
	emit func(change)
}

func (w walker) broken(class, what string, at []string, value any) {
	w.emit(change{class: class, what: what, at: at, value: value})
}

// exposed puts a secret where none may be: that is to be told apart from the other rules that this may break.
func (w walker) exposed(what string, at []string, value any) {
	w.emit(change{class: "secret", rule: "secret", what: what, at: at, value: value})
}

func (w walker) allowed(what, pointer string, value any) {
	w.emit(change{class: "valid", what: what, at: near(pointer), value: value, valid: true})
}

// within returns a walker for a part of a value: put puts a changed part back.
func (w walker) within(put func(any) any) walker {
	return walker{w.samples, func(c change) {
		c.value = put(c.value)
		w.emit(c)
	}}
}

func (w walker) walk(s schemas, at string, value any) {
	w.retype(s, at, value)
	switch value := value.(type) {
	case map[string]any:
		w.walkObject(s, at, value)
	case []any:
		w.walkArray(s, at, value)
	case string:
		w.walkString(s, at, value)
	case float64:
		w.walkNumber(s, at, value)
	}
}

func (w walker) retype(s schemas, at string, value any) {
	others := map[string]any{
		"string": string(encode(value)), "number": 0.5, "boolean": true,
		"array": []any{value}, "object": map[string]any{}, "null": nil,
	}
	for jsonType, other := range sorted(others) {
		switch {
		case s.allows(jsonType):
		case jsonType == "null":
			w.broken("null", "null", near(at), nil)
		default:
			w.broken("retype", jsonType, near(at), other)
		}
	}
	if value != nil && s.allows("null") {
		w.allowed("null", at, nil)
	}
}

func (w walker) walkObject(s schemas, at string, object map[string]any) {
	properties := s.properties()
	for name, value := range sorted(object) {
		field := join(at, name)
		without := maps.Clone(object)
		delete(without, name)
		if s.requires(name) {
			w.broken("remove", "field", near(field), without)
		} else {
			w.allowed("remove", field, without)
		}
		for _, other := range []string{name + "_", strings.ToUpper(name)} {
			w.broken("rename", other, []string{field, join(at, other)}, with(without, other, value))
		}
		if _, secret := w.secrets[name]; secret {
			w.emit(change{class: "rename", what: "secret", at: []string{field}, rule: "renamed", value: with(without, "secret", value)})
		}
		w.emit(change{class: "duplicate", what: "field", at: []string{field}, rule: "duplicate", value: twice(object, name)})
		w.within(func(changed any) any { return with(object, name, changed) }).walk(properties[name], field, value)
	}
	w.addFields(s, at, object)
}

// addFields adds fields that no schema has. Some names are not reported as they are.
func (w walker) addFields(s schemas, at string, object map[string]any) {
	for _, name := range []string{"undocumented", ""} {
		w.broken("add", strconv.Quote(name), []string{join(at, name)}, with(object, name, true))
	}
	w.broken("add", "a long name", nil, with(object, strings.Repeat("long", 300), true))
	w.broken("add", "a name on two lines", nil, with(object, "two\r\nlines\u2028", true))
	w.broken("add", "the token as a name", []string{join(at, "[redacted]")}, with(object, testToken, true))
	for name, secret := range sorted(w.secrets) {
		w.exposed("as a field's name", []string{join(at, "[redacted]")}, with(object, secret, true))
		if s.properties()[name] == nil {
			w.exposed("where it is not documented", []string{join(at, name)}, with(object, name, secret))
		}
	}
}

func (w walker) walkArray(s schemas, at string, array []any) {
	for i, item := range array {
		put := func(changed any) any {
			copied := slices.Clone(array)
			copied[i] = changed
			return copied
		}
		w.within(put).walk(s.items(), join(at, strconv.Itoa(i)), item)
	}
	least, most := 0, -1
	for _, schema := range s {
		least = max(least, int(schema.MinItems))
		if schema.MaxItems != nil {
			most = int(*schema.MaxItems)
		}
	}
	if least > 0 {
		w.broken("empty", "array", near(at), []any{})
	} else {
		w.allowed("empty array", at, []any{})
	}
	if least > 1 {
		w.broken("range", "too few items", near(at), slices.Repeat(array[:1], least-1))
	}
	if most >= 0 {
		w.broken("range", "too many items", near(at), slices.Repeat(array[:1], most+1))
		w.allowed("as many items as may be", at, slices.Repeat(array[:1], most))
	}
}

func (w walker) walkNumber(s schemas, at string, number float64) {
	for _, schema := range s {
		if schema.Min != nil {
			w.broken("range", "below the minimum", near(at), *schema.Min-1)
			w.broken("range", "negative", near(at), min(-number, *schema.Min-1))
			w.allowed("the minimum", at, *schema.Min)
		}
		if schema.Max != nil {
			w.broken("range", "above the maximum", near(at), *schema.Max+1)
			w.allowed("the maximum", at, *schema.Max)
		}
	}
}

func (w walker) walkString(s schemas, at, text string) {
	for _, c := range stringChanges(s, text) {
		c.at = near(at)
		w.emit(c)
	}
	w.broken("utf8", near(at)[0], []string{"body"}, json.RawMessage("\"\xff"+string(encode(text))[1:]))
	if s.secret() {
		return
	}
	for name, secret := range sorted(w.secrets) {
		w.exposed("in place of a text: "+name, near(at), secret)
		w.exposed("within a text: "+name, near(at), "it is "+secret)
	}
}

func with(object map[string]any, name string, value any) map[string]any {
	copied := maps.Clone(object)
	copied[name] = value
	return copied
}

// twice is an object with one of its fields once more.
func twice(object map[string]any, name string) json.RawMessage {
	again := encode(map[string]any{name: object[name]})
	return slices.Concat(encode(object)[:len(encode(object))-1], []byte(","), again[1:])
}
