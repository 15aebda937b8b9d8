package contract

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

const formType = "application/x-www-form-urlencoded"

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// mayBeText reports whether a body may be a text, which may be empty.
func mayBeText(content openapi3.Content) bool {
	for mediaType := range content {
		if base, _, _ := mime.ParseMediaType(mediaType); !isJSON(base) && base != formType {
			return true
		}
	}
	return false
}

func (m *message) checkContent(content openapi3.Content, request http.Header) {
	mediaType, schema, ok := m.checkMediaType(content)
	if !ok {
		return
	}
	body, ok := m.decoded(request)
	if !ok {
		return
	}
	switch {
	case isJSON(mediaType):
		m.checkCharset(body)
		value, err := decode(&m.findings, body)
		if err != nil {
			if !m.partial() {
				m.add("body", "json", "not one JSON document: %v", err)
			}
			return
		}
		m.schema, m.value = schema, value
		m.moveRenamed("", schemaList(schema), value)
	case m.partial():
		return
	case mediaType == formType && !isText(schema):
		values, err := url.ParseQuery(string(body))
		if err != nil {
			m.add("body", "form", "not a form")
			return
		}
		m.schema, m.value = schema, m.document.readForm(schema, values)
	case isText(schema):
		m.schema, m.value = schema, m.document.readText(schema, string(body))
	default:
		m.add("header:Content-Type", "contentType", "only JSON can be checked here")
		return
	}
	m.document.checkValue(&m.findings, "", m.schema, m.value)
}

// checkMediaType returns the media type of the body, and the schema that is documented for it, or nil if any value fits.
func (m *message) checkMediaType(content openapi3.Content) (string, *openapi3.Schema, bool) {
	const at, rule = "header:Content-Type", "contentType"
	values := slices.Compact(slices.Clone(m.Header.Values("Content-Type")))
	if len(values) > 1 {
		m.add(at, rule, "the header appears %d times, with different values", len(values))
		return "", nil, false
	}
	mediaType, _, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	documented := content.Get(m.Header.Get("Content-Type"))
	for name, media := range content { // one with a parameter, such as a charset
		if base, _, _ := mime.ParseMediaType(name); documented == nil && base == mediaType {
			documented = media
		}
	}
	switch {
	case err != nil || documented == nil:
		m.add(at, rule, "want %s", strings.Join(slices.Sorted(maps.Keys(content)), " or "))
		return "", nil, false
	case documented.Schema == nil:
		return mediaType, nil, true
	}
	return mediaType, documented.Schema.Value, true
}

// checkCharset reports a charset by which the body would be another text. JSON has none (RFC 8259), but clients exist
// that go by it.
func (m *message) checkCharset(body []byte) {
	_, parameters, _ := mime.ParseMediaType(m.Header.Get("Content-Type"))
	charset := strings.ToLower(parameters["charset"])
	isASCII := !slices.ContainsFunc(body, func(b byte) bool { return b > 127 })
	if charset != "" && charset != "utf-8" && (!isASCII || strings.HasPrefix(charset, "utf-")) {
		m.add("header:Content-Type", "contentType", "want the charset utf-8 or none")
	}
}

// decoded returns the body without its Content-Encoding. net/http has already decoded the gzip that it requested itself.
func (m *message) decoded(request http.Header) ([]byte, bool) {
	const at, rule = "header:Content-Encoding", "contentEncoding"
	accepts := strings.ToLower(strings.Join(request.Values("Accept-Encoding"), ","))
	switch encoding := strings.ToLower(strings.Join(m.Header.Values("Content-Encoding"), ", ")); encoding {
	case "", "identity":
		return m.Body, true
	case "gzip":
		if !strings.Contains(accepts, "gzip") && !strings.Contains(accepts, "*") {
			m.add(at, rule, "gzip, which the request did not ask for")
		}
	default:
		m.add(at, rule, "want gzip or none: the body was not checked")
		return nil, false
	}
	unzip, err := gzip.NewReader(bytes.NewReader(m.Body))
	var body []byte
	if err == nil {
		body, err = io.ReadAll(io.LimitReader(unzip, maxBody+1))
	}
	switch {
	case err != nil && !m.partial():
		m.add(at, rule, "the body is not gzip")
	case len(body) > maxBody:
		m.add("body", "size", "larger than 16 MiB: too large to check")
	}
	return body, err == nil && len(body) <= maxBody
}
