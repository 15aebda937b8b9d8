package contract

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// alternatives returns the security schemes that an operation needs: all of one list.
func (d *Document) alternatives(o *Operation) (alternatives [][]*openapi3.SecurityScheme) {
	requirements := d.spec.Security
	if o.spec.Security != nil {
		requirements = *o.spec.Security
	}
	for _, requirement := range requirements {
		schemes := []*openapi3.SecurityScheme{}
		for name := range requirement {
			schemes = append(schemes, d.spec.Components.SecuritySchemes[name].Value)
		}
		alternatives = append(alternatives, schemes)
	}
	return alternatives
}

// checkSecurity reports what is wrong with the credentials, by the last alternative if there are several.
func (m *message) checkSecurity(u *url.URL, o *Operation) {
	var found findings
	for _, schemes := range m.document.alternatives(o) {
		found = findings{about: m.about}
		for _, scheme := range schemes {
			found.checkScheme(scheme, m.Header, u)
		}
		if len(found.list) == 0 {
			break
		}
	}
	m.list = append(m.list, found.list...)
	if !m.document.isTurnKeys() {
		return
	}
	for _, name := range []string{"X-Auth-Key", "X-Auth-Email", "X-Auth-User-Service-Key"} {
		if len(m.Header.Values(name)) > 0 {
			m.add("header:"+name, "security", "the bearer token is the only documented credential")
		}
	}
	for _, name := range []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"} {
		if len(m.Header.Values(name)) > 0 {
			m.add("header:"+name, "operation", "the header overrides the request method")
		}
	}
}

func (f *findings) checkScheme(scheme *openapi3.SecurityScheme, header http.Header, u *url.URL) {
	var key string
	switch {
	case scheme.Type != "apiKey":
		f.checkAuthorization(scheme, header.Values("Authorization"))
		return
	case scheme.In == openapi3.ParameterInHeader:
		key = header.Get(scheme.Name)
	case scheme.In == openapi3.ParameterInQuery:
		key = u.Query().Get(scheme.Name)
	default:
		for _, cookie := range (&http.Request{Header: header}).CookiesNamed(scheme.Name) {
			key = cookie.Value
		}
	}
	if key == "" {
		f.add(scheme.In+":"+scheme.Name, "security", "the API key is missing")
	}
}

var unset = regexp.MustCompile(`^(?i:null|undefined|nil|none)$|^(?i:your)[_-]|^([A-Z]+_)*(TOKEN|KEY)$`)

func (f *findings) checkAuthorization(scheme *openapi3.SecurityScheme, values []string) {
	const at, rule = "header:Authorization", "security"
	text := strings.Join(values, "\n")
	name, _, _ := strings.Cut(text, " ")
	isBearer := scheme.Type != "http" || strings.EqualFold(scheme.Scheme, "bearer")
	token := credentials.Bearer.FindStringSubmatch(text)
	switch {
	case len(values) == 0 && isBearer:
		f.add(at, rule, "the bearer token is missing")
	case len(values) == 0:
		f.add(at, rule, "the credentials are missing")
	case len(values) > 1:
		f.add(at, rule, "the header appears %d times", len(values))
	case !isBearer && !strings.EqualFold(name, scheme.Scheme):
		f.add(at, rule, "want %q, a space and credentials", scheme.Scheme)
	case isBearer && token == nil:
		f.add(at, rule, `want "Bearer", a space and a token`)
	case isBearer && unset.MatchString(token[1]):
		f.add(at, rule, "the token looks like an unset variable or a placeholder")
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
	words := strings.Fields(header.Get("Authorization"))
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}
