package contract

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// checkExamples checks the examples of all bodies as strictly as bodies are checked. The error is one line about the
// first that is wrong.
func (d *document) checkExamples(required map[*openapi3.Schema]map[string]string) error {
	for _, o := range d.operations {
		contents := map[string]openapi3.Content{}
		if o.RequestBody != nil {
			contents["request"] = o.RequestBody.Value.Content
		}
		for status, response := range o.Responses.Map() {
			contents[status] = response.Value.Content
		}
		for _, side := range slices.Sorted(maps.Keys(contents)) {
			for _, media := range contents[side] {
				if err := d.checkMediaExamples(media, required); err != nil {
					return fmt.Errorf("the document is not valid: %s.%s: %w", o.OperationID, side, err)
				}
			}
		}
	}
	return nil
}

func (d *document) checkMediaExamples(media *openapi3.MediaType, required map[*openapi3.Schema]map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
		example := media.Examples[name]
		f := &findings{}
		d.checkSchema(f, "", media.Schema.Value, example.Value.Value)
		violations := f.cleaned(nil)
		if len(violations) == 0 {
			continue
		}
		v, reason := violations[0], ""
		if v.Rule == "required" {
			reason = ", and schema " + requirer(media.Schema.Value, strings.Split(v.At, "/")[1:], required) + " requires it"
		}
		return fmt.Errorf("example %s: %s: %s%s", cmp.Or(refName(example.Ref), name), v.At, v.Message, reason)
	}
	return nil
}

// requirer returns the name of the schema that requires the field at a path.
func requirer(schema *openapi3.Schema, path []string, required map[*openapi3.Schema]map[string]string) string {
	name := required[schema][path[0]]
	if len(path) == 1 || schema == nil {
		return name
	}
	return cmp.Or(requirer(child(schema, path[0]), path[1:], required), name)
}

// requiredBy maps each required field of an object to the name of the schema that says so.
func requiredBy(name string, schema *openapi3.Schema) map[string]string {
	by := map[string]string{}
	for _, branch := range schema.AllOf {
		maps.Copy(by, requiredBy(cmp.Or(refName(branch.Ref), name), branch.Value))
	}
	for _, field := range schema.Required {
		by[field] = name
	}
	return by
}

// refName returns the last name of a reference, or "".
func refName(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }
