package contract

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// A secret is what stands in a field that the document calls a password. It may stand nowhere else, in this exchange
// and in all that follow; nor may the token stand anywhere but in Authorization.

// bearerToken returns what must not be shown of an Authorization header, however malformed.
func bearerToken(header http.Header) string {
	words := strings.Fields(header.Get("Authorization"))
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// learn adds an exchange's secrets to those that the checker knows, and returns them all.
func (c *Checker) learn(halves ...*half) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range halves {
		eachText("", h.schema, h.value, func(_ string, schema *openapi3.Schema, text string) {
			if isPassword(schema) && len(text) >= credentials.ShortestSecret && !slices.Contains(c.secrets, text) {
				c.secrets = append(c.secrets, text)
			}
		})
	}
	return slices.Clone(c.secrets)
}

func isPassword(schema *openapi3.Schema) bool {
	return schema != nil && (schema.Format == "password" ||
		slices.ContainsFunc(schema.AllOf, func(branch *openapi3.SchemaRef) bool { return isPassword(branch.Value) }))
}

// eachText calls f for each text in a value, the names of fields included, with the schema that documents it, or nil.
func eachText(at string, schema *openapi3.Schema, value any, f func(at string, schema *openapi3.Schema, text string)) {
	switch value := value.(type) {
	case map[string]any:
		for name, field := range value {
			f(join(at, name), nil, name)
			eachText(join(at, name), child(schema, name), field, f)
		}
	case []any:
		for i, item := range value {
			name := strconv.Itoa(i)
			eachText(join(at, name), child(schema, name), item, f)
		}
	case string:
		f(orBody(at), schema, value)
	}
}

// moveRenamed finds a secret that came in another field than the documented one, and moves it there, so that this is
// reported once and the rest is checked as usual.
func (h *half) moveRenamed(at string, schema *openapi3.Schema, value any) {
	object, ok := value.(map[string]any)
	if !ok || schema == nil {
		return
	}
	for name, ref := range schema.Properties {
		if !isPassword(ref.Value) {
			h.moveRenamed(join(at, name), ref.Value, object[name])
			continue
		}
		if _, ok := object[name]; ok {
			continue
		}
		for _, other := range slices.Sorted(maps.Keys(object)) {
			text, ok := object[other].(string)
			if ok && schema.Properties[other] == nil && len(text) >= credentials.ShortestSecret &&
				h.document.ValidateSchemaJSON(ref.Value, text) == nil {
				h.add(join(at, name), "renamed", "the secret came as %q", other)
				object[name] = text
				delete(object, other)
				break
			}
		}
	}
}

// checkSecrets reports secrets, and the token, in headers and in the body.
func (h *half) checkSecrets(secrets []string, token string) {
	h.checkHeaderSecrets(secrets, token)
	if h.value == nil {
		h.checkSecret("body", string(h.body.bytes), secrets, token)
		return
	}
	eachText("", h.schema, h.value, func(at string, schema *openapi3.Schema, text string) {
		if isPassword(schema) {
			h.checkSecret(at, text, nil, token)
			return
		}
		h.checkSecret(at, text, secrets, token)
	})
}

func (h *half) checkHeaderSecrets(secrets []string, token string) {
	for name, values := range h.header {
		for _, value := range values {
			if name == "Authorization" {
				h.checkSecret("header:"+name, value, secrets, "")
				continue
			}
			h.checkSecret("header:"+name, value, secrets, token)
		}
	}
}

func (h *half) checkURLSecrets(u *url.URL, secrets []string, token string) {
	h.checkSecret("path", u.Path, secrets, token)
	if len(u.Query()) == 0 {
		h.checkSecret("query:", u.RawQuery, secrets, token)
	}
	for name, values := range u.Query() {
		h.checkSecret("query:"+name, name+" "+strings.Join(values, " "), secrets, token)
	}
}

func (h *half) checkSecret(at, text string, secrets []string, token string) {
	holds := func(secret string) bool { return strings.Contains(text, secret) }
	if slices.ContainsFunc(secrets, holds) {
		h.add(at, "secret", "holds a key's secret, which only the answer to its creation may show")
	}
	if len(token) >= credentials.ShortestSecret && holds(token) {
		h.add(at, "token", "holds the token, which may stand in Authorization alone")
	}
}
