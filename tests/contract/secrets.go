package contract

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// A secret is the value of a field with format: password. It must not appear anywhere else, in this exchange or any
// later one. A token must not appear outside the Authorization header.

// secrets returns those in the body.
func (m *message) secrets() (secrets []string) {
	visit("", schemaList(m.schema), m.value, func(_ string, schemas []*openapi3.Schema, value any) {
		if text, ok := value.(string); ok && isPassword(schemas) {
			secrets = append(secrets, text)
		}
	})
	return secrets
}

func isPassword(schemas []*openapi3.Schema) bool {
	return slices.ContainsFunc(flatten(schemas), func(schema *openapi3.Schema) bool { return schema.Format == "password" })
}

// moveRenamed finds a secret that came in another field than the documented one, and moves it there, so that this is
// reported once and the rest is checked as usual.
func (m *message) moveRenamed(at string, schemas []*openapi3.Schema, value any) {
	object, ok := value.(map[string]any)
	if !ok {
		return
	}
	fields := fieldsOf(schemas)
	for name, property := range fields.named {
		if !isPassword(property) {
			m.moveRenamed(join(at, name), property, object[name])
			continue
		}
		if _, ok := object[name]; ok {
			continue
		}
		for _, other := range slices.Sorted(maps.Keys(object)) {
			text, ok := object[other].(string)
			if ok && fields.named[other] == nil && len(text) >= credentials.ShortestSecret &&
				m.document.validate(property[0], text, m.about.In) == nil {
				m.add(join(at, name), "renamed", "the secret came as %q", other)
				object[name] = text
				delete(object, other)
				break
			}
		}
	}
}

// checkSecrets reports secrets and tokens in headers and in the body.
func (m *message) checkSecrets(known Secrets) {
	for name, values := range m.Header {
		m.checkHeaderSecrets(name, values, known)
	}
	for name, values := range m.Trailer {
		m.checkHeaderSecrets(name, values, known)
	}
	if m.value == nil {
		m.checkSecret("body", string(m.Body), known)
		return
	}
	visit("", schemaList(m.schema), m.value, func(at string, schemas []*openapi3.Schema, value any) {
		switch value := value.(type) {
		case map[string]any:
			for name := range value {
				m.checkSecret(join(at, name), name, known)
			}
		case string:
			if isPassword(schemas) {
				m.checkSecret(orBody(at), value, Secrets{Tokens: known.Tokens})
			} else {
				m.checkSecret(orBody(at), value, known)
			}
		}
	})
}

func (m *message) checkHeaderSecrets(name string, values []string, known Secrets) {
	for _, value := range values {
		if name == "Authorization" {
			m.checkSecret("header:"+name, value, Secrets{Keys: known.Keys})
		} else {
			m.checkSecret("header:"+name, value, known)
		}
	}
}

func (m *message) checkURLSecrets(u *url.URL, known Secrets) {
	m.checkSecret("path", u.Path, known)
	query := u.Query()
	if len(query) == 0 {
		m.checkSecret("query:", u.RawQuery, known)
	}
	for name, values := range query {
		m.checkSecret("query:"+name, name+" "+strings.Join(values, " "), known)
	}
}

func (m *message) checkSecret(at, text string, known Secrets) {
	if containsAny(text, known.Keys) {
		m.add(at, "secret", "contains a key's secret, which may appear only in the response that created the key")
	}
	if containsAny(text, known.Tokens) {
		m.add(at, "token", "contains the API token, which belongs only in Authorization")
	}
}
