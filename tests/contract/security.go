package contract

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// checkSecurity reports what is wrong with the credentials, by the last alternative if there are several.
func (m *message) checkSecurity(o *Operation) {
	var found findings
	for _, alternative := range o.security {
		found = findings{about: m.about}
		for name := range alternative {
			found.checkCredentials(m.document.spec.Components.SecuritySchemes[name].Value, m.Header)
		}
		if len(found.list) == 0 {
			break
		}
	}
	m.list = append(m.list, found.list...)
	if !m.document.isTurnKeys() {
		return
	}
	for name := range m.Header {
		switch http.CanonicalHeaderKey(name) {
		case "X-Auth-Key", "X-Auth-Email", "X-Auth-User-Service-Key":
			m.add("header:"+name, "security", "the bearer token is the only documented credential")
		case "X-Http-Method-Override", "X-Http-Method", "X-Method-Override":
			m.add("header:"+name, "operation", "the header overrides the request method")
		}
	}
}

var unset = regexp.MustCompile(`^(?i:null|undefined|nil|none)$|^(?i:your)[_-]|^([A-Z]+_)*(TOKEN|KEY)$`)

// checkCredentials takes OAuth 2 and OpenID Connect for bearer tokens, too.
func (f *findings) checkCredentials(scheme *openapi3.SecurityScheme, header http.Header) {
	name, wanted := "Authorization", cmp.Or(scheme.Scheme, "bearer")
	if scheme.Type == "apiKey" {
		name, wanted = scheme.Name, ""
	}
	at, rule, values := "header:"+name, "security", header.Values(name)
	given, _, _ := strings.Cut(strings.Join(values, " "), " ")
	isBearer := strings.EqualFold(wanted, "bearer")
	token := credentials.Bearer.FindStringSubmatch(strings.Join(values, " "))
	switch {
	case len(values) == 0 && isBearer:
		f.add(at, rule, "the bearer token is missing")
	case len(values) == 0:
		f.add(at, rule, "the credentials are missing")
	case len(values) > 1:
		f.add(at, rule, "the header appears %d times", len(values))
	case isBearer && token == nil:
		f.add(at, rule, `want "Bearer", a space and a token`)
	case isBearer && unset.MatchString(token[1]):
		f.add(at, rule, "the token looks like an unset variable or a placeholder")
	case wanted != "" && !strings.EqualFold(given, wanted):
		f.add(at, rule, "want %q, a space and credentials", wanted)
	}
}

// A secret is the value of a field with format: password. It must not appear anywhere else, in this exchange or any
// later one. A token must not appear outside the Authorization header.

// secrets returns the secrets in the body.
func (m *message) secrets() (secrets []string) {
	visit("", m.schemas, m.value, func(_ string, schemas openapi3.SchemaRefs, value any) {
		if text, ok := value.(string); ok && isPassword(schemas) {
			secrets = append(secrets, text)
		}
	})
	return secrets
}

func isPassword(schemas openapi3.SchemaRefs) bool {
	return slices.ContainsFunc(flatten(schemas), func(schema *openapi3.Schema) bool { return schema.Format == "password" })
}

// moveRenamed finds a secret that came in another field than the documented one, and moves it there, so that this is
// reported once and the rest is checked as usual.
func (m *message) moveRenamed() {
	visit("", m.schemas, m.value, func(at string, schemas openapi3.SchemaRefs, value any) {
		object, ok := value.(map[string]any)
		for _, schema := range flatten(schemas) {
			for name, property := range schema.Properties {
				if _, there := object[name]; ok && !there && isPassword(openapi3.SchemaRefs{property}) {
					m.moveTo(object, at, name, property.Value, schemas)
				}
			}
		}
	})
}

func (m *message) moveTo(object map[string]any, at, name string, schema *openapi3.Schema, schemas openapi3.SchemaRefs) {
	for _, other := range slices.Sorted(maps.Keys(object)) {
		text, ok := object[other].(string)
		documented, _ := field(schemas, other)
		if ok && documented == nil && len(text) >= credentials.ShortestSecret && schema.VisitJSON(text) == nil {
			m.add(join(at, name), "renamed", "the secret came as %q", other)
			object[name] = text
			delete(object, other)
			return
		}
	}
}

// checkSecrets reports secrets and tokens in headers, trailers and the body.
func (m *message) checkSecrets(known Secrets) {
	for _, header := range []map[string][]string{m.Header, m.Trailer} {
		for name, values := range header {
			allowed := known
			if name == "Authorization" {
				allowed.Tokens = nil
			}
			m.checkSecret("header:"+name, strings.Join(values, "\n"), allowed)
		}
	}
	if m.value == nil {
		m.checkSecret("body", string(m.Body), known)
	}
	visit("", m.schemas, m.value, func(at string, schemas openapi3.SchemaRefs, value any) {
		switch value := value.(type) {
		case map[string]any:
			for name := range value {
				m.checkSecret(join(at, name), name, known)
			}
		case string:
			allowed := known
			if isPassword(schemas) {
				allowed.Keys = nil
			}
			m.checkSecret(orBody(at), value, allowed)
		}
	})
}

func (m *message) checkURLSecrets(u *url.URL, known Secrets) {
	m.checkSecret("path", u.Path, known)
	query := u.Query()
	if len(query) == 0 {
		m.checkSecret("query:", u.RawQuery, known)
	}
	for name, values := range query {
		m.checkSecret("query:"+name, name+"\n"+strings.Join(values, "\n"), known)
	}
}

func (m *message) checkSecret(at, text string, known Secrets) {
	contains := func(secret string) bool {
		return len(secret) >= credentials.ShortestSecret && strings.Contains(text, secret)
	}
	if slices.ContainsFunc(known.Keys, contains) {
		m.add(at, "secret", "contains a key's secret, which may appear only in the response that created the key")
	}
	if slices.ContainsFunc(known.Tokens, contains) {
		m.add(at, "token", "contains the API token, which belongs only in Authorization")
	}
}

// tokenOf returns what must not be shown of an Authorization header, however malformed.
func tokenOf(header http.Header) string {
	text := strings.TrimSpace(header.Get("Authorization"))
	return text[strings.LastIndexAny(text, " \t")+1:]
}
