package contract

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"mime"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// checkMediaType returns the schema that is documented for the body's media type.
func (h *half) checkMediaType(content openapi3.Content) (*openapi3.Schema, bool) {
	const at, rule = "header:Content-Type", "contentType"
	values := slices.Compact(slices.Clone(h.header.Values("Content-Type")))
	if len(values) > 1 {
		h.add(at, rule, "the header appears %d times, with different values", len(values))
		return nil, false
	}
	mediaType, parameters, err := mime.ParseMediaType(h.header.Get("Content-Type"))
	documented := content[mediaType]
	if err != nil || documented == nil {
		h.add(at, rule, "want %s", strings.Join(slices.Sorted(maps.Keys(content)), " or "))
		return nil, false
	}
	if charset, given := parameters["charset"]; given && !strings.EqualFold(charset, "utf-8") {
		h.add(at, rule, "want the charset utf-8 or none")
		return nil, false
	}
	return documented.Schema.Value, true
}

// decoded returns the body without its Content-Encoding. net/http takes off the gzip that it asked for itself.
func (h *half) decoded() ([]byte, bool) {
	const at, rule = "header:Content-Encoding", "contentEncoding"
	switch encoding := strings.ToLower(strings.Join(h.header.Values("Content-Encoding"), ", ")); encoding {
	case "", "identity":
		return h.body.bytes, true
	case "gzip":
		if !strings.Contains(strings.ToLower(h.accepts), "gzip") {
			h.add(at, rule, "gzip, which the request did not ask for")
		}
	default:
		h.add(at, rule, "want gzip or none: the body was not checked")
		return nil, false
	}
	unzip, err := gzip.NewReader(bytes.NewReader(h.body.bytes))
	var body []byte
	if err == nil {
		body, err = io.ReadAll(io.LimitReader(unzip, maxChecked+1))
	}
	switch {
	case err != nil && !h.left():
		h.add(at, rule, "the body is not gzip")
	case len(body) > maxChecked:
		h.add("body", "size", "larger than 16 MiB: too large to check")
	}
	return body, err == nil && len(body) <= maxChecked
}

// checkHeaders checks the documented headers that a response has.
func (h *half) checkHeaders(documented openapi3.Headers) {
	for name, ref := range documented {
		values := h.header.Values(name)
		if len(values) == 0 && ref.Value.Required {
			h.add("header:"+name, "required", "the header is missing")
		}
		for _, value := range values {
			h.document.checkText(&h.findings, "header:"+name, ref.Value.Schema.Value, value)
		}
	}
}
