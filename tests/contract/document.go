package contract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	spec "github.com/seed-e5e2407e/turnkeys"
)

// Document is an OpenAPI document that exchanges are checked against. It never changes, and is safe for concurrent use.
type Document struct {
	spec       *openapi3.T
	operations []*Operation        // those whose paths have fewer parameters first: they match first
	base       *url.URL            // nil: the path of a request may have any prefix
	failure    *openapi3.SchemaRef // what a 4XX without documented content may contain nevertheless; nil: nothing
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
// something that cannot be checked.
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
		// Its check of the examples takes minutes and prints every schema; checkExamples has a line for the first.
		err = doc.Validate(context.Background(), openapi3.DisableExamplesValidation())
	}
	if err != nil {
		return nil, fmt.Errorf("invalid OpenAPI document: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	doc.SetStringFormatValidator("date-time", openapi3.NewCallbackValidator(func(text string) error {
		return openapi3.SchemaStringFormats["date-time"].Validate(strings.ToUpper(text)) // RFC 3339 allows t and z
	}))
	if doc.Components == nil {
		doc.Components = &openapi3.Components{}
	}
	d = &Document{spec: doc, failure: doc.Components.Schemas["FailureEnvelope"]}
	for _, path := range doc.Paths.InMatchingOrder() {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths.Value(path).Operations())) {
			d.operations = append(d.operations, newOperation(doc, path, method))
		}
	}
	for _, o := range d.operations {
		if err := d.findUnsupported(o); err != nil {
			return nil, fmt.Errorf("unsupported OpenAPI document: %s: %w", o.ID, err)
		}
		if err := d.checkExamples(o); err != nil {
			return nil, fmt.Errorf("invalid OpenAPI document: %s.%w", o.ID, err)
		}
	}
	return d, nil
}

// findUnsupported returns an error for the first thing in an operation that cannot be checked. kin-openapi says only of a
// message what it cannot decode, so it gets an empty one.
func (d *Document) findUnsupported(o *Operation) error {
	var parameters []openapi3.Parameter
	for _, ref := range o.parameters {
		parameters = append(parameters, *ref.Value)
	}
	for _, response := range o.spec.Responses.Map() {
		for name, ref := range response.Value.Headers {
			parameters = append(parameters, asParameter(name, ref))
		}
	}
	for _, p := range parameters {
		p.Required = false
		err := d.parameterError(p, nil, &url.URL{RawQuery: "x"}, map[string]string{"": ""}, Request)
		if err != nil || !isDecodable(p) {
			return fmt.Errorf("%s:%s: its schema or style cannot be checked", p.In, p.Name)
		}
	}
	for _, alternative := range o.security {
		for name := range alternative {
			if scheme := d.spec.Components.SecuritySchemes[name].Value; scheme.Type == "apiKey" && scheme.In != openapi3.ParameterInHeader {
				return fmt.Errorf("security scheme %s: an API key outside the headers cannot be checked", name)
			}
		}
	}
	for side, content := range o.contents() {
		for mediaType, media := range content {
			if !isDecodableBody(mediaType, media) {
				return fmt.Errorf("%s: its schema for %s cannot be checked", side, mediaType)
			}
		}
	}
	return nil
}

// isDecodable reports whether kin-openapi can tell which parameter is which, and what its text stands for.
func isDecodable(p openapi3.Parameter) bool {
	if p.Schema == nil {
		media := p.Content.Get("application/json")
		return media != nil && media.Schema != nil
	}
	isSpread := p.In == openapi3.ParameterInQuery && p.Style != openapi3.SerializationDeepObject && hasType(p.Schema, openapi3.TypeObject)
	return !isSpread && isTyped(p.Schema)
}

func isTyped(schema *openapi3.SchemaRef) bool {
	return slices.ContainsFunc(flatten(openapi3.SchemaRefs{schema}), func(s *openapi3.Schema) bool {
		return (s.Type != nil || s.Enum != nil) && (s.Items == nil || isTyped(s.Items) && len(s.Items.Value.OneOf) == 0)
	})
}

// isDecodableBody reports whether bodies of a media type can be checked against their schema. Of a wildcard, those in JSON
// can.
func isDecodableBody(mediaType string, media *openapi3.MediaType) bool {
	switch {
	case media.Schema == nil, isJSON(mediaType), strings.Contains(mediaType, "*"):
		return true
	case isForm(mediaType):
		_, err := readForm(mediaType, media, http.Header{"Content-Type": {mediaType + "; boundary=x"}}, []byte("--x--\r\n"))
		return err == nil
	}
	return isText(media.Schema)
}

// isText reports whether a schema permits a text, and documents nothing else.
func isText(schema *openapi3.SchemaRef) bool {
	return !slices.ContainsFunc(flatten(openapi3.SchemaRefs{schema}), func(s *openapi3.Schema) bool {
		return !s.Type.Permits(openapi3.TypeString) || documentsFields(s)
	})
}

// checkExamples checks the examples of all JSON bodies as strictly as bodies are checked. The error is one line about
// the first that is wrong.
func (d *Document) checkExamples(o *Operation) error {
	requirers := map[*openapi3.Schema]string{}
	for name, ref := range d.spec.Components.Schemas {
		requirers[ref.Value] = ", and schema " + name + " requires it"
	}
	contents := o.contents()
	for _, side := range slices.Sorted(maps.Keys(contents)) {
		for mediaType, media := range contents[side] {
			for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
				example := media.Examples[name]
				f := &findings{requirers: requirers}
				if f.about.In = Response; side == "request" {
					f.about.In = Request
				}
				if isJSON(mediaType) && example.Value.ExternalValue == "" {
					d.checkValue(f, media.Schema, example.Value.Value)
				}
				for _, v := range f.cleaned(Secrets{}) {
					name = cmp.Or(example.Ref[strings.LastIndex(example.Ref, "/")+1:], name)
					return fmt.Errorf("%s: example %s: %s: %s", side, name, v.At, v.Message)
				}
			}
		}
	}
	return nil
}

// Under returns the document of a server whose base URL is known, such as https://api.cloudflare.com/client/v4.
func (d *Document) Under(baseURL string) (*Document, error) {
	u, err := url.Parse(strings.TrimRight(baseURL, "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("base URL: want one such as https://api.cloudflare.com/client/v4, got %q", baseURL)
	}
	under := *d
	under.base = u
	return &under, nil
}

// Operations returns all operations, in the order of their ids.
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

// isTurnKeys reports whether the document is openapi.yaml or a changed copy of it. What is known about Cloudflare's live
// API says nothing about others.
func (d *Document) isTurnKeys() bool { return d.Operation("createTurnKey") != nil }
