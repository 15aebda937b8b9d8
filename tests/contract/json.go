package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// decode reads a body that is one JSON document in UTF-8. It reports what encoding/json accepts but other parsers may
// read differently: duplicate field names, unpaired surrogates and NUL.
func decode(f *findings, body []byte) (any, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("invalid UTF-8")
	}
	var discarded any
	if err := json.Unmarshal(body, &discarded); err != nil {
		return nil, err // for bad syntax, and for a second document
	}
	r := &jsonReader{findings: f, body: body, decoder: json.NewDecoder(bytes.NewReader(body))}
	r.decoder.UseNumber()
	return r.value("")
}

type jsonReader struct {
	findings *findings
	body     []byte
	decoder  *json.Decoder
	depth    int
}

// maxDepth bounds what the JSON pointers into a hostile body can cost.
const maxDepth = 500

func (r *jsonReader) value(at string) (any, error) {
	if r.depth++; r.depth > maxDepth {
		return nil, errors.New("nested too deeply to check")
	}
	defer func() { r.depth-- }()
	token, err := r.token(at)
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		object := map[string]any{}
		for r.decoder.More() {
			token, err := r.token(at)
			if err != nil {
				return nil, err
			}
			name, _ := token.(string)
			if _, ok := object[name]; ok {
				r.findings.add(join(at, name), "duplicate", "the field appears twice")
			}
			if object[name], err = r.value(join(at, name)); err != nil {
				return nil, err
			}
		}
		_, err := r.decoder.Token()
		return object, err
	case json.Delim('['):
		array := []any{}
		for r.decoder.More() {
			value, err := r.value(join(at, strconv.Itoa(len(array))))
			if err != nil {
				return nil, err
			}
			array = append(array, value)
		}
		_, err := r.decoder.Token()
		return array, err
	}
	return token, nil
}

var (
	escapes   = regexp.MustCompile(`\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`) // a backslash, a pair
	surrogate = regexp.MustCompile(`\\u[dD][89a-fA-F]`)
)

func (r *jsonReader) token(at string) (json.Token, error) {
	start := r.decoder.InputOffset()
	token, err := r.decoder.Token()
	if text, ok := token.(string); ok {
		if surrogate.Match(escapes.ReplaceAll(r.body[start:r.decoder.InputOffset()], []byte(" "))) {
			r.findings.add(orBody(at), "json", "contains an unpaired surrogate")
		}
		if strings.Contains(text, "\x00") {
			r.findings.add(orBody(at), "json", "contains a NUL character")
		}
	}
	return token, err
}
