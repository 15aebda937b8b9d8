package contract

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || mediaType == "text/json" || strings.HasSuffix(mediaType, "+json")
}

func isForm(mediaType string) bool {
	return mediaType == "application/x-www-form-urlencoded" || mediaType == "multipart/form-data"
}

// checkBody checks a body against the content that is documented for it, if any. request is the header of the request
// that a response belongs to.
func (m *message) checkBody(content openapi3.Content, mayBeEmpty bool, request http.Header) {
	mayBeEmpty = mayBeEmpty || m.partial() || !slices.ContainsFunc(slices.Collect(maps.Keys(content)), isJSON)
	switch {
	case errors.Is(m.Err, ErrTooLarge) || len(m.Body) > maxBody:
		m.add("body", "size", "larger than 16 MiB: too large to check")
	case len(content) == 0 && m.length() > 0:
		m.add("body", "body", "unexpected body: none is documented")
	case m.Err != nil && !m.partial() || m.Err == nil && m.length() > len(m.Body):
		m.add("body", "body", "the body is truncated")
	case len(content) == 0, len(m.Body) == 0 && mayBeEmpty:
	case len(m.Body) == 0:
		m.add("body", "body", "the documented body is missing")
	default:
		m.checkContent(content, request)
	}
}

func (m *message) checkContent(content openapi3.Content, request http.Header) {
	mediaType, media := m.checkMediaType(content)
	if media == nil {
		return
	}
	body, ok := m.decoded(request)
	if !ok {
		return
	}
	var err error
	switch {
	case isJSON(mediaType):
		m.checkCharset(body)
		m.value, err = decode(&m.findings, body)
	case isForm(mediaType) && media.Schema != nil:
		m.value, err = readForm(mediaType, media, m.Header, body)
	default:
		m.value = string(body)
	}
	switch {
	case err != nil && m.partial():
	case err != nil && isForm(mediaType): // the text of the error quotes values
		m.add("body", "form", "not a valid form")
	case err != nil:
		m.add("body", "json", "%v", err)
	case media.Schema != nil:
		m.schemas = openapi3.SchemaRefs{media.Schema}
		m.moveRenamed()
		m.document.checkValue(&m.findings, media.Schema, m.value)
	}
}

// readForm returns the object that a form stands for, with fields that are not documented.
func readForm(mediaType string, media *openapi3.MediaType, header http.Header, body []byte) (any, error) {
	encoding := func(field string) *openapi3.Encoding { return media.Encoding[field] }
	value, err := openapi3filter.RegisteredBodyDecoder(mediaType)(bytes.NewReader(body), header, media.Schema, encoding)
	object, ok := value.(map[string]any)
	fields, _ := url.ParseQuery(string(body))
	for name, values := range fields {
		if _, decoded := object[name]; ok && !decoded && mediaType != "multipart/form-data" && !strings.Contains(name, "[") {
			object[name] = values[0]
		}
	}
	return value, err
}

// checkMediaType returns what is documented for the media type of the body, or nil.
func (m *message) checkMediaType(content openapi3.Content) (string, *openapi3.MediaType) {
	const at, rule = "header:Content-Type", "contentType"
	values := slices.Compact(slices.Clone(m.Header.Values("Content-Type")))
	if len(values) > 1 {
		m.add(at, rule, "the header appears %d times, with different values", len(values))
		return "", nil
	}
	mediaType, _, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	media := content.Get(m.Header.Get("Content-Type"))
	for name := range content { // one with a parameter
		if base, _, _ := mime.ParseMediaType(name); media == nil && base == mediaType {
			media = content[name]
		}
	}
	if err != nil || media == nil {
		m.add(at, rule, "want %s", strings.Join(slices.Sorted(maps.Keys(content)), " or "))
		return "", nil
	}
	return mediaType, media
}

// checkCharset reports a charset by which the body would be another text. JSON has none (RFC 8259), but some clients
// go by it.
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
