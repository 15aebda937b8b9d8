package contract

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// reportRenamed finds a secret that was sent in another field than the documented one, and moves it there, so that the
// one departure is reported once, with what to do about it, and the rest of the body is checked as usual.
func reportRenamed(f *findings, at string, schema *openapi3.Schema, value any) {
	object, ok := value.(map[string]any)
	if !ok || schema == nil {
		return
	}
	for name, property := range schema.Properties {
		if property.Value.Format != "password" {
			reportRenamed(f, join(at, name), property.Value, object[name])
			continue
		}
		other := secretIn(object, schema)
		if _, ok := object[name]; ok || other == "" {
			continue
		}
		f.add(join(at, name), "renamed", "the secret came as %q; turnkeys reads both: accept %s.%d:%s, or change openapi.yaml if Cloudflare documents it",
			other, f.side.OperationID, f.side.Status, join(at, name))
		object[name] = object[other]
		delete(object, other)
	}
}

// secretIn returns the first undocumented field that holds what looks like a secret.
func secretIn(object map[string]any, schema *openapi3.Schema) string {
	var names []string
	for name, value := range object {
		if text, ok := value.(string); ok && schema.Properties[name] == nil && secretPattern.MatchString(text) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return slices.Min(names)
}
