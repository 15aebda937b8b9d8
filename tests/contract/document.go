package contract

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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
	operations []*Operation // those whose paths have fewer parameters first: they match first
	base       *url.URL     // nil: a path of the document may follow any other
	failure    *openapi3.Schema
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
func Load(openapi []byte) (*Document, error) {
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
	doc.SetStringFormatValidator("date-time", openapi3.NewCallbackValidator(checkDateTime))
	d := &Document{spec: doc}
	if doc.Components != nil && doc.Components.Schemas["FailureEnvelope"] != nil {
		d.failure = doc.Components.Schemas["FailureEnvelope"].Value
	}
	for _, path := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(path)
		operations := item.Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			d.operations = append(d.operations, newOperation(method, path, item, operations[method]))
		}
	}
	for _, o := range d.operations {
		if err := d.uncheckable(o); err != nil {
			return nil, fmt.Errorf("unsupported OpenAPI document: %s: %w", o.ID, err)
		}
		if err := d.checkExamples(o); err != nil {
			return nil, fmt.Errorf("invalid OpenAPI document: %s.%w", o.ID, err)
		}
	}
	return d, nil
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
