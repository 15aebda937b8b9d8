package contract

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/strictjson"
)

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || mediaType == "text/json" || strings.HasSuffix(mediaType, "+json")
}

// checkBody checks a body. request is the header of the request that a response belongs to.
func (m *message) checkBody(documented *documented, request http.Header) {
	hasJSON := slices.ContainsFunc(slices.Collect(maps.Keys(documented.content)), isJSON)
	switch {
	case errors.Is(m.Err, ErrTooLarge) || len(m.Body) > maxBody:
		m.add("body", "size", "larger than 16 MiB: too large to check")
	case len(documented.content) == 0 && m.length() > 0:
		m.add("body", "body", "unexpected body: none is documented")
	case m.Err != nil && !m.partial() || m.Err == nil && m.length() > len(m.Body):
		m.add("body", "body", "the body is truncated")
	case len(m.Body) == 0 && (documented.mayBeEmpty || m.partial() || !hasJSON):
	case len(m.Body) == 0:
		m.add("body", "body", "the documented body is missing")
	default:
		m.checkContent(documented.content, request)
	}
}

func (m *message) checkContent(content openapi3.Content, request http.Header) {
	body, ok := m.decoded(request)
	mediaType, media := m.checkMediaType(content, body)
	if !ok || media == nil {
		return
	}
	m.value = string(body)
	if isJSON(mediaType) {
		var err error
		m.value, err = strictjson.Decode(body, func(at, rule, message string) { m.add(at, rule, "%s", message) })
		if err != nil && !m.partial() {
			m.add("body", "json", "%v", err)
		}
		if err != nil {
			return
		}
	}
	m.schemas = flatten(media.Schema)
	m.moveRenamed()
	m.checkValue(media.Schema, m.value)
}

// checkMediaType returns the media type of the body and what is documented for it, or nil.
func (m *message) checkMediaType(content openapi3.Content, body []byte) (string, *openapi3.MediaType) {
	const at, rule = "header:Content-Type", "contentType"
	values := slices.Compact(slices.Clone(m.Header.Values("Content-Type")))
	mediaType, parameters, err := mime.ParseMediaType(strings.Join(values, ", "))
	media := content.Get(mediaType)
	if len(values) != 1 || err != nil || media == nil {
		m.add(at, rule, "want %s", strings.Join(slices.Sorted(maps.Keys(content)), " or "))
		return "", nil
	}
	// JSON has no charset (RFC 8259), but some clients read the body by it.
	charset := strings.ToLower(parameters["charset"])
	isASCII := !slices.ContainsFunc(body, func(b byte) bool { return b > 127 })
	if isJSON(mediaType) && charset != "" && charset != "utf-8" && (!isASCII || strings.HasPrefix(charset, "utf-")) {
		m.add(at, rule, "want the charset utf-8 or none")
	}
	return mediaType, media
}

// decoded returns the body without its Content-Encoding. net/http has already decoded the gzip that it requested itself.
func (m *message) decoded(request http.Header) ([]byte, bool) {
	const at, rule = "header:Content-Encoding", "contentEncoding"
	switch encoding := strings.ToLower(strings.Join(m.Header.Values("Content-Encoding"), ", ")); encoding {
	case "", "identity":
		return m.Body, true
	case "gzip":
		accepts := strings.ToLower(strings.Join(request.Values("Accept-Encoding"), ","))
		if !strings.Contains(accepts, "gzip") && !strings.Contains(accepts, "*") {
			m.add(at, rule, "gzip, which the request did not ask for")
		}
	default:
		m.add(at, rule, "want gzip or none: the body was not checked")
		return nil, false
	}
	var body []byte
	unzip, err := gzip.NewReader(bytes.NewReader(m.Body))
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
