package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/diff"
)

// comparison collects the differences: each a place, such as createTurnKey.201:/result/key, and what differs there.
type comparison struct{ differences []string }

// compare compares what requests and responses consist of. It leaves out texts, examples, links and security.
func compare(ours, theirs *openapi3.T) ([]string, error) {
	all, err := diff.Get(diff.NewConfig(diff.WithExcludeElements(diff.GetExcludeDiffOptions())), ours, theirs)
	if err != nil {
		return nil, err
	}
	var c comparison
	if paths := all.PathsDiff; paths != nil {
		c.addEach(paths.Added, "", "only Cloudflare has this path")
		for path, item := range paths.Modified {
			if item.OperationsDiff == nil {
				continue
			}
			c.addEach(item.OperationsDiff.Added, path+" ", "only Cloudflare has this operation")
			for _, operation := range item.OperationsDiff.Modified {
				c.operation(operation)
			}
		}
	}
	slices.Sort(c.differences)
	return c.differences, nil
}

func (c *comparison) add(place, format string, args ...any) {
	c.differences = append(c.differences, place+": "+fmt.Sprintf(format, args...))
}

func (c *comparison) addEach(names []string, before, what string) {
	for _, name := range names {
		c.add(before+name, "%s", what)
	}
}

func (c *comparison) operation(d *diff.MethodDiff) {
	id := d.Base.OperationID
	if d.DeprecatedDiff != nil {
		c.add(id, "deprecated is %v for us, %v for Cloudflare", d.DeprecatedDiff.From, d.DeprecatedDiff.To)
	}
	c.parameters(id+".request:", d.ParametersDiff)
	if body := d.RequestBodyDiff; body != nil {
		c.keywords(id+".request:body", body, "content")
		c.content(id+".request:", body.ContentDiff, contentOf(d.Revision.RequestBody))
	}
	if d.ResponsesDiff == nil {
		return
	}
	c.addEach(d.ResponsesDiff.Added, id+".", "only Cloudflare has this status")
	c.addEach(d.ResponsesDiff.Deleted, id+".", "only we have this status")
	for status, response := range d.ResponsesDiff.Modified {
		place := id + "." + status + ":"
		c.content(place, response.ContentDiff, response.Revision.Content)
		if headers := response.HeadersDiff; headers != nil {
			c.addEach(headers.Added, place+"header:", "only Cloudflare has this header")
			c.addEach(headers.Deleted, place+"header:", "only we have this header")
			for name, header := range headers.Modified {
				c.keywords(place+"header:"+name, header, "schema")
				c.schema(place+"header:"+name, "", header.SchemaDiff)
			}
		}
	}
}

func (c *comparison) parameters(place string, d *diff.ParametersDiffByLocation) {
	if d == nil {
		return
	}
	for in, names := range d.Added {
		c.addEach(names, place+in+":", "only Cloudflare has this parameter")
	}
	for in, names := range d.Deleted {
		c.addEach(names, place+in+":", "only we have this parameter")
	}
	for in, parameters := range d.Modified {
		for name, parameter := range parameters {
			c.keywords(place+in+":"+name, parameter, "schema")
			c.schema(place+in+":"+name, "", parameter.SchemaDiff)
		}
	}
}

func contentOf(body *openapi3.RequestBodyRef) openapi3.Content {
	if body == nil {
		return nil
	}
	return body.Value.Content
}

func (c *comparison) content(place string, d *diff.ContentDiff, theirs openapi3.Content) {
	if d == nil {
		return
	}
	for _, name := range d.MediaTypeAdded {
		if schema := theirs[name].Schema; schema != nil {
			c.add(place+name, "only Cloudflare has this media type (%s)", typeOf(schema.Value))
		} else {
			c.add(place+name, "only Cloudflare has this media type (without a schema)")
		}
	}
	c.addEach(d.MediaTypeDeleted, place, "only we have this media type")
	for _, mediaType := range d.MediaTypeModified {
		c.keywords(place+"body", mediaType, "schema")
		c.schema(place, "", mediaType.SchemaDiff)
	}
}

// schema compares what is at a JSON pointer, where * stands for each item of an array.
func (c *comparison) schema(prefix, pointer string, d *diff.SchemaDiff) {
	if d == nil {
		return
	}
	place := prefix + pointer
	if strings.HasSuffix(place, ":") {
		place += "body"
	}
	switch {
	case d.SchemaAdded:
		c.add(place, "only Cloudflare has a schema")
		return
	case d.SchemaDeleted:
		c.add(place, "only we have a schema")
		return
	}
	if d.TypeDiff != nil {
		c.keyword(place, "type", typeOf(d.Base), typeOf(d.Revision))
	}
	if d.EnumDiff != nil {
		c.keyword(place, "enum", d.Base.Enum, d.Revision.Enum)
	}
	if required := d.RequiredDiff; required != nil {
		c.addEach(required.Added, prefix+pointer+"/", "only Cloudflare requires this field")
		c.addEach(required.Deleted, prefix+pointer+"/", "only we require this field")
	}
	if properties := d.PropertiesDiff; properties != nil {
		for _, name := range properties.Added {
			c.add(prefix+pointer+"/"+name, "only Cloudflare has this field (%s)", typeOf(d.Revision.Properties[name].Value))
		}
		for _, name := range properties.Deleted {
			c.add(prefix+pointer+"/"+name, "only we have this field (%s)", typeOf(d.Base.Properties[name].Value))
		}
		for name, property := range properties.Modified {
			c.schema(prefix, pointer+"/"+name, property)
		}
	}
	c.schema(prefix, pointer+"/*", d.ItemsDiff)
	c.keywords(place, d, "type", "enum", "required", "properties", "items",
		"listOfTypes", "oneOfWrapping", "nullableWrapping", // oasdiff's readings of what the other keywords say
		"externalDocs", "XML", "$comment")
}

// keywords compares what a diff says of single values. Of anything else it shows oasdiff's own account, so that nothing
// is passed over.
func (c *comparison) keywords(place string, d any, handled ...string) {
	encoded, err := json.Marshal(d)
	if err != nil {
		panic(err) // oasdiff made it from JSON
	}
	var keywords map[string]json.RawMessage
	if err := json.Unmarshal(encoded, &keywords); err != nil {
		panic(err)
	}
	for name, encoded := range keywords {
		if slices.Contains(handled, name) {
			continue
		}
		var value struct{ From, To *any }
		if json.Unmarshal(encoded, &value) != nil || value.From == nil && value.To == nil {
			c.add(place, "%s differs: %s", name, encoded)
			continue
		}
		c.keyword(place, name, given(name, value.From), given(name, value.To))
	}
}

// given returns nil for a value that oasdiff has in place of a keyword that is not there.
func given(name string, value *any) any {
	if value == nil || *value == false || *value == "" && name != "default" ||
		*value == 0.0 && strings.HasPrefix(name, "min") && name != "min" {
		return nil
	}
	return *value
}

// What oasdiff calls otherwise than OpenAPI does.
var keywordNames = map[string]string{
	"min": "minimum", "max": "maximum", "minProps": "minProperties", "maxProps": "maxProperties",
	"exclusiveMin": "exclusiveMinimum", "exclusiveMax": "exclusiveMaximum",
}

func (c *comparison) keyword(place, name string, ours, theirs any) {
	if openAPIName, ok := keywordNames[name]; ok {
		name = openAPIName
	}
	switch {
	case isNone(ours):
		c.add(place, "only Cloudflare has %s %s", name, show(theirs))
	case isNone(theirs):
		c.add(place, "only we have %s %s", name, show(ours))
	default:
		c.add(place, "%s is %s for us, %s for Cloudflare", name, show(ours), show(theirs))
	}
}

func isNone(value any) bool {
	list, isList := value.([]any)
	return value == nil || isList && len(list) == 0
}

func show(value any) string {
	if text, ok := value.(string); ok && text != "" {
		return text
	}
	encoded, _ := json.Marshal(value)
	return string(encoded)
}

func typeOf(schema *openapi3.Schema) string {
	if types := schema.Type.Slice(); len(types) > 0 {
		return strings.Join(types, " or ")
	}
	return "any type"
}
