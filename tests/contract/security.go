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

var unset = regexp.MustCompile(`^(?i:null|undefined|nil|none)$|^(?i:your)[_-]|^([A-Z]+_)*(TOKEN|KEY)$`)

// replacers are undocumented headers that Cloudflare or other servers obey, and the rules that a request with one breaks.
var replacers = map[string]string{
	"X-Auth-Key": "security", "X-Auth-Email": "security", "X-Auth-User-Service-Key": "security",
	"X-Http-Method-Override": "operation", "X-Http-Method": "operation", "X-Method-Override": "operation",
}

// checkCredentials checks the bearer token, if the document permits nothing else.
func (m *message) checkCredentials(o *Operation) {
	const at, rule = "header:Authorization", "security"
	values := m.Header.Values("Authorization")
	token := credentials.Bearer.FindStringSubmatch(strings.Join(values, "\n"))
	switch {
	case !o.needsToken:
	case len(values) == 0:
		m.add(at, rule, "the bearer token is missing")
	case len(values) > 1:
		m.add(at, rule, "the header appears %d times", len(values))
	case token == nil:
		m.add(at, rule, `want "Bearer", a space and a token`)
	case unset.MatchString(token[1]):
		m.add(at, rule, "the token looks like an unset variable or a placeholder")
	}
}

func (m *message) checkReplacers() {
	for name := range m.Header {
		if rule := replacers[http.CanonicalHeaderKey(name)]; rule != "" {
			m.add("header:"+name, rule, "the header replaces the bearer token or the method")
		}
	}
}

// A secret is the value of a field with format: password. It must not appear anywhere else, in this exchange or any
// later one. A token must not appear outside the Authorization header.

// secrets returns the secrets in the body.
func (m *message) secrets() (secrets []string) {
	visit("", m.schemas, m.value, func(_ string, s schemas, value any) {
		if text, ok := value.(string); ok && s.isSecret() {
			secrets = append(secrets, text)
		}
	})
	return secrets
}

// moveRenamed finds a secret that came in another field than the documented one, and moves it there, so that this is
// reported once and the rest is checked as usual.
func (m *message) moveRenamed() {
	visit("", m.schemas, m.value, func(at string, s schemas, value any) {
		object, _ := value.(map[string]any)
		for _, schema := range s {
			for name, property := range schema.Properties {
				if _, there := object[name]; there || !flatten(property).isSecret() {
					continue
				}
				if other := undocumentedSecret(object, s, property.Value); other != "" {
					m.add(join(at, name), "renamed", "the secret came as %q", other)
					object[name] = object[other]
					delete(object, other)
				}
			}
		}
	})
}

// undocumentedSecret returns the name of the first undocumented field that has a secret's schema, or "".
func undocumentedSecret(object map[string]any, s schemas, secret *openapi3.Schema) string {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		text, _ := object[name].(string)
		documented, _ := s.field(name)
		if documented == nil && len(text) >= credentials.ShortestSecret && secret.VisitJSON(text) == nil {
			return name
		}
	}
	return ""
}

// checkSecrets reports secrets and tokens in headers, trailers and the body.
func (m *message) checkSecrets(known Secrets) {
	for _, header := range []map[string][]string{m.Header, m.Trailer} {
		for name, values := range header {
			m.checkSecret("header:"+name, strings.Join(values, "\n"), known)
		}
	}
	if m.value == nil {
		m.checkSecret("body", string(m.Body), known)
	}
	visit("", m.schemas, m.value, func(at string, s schemas, value any) {
		switch value := value.(type) {
		case map[string]any:
			for name := range value {
				m.checkSecret(join(at, name), name, known)
			}
		case string:
			known := known
			if s.isSecret() {
				known.Keys = nil
			}
			m.checkSecret(at, value, known)
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
	if at != "header:Authorization" && slices.ContainsFunc(known.Tokens, contains) {
		m.add(at, "token", "contains the API token, which belongs only in Authorization")
	}
}

// tokenOf returns what must not be shown of an Authorization header, however malformed.
func tokenOf(header http.Header) string {
	text := strings.TrimSpace(header.Get("Authorization"))
	return text[strings.LastIndexAny(text, " \t")+1:]
}
