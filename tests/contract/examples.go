package contract

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// contents returns the content of the request body and of the responses, by "request" and the names of the responses.
func (o *Operation) contents() map[string]openapi3.Content {
	contents := map[string]openapi3.Content{}
	if o.TakesBody {
		contents["request"] = o.spec.RequestBody.Value.Content
	}
	for name, response := range o.spec.Responses.Map() {
		contents[name] = response.Value.Content
	}
	return contents
}

// checkExamples checks the examples of all JSON bodies as strictly as bodies are checked. The error is one line about
// the first that is wrong.
func (d *Document) checkExamples(o *Operation) error {
	contents := o.contents()
	for _, side := range slices.Sorted(maps.Keys(contents)) {
		for mediaType, media := range contents[side] {
			if media.Schema == nil || !isJSON(mediaType) {
				continue
			}
			for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
				example := media.Examples[name]
				f := &findings{names: d.spec.Components}
				d.checkValue(f, "", media.Schema.Value, example.Value.Value)
				if violations := f.cleaned(nil); len(violations) > 0 {
					name = cmp.Or(example.Ref[strings.LastIndex(example.Ref, "/")+1:], name)
					return fmt.Errorf("%s: example %s: %s: %s", side, name, violations[0].At, violations[0].Message)
				}
			}
		}
	}
	return nil
}

// requiredBy returns the words that name a schema, if its name is wanted.
func (f *findings) requiredBy(schema *openapi3.Schema) string {
	if f.names != nil {
		for name, ref := range f.names.Schemas {
			if ref.Value == schema {
				return ", and schema " + name + " requires it"
			}
		}
	}
	return ""
}
