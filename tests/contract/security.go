package contract

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// requirements returns the alternatives of credentials that an operation needs.
func (d *Document) requirements(o *Operation) openapi3.SecurityRequirements {
	if o.spec.Security != nil {
		return *o.spec.Security
	}
	return d.spec.Security
}

func (d *Document) schemes(o *Operation) (schemes []*openapi3.SecurityScheme) {
	for _, alternative := range d.requirements(o) {
		for name := range alternative {
			schemes = append(schemes, d.spec.Components.SecuritySchemes[name].Value)
		}
	}
	return schemes
}

// checkSecurity reports what is wrong with the credentials, by the first alternative if there are several.
func (m *message) checkSecurity(u *url.URL, o *Operation) {
	var first findings
	for i, alternative := range m.document.requirements(o) {
		f := findings{about: m.about}
		for name := range alternative {
			f.checkScheme(m.document.spec.Components.SecuritySchemes[name].Value, m.Header, u)
		}
		if len(f.list) == 0 {
			first = findings{}
			break
		}
		if i == 0 {
			first = f
		}
	}
	m.list = append(m.list, first.list...)
	if !m.document.isTurnKeys() {
		return
	}
	for _, name := range []string{"X-Auth-Key", "X-Auth-Email", "X-Auth-User-Service-Key"} {
		if len(m.Header.Values(name)) > 0 {
			m.add("header:"+name, "security", "the bearer token is the only documented credential")
		}
	}
}

func (f *findings) checkScheme(scheme *openapi3.SecurityScheme, header http.Header, u *url.URL) {
	found := false
	switch {
	case scheme.Type != "apiKey":
		f.checkAuthorization(scheme, header.Values("Authorization"))
		return
	case scheme.In == openapi3.ParameterInHeader:
		found = header.Get(scheme.Name) != ""
	case scheme.In == openapi3.ParameterInQuery:
		found = u.Query().Get(scheme.Name) != ""
	case scheme.In == openapi3.ParameterInCookie:
		found = len((&http.Request{Header: header}).CookiesNamed(scheme.Name)) > 0
	}
	if !found {
		f.add(scheme.In+":"+scheme.Name, "security", "the API key is missing")
	}
}

var unset = regexp.MustCompile(`^(?i:null|undefined|nil|none)$|^(?i:your)[_-]|^([A-Z]+_)*(TOKEN|KEY)$`)

func (f *findings) checkAuthorization(scheme *openapi3.SecurityScheme, values []string) {
	const at, rule = "header:Authorization", "security"
	isBearer := scheme.Type != "http" || strings.EqualFold(scheme.Scheme, "bearer")
	switch {
	case len(values) == 0 && isBearer:
		f.add(at, rule, "the bearer token is missing")
	case len(values) == 0:
		f.add(at, rule, "the credentials are missing")
	case len(values) > 1:
		f.add(at, rule, "the header appears %d times", len(values))
	case !isBearer:
		if name, _, ok := strings.Cut(values[0], " "); !ok || !strings.EqualFold(name, scheme.Scheme) {
			f.add(at, rule, "want %q, a space and credentials", scheme.Scheme)
		}
	default:
		match := credentials.Bearer.FindStringSubmatch(values[0])
		if match == nil {
			f.add(at, rule, `want "Bearer", a space and a token`)
		} else if unset.MatchString(match[1]) {
			f.add(at, rule, "the token looks like an unset variable or a placeholder")
		}
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
