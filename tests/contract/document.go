package contract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	spec "github.com/seed-e5e2407e/turnkeys"
)

// Document is an OpenAPI document that exchanges are checked against. It never changes, and is safe for concurrent use.
type Document struct {
	operations []*Operation // in matching order: paths with fewer parameters first
	base       *url.URL     // nil: the path of a request may have any prefix
}

var embedded = sync.OnceValues(func() (*Document, error) { return Load(spec.OpenAPI) })

// OpenAPI returns openapi.yaml as it was when the program was built. It panics if openapi.yaml is invalid.
func OpenAPI() *Document {
	d, err := embedded()
	if err != nil {
		panic(err)
	}
	return d
}

// Load reads an OpenAPI 3.0 document, in YAML or JSON. It returns a one-line error if the document is invalid, or has
// something that cannot be checked, such as form bodies, cookies, and comma-separated lists in a query. The only
// credentials that are checked are bearer tokens, and only where the document permits nothing else.
func Load(openapi []byte) (d *Document, err error) {
	defer func() {
		if recover() != nil {
			d, err = nil, errors.New("invalid OpenAPI document: something in it is null")
		}
	}()
	doc, err := openapi3.NewLoader().LoadFromData(openapi)
	if err == nil && !strings.HasPrefix(doc.OpenAPI, "3.0.") {
		err = fmt.Errorf("want OpenAPI 3.0, got %q", doc.OpenAPI)
	}
	if err == nil {
		// Its check of examples prints whole schemas and rejects external examples, so validate checks them instead.
		err = doc.Validate(context.Background(), openapi3.DisableExamplesValidation())
	}
	if err != nil {
		return nil, fmt.Errorf("invalid OpenAPI document: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	doc.Components = cmp.Or(doc.Components, &openapi3.Components{})
	d = &Document{}
	for name, schema := range doc.Components.Schemas {
		if s := schema.Value; s.Discriminator != nil && len(s.OneOf)+len(s.AnyOf) == 0 {
			return nil, unsupported("schema %s: a discriminator without oneOf or anyOf", name)
		}
	}
	for name, scheme := range doc.Components.SecuritySchemes {
		if scheme.Value.Type == "apiKey" && scheme.Value.In == openapi3.ParameterInQuery {
			return nil, unsupported("security scheme %s: an API key in the query", name)
		}
	}
	for _, path := range doc.Paths.InMatchingOrder() {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths.Value(path).Operations())) {
			o := newOperation(doc, path, method)
			if err := o.validate(); err != nil {
				return nil, err
			}
			d.operations = append(d.operations, o)
		}
	}
	return d, nil
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("unsupported OpenAPI document: %s cannot be checked", fmt.Sprintf(format, args...))
}

var pathTemplate = regexp.MustCompile(`^(/({[^{}/]+}|[^{}/]*))+$`)

// validate returns an error for the first thing in an operation that cannot be checked, and for an invalid example.
func (o *Operation) validate() error {
	if !pathTemplate.MatchString(o.Path) {
		return unsupported("%s: a segment of a path that is only partly a parameter", o.ID)
	}
	for side, documented := range o.messages {
		for _, p := range documented.parameters {
			if !isDecodable(p.Value) {
				return unsupported("%s: %s:%s: its schema or style", o.ID, p.Value.In, p.Value.Name)
			}
		}
		for mediaType, media := range documented.content {
			isText := media.Schema == nil || flatten(media.Schema).hasType(openapi3.TypeString)
			if strings.Contains(mediaType, ";") || !isJSON(mediaType) && !isText {
				return unsupported("%s: %s: its schema for %s", o.ID, side, mediaType)
			}
			for name, example := range media.Examples {
				m := &message{about: Violation{In: Side(side)}}
				if isJSON(mediaType) && example.Value.ExternalValue == "" {
					m.checkValue(media.Schema, example.Value.Value)
				}
				for _, v := range m.cleaned(Secrets{}) {
					name = cmp.Or(example.Ref[strings.LastIndex(example.Ref, "/")+1:], name)
					return fmt.Errorf("invalid OpenAPI document: %s.%s: example %s: %s: %s", o.ID, side, name, v.At, v.Message)
				}
			}
		}
	}
	return nil
}

// isDecodable reports whether the text of a parameter has only one meaning: the parameter has one simple type or, in a
// query, is a list whose items repeat it.
func isDecodable(p *openapi3.Parameter) bool {
	schema := p.Schema
	isPlain := slices.Contains([]string{"", "form", "simple"}, p.Style) && !p.AllowEmptyValue
	if schema == nil || p.In == openapi3.ParameterInCookie || !isPlain {
		return false
	}
	if items := schema.Value.Items; items != nil && p.In == openapi3.ParameterInQuery && (p.Explode == nil || *p.Explode) {
		schema = items
	}
	var types []string
	for _, s := range flatten(schema) {
		types = append(types, s.Type.Slice()...)
	}
	slices.Sort(types)
	types = slices.Compact(types)
	return len(types) == 1 && types[0] != openapi3.TypeArray && types[0] != openapi3.TypeObject
}

// Under returns the document limited to a base URL, such as https://api.cloudflare.com/client/v4.
func (d *Document) Under(baseURL string) (*Document, error) {
	u, err := url.Parse(strings.TrimRight(baseURL, "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("base URL: want one such as https://api.cloudflare.com/client/v4, got %q", baseURL)
	}
	under := *d
	under.base = u
	return &under, nil
}

// Operations returns all operations, sorted by id.
func (d *Document) Operations() []*Operation {
	return slices.SortedFunc(slices.Values(d.operations), func(a, b *Operation) int { return cmp.Compare(a.ID, b.ID) })
}

// Operation returns the operation with an id, or nil.
func (d *Document) Operation(id string) *Operation {
	for _, o := range d.operations {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// isTurnKeys reports whether this is openapi.yaml or a changed copy of it, not the document of another API.
func (d *Document) isTurnKeys() bool { return d.Operation("createTurnKey") != nil }
