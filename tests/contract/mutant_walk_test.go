package contract_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// mutation is a body that was changed in one place.
type mutation struct {
	what, at string
	value    any
	allowed  bool // the schemas allow it even so
}

// walker changes one part of a body in every way that its schemas speak of.
type walker struct {
	schemas schemas
	at      string
	put     func(any) any // returns the body with another value in this place
	all     *[]mutation
}

func mutations(body *example) (all []mutation) {
	walker{body.schemas, "", func(value any) any { return value }, &all}.walk(body.value)
	return all
}

func (w walker) change(what, at string, value any, allowed bool) {
	*w.all = append(*w.all, mutation{what, at, w.put(value), allowed})
}

// try lets the schemas say whether a value is allowed.
func (w walker) try(what string, value any) { w.change(what, w.at, value, w.schemas.fit(value)) }

func (w walker) below(name string, schemas schemas, put func(any) any) walker {
	at := w.at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
	return walker{schemas, at, func(value any) any { return w.put(put(value)) }, w.all}
}

func (w walker) walk(value any) {
	others := []any{nil, true, false, 0.5, encode(value), []any{value}, map[string]any{}}
	for _, other := range others {
		if encode(other) != encode(value) {
			w.try("type", other)
		}
	}
	switch value := value.(type) {
	case map[string]any:
		w.walkObject(value)
	case []any:
		w.walkArray(value)
	case string:
		w.walkString(value)
	case float64:
		w.walkNumber()
	}
}

func (w walker) walkObject(object map[string]any) {
	properties := w.schemas.properties()
	for name, value := range sorted(object) {
		field := w.below(name, properties[name], func(value any) any { return with(object, name, value) })
		without := maps.Clone(object)
		delete(without, name)
		w.change("required", field.at, without, !w.schemas.requires(name))
		w.change("duplicate", field.at, json.RawMessage(encode(object)[:len(encode(object))-1]+","+encode(map[string]any{name: value})[1:]), false)
		field.walk(value)
	}
	names := []string{"undocumented", ""}
	for name := range properties {
		names = append(names, strings.ToUpper(name))
	}
	for _, name := range names {
		w.change("undocumented", w.at+"/"+name, with(object, name, true), false)
	}
}

func (w walker) walkArray(array []any) {
	for i, item := range array {
		w.below(strconv.Itoa(i), w.schemas.items(), func(value any) any {
			changed := slices.Clone(array)
			changed[i] = value
			return changed
		}).walk(item)
	}
	w.try("items", []any{})
	for _, schema := range w.schemas {
		if schema.MaxItems != nil && len(array) > 0 {
			w.try("items", slices.Repeat(array[:1], int(*schema.MaxItems)))
			w.try("items", slices.Repeat(array[:1], int(*schema.MaxItems)+1))
		}
	}
}

func (w walker) walkNumber() {
	for _, schema := range w.schemas {
		for _, limit := range []*float64{schema.Min, schema.Max} {
			if limit != nil {
				w.try("range", *limit-1)
				w.try("range", *limit)
				w.try("range", *limit+1)
			}
		}
	}
}

func (w walker) walkString(text string) {
	middle := len(text) / 2
	for _, other := range []string{
		"", "!" + text, text + "!", " " + text, text + " ", text + "\n", text + "0", text + text, strings.ToUpper(text),
		text[:middle] + " " + text[middle:], "g" + text[min(1, len(text)):], text[min(1, len(text)):], text[:max(len(text)-1, 0)],
	} {
		if other != text {
			w.try("text", other)
		}
	}
	for _, schema := range w.schemas {
		if schema.MinLength > 0 {
			w.try("length", strings.Repeat("x", int(schema.MinLength)-1))
		}
		if schema.MaxLength != nil {
			w.try("length", strings.Repeat("x", int(*schema.MaxLength)+1))
		}
	}
}

func with(object map[string]any, name string, value any) map[string]any {
	changed := maps.Clone(object)
	changed[name] = value
	return changed
}
