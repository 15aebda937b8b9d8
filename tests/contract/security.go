package contract

import (
	"net/http"
	"net/url"
	"regexp"
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

// tokenOf returns what must not be shown of an Authorization header, however malformed.
func tokenOf(header http.Header) string {
	words := strings.Fields(header.Get("Authorization"))
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}
