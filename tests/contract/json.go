package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What a hostile body can cost is bounded.
const (
	maxDepth  = 500
	maxValues = 100_000
)

// decode reads a body that is one JSON document in UTF-8. It reports what encoding/json accepts but other parsers may
// read differently: duplicate field names, unpaired surrogates and NUL.
func decode(f *findings, body []byte) (any, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("not one JSON document: invalid UTF-8")
	}
	if !json.Valid(body) {
		var discarded any
		return nil, fmt.Errorf("not one JSON document: %w", json.Unmarshal(body, &discarded))
	}
	r := &jsonReader{findings: f, body: body, Decoder: json.NewDecoder(bytes.NewReader(body))}
	r.UseNumber()
	return r.value("", maxDepth)
}

type jsonReader struct {
	*json.Decoder

	findings *findings
	body     []byte
	values   int // read so far
}

// value reads a value. Its errors are only about limits: the syntax is valid.
func (r *jsonReader) value(at string, depth int) (any, error) {
	token := r.token(at)
	if r.values++; depth == 0 || r.values > maxValues {
		return nil, errors.New("too many values, or too deeply nested ones, to check")
	}
	array, object := []any{}, map[string]any{}
	for delimiter, _ := token.(json.Delim); delimiter != 0 && r.More(); {
		name := strconv.Itoa(len(array))
		if delimiter == '{' {
			name, _ = r.token(at).(string)
		}
		value, err := r.value(join(at, name), depth-1)
		if err != nil {
			return nil, err
		}
		if _, twice := object[name]; twice {
			r.findings.add(join(at, name), "duplicate", "the field appears twice")
		}
		if delimiter == '{' {
			object[name] = value
		} else {
			array = append(array, value)
		}
	}
	switch token {
	case json.Delim('{'):
		_, _ = r.Token()
		return object, nil
	case json.Delim('['):
		_, _ = r.Token()
		return array, nil
	}
	return token, nil
}

var (
	escapes   = regexp.MustCompile(`\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`) // a backslash, a pair
	surrogate = regexp.MustCompile(`\\u[dD][89a-fA-F]`)
)

func (r *jsonReader) token(at string) json.Token {
	start := r.InputOffset()
	token, _ := r.Token()
	if text, ok := token.(string); ok {
		if surrogate.Match(escapes.ReplaceAll(r.body[start:r.InputOffset()], []byte(" "))) {
			r.findings.add(orBody(at), "json", "contains an unpaired surrogate")
		}
		if strings.Contains(text, "\x00") {
			r.findings.add(orBody(at), "json", "contains a NUL character")
		}
	}
	return token
}
