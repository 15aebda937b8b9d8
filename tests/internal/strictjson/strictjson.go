// Package strictjson reads JSON, and reports what encoding/json accepts but other parsers may read differently.
package strictjson

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

// These limits bound the cost of a hostile document.
const (
	maxDepth  = 500
	maxValues = 100_000
)

// Decode reads one JSON document in UTF-8, with numbers as json.Number. It reports duplicate field names, unpaired
// surrogates and NUL characters, each with the JSON pointer of its place and a rule, "duplicate" or "json".
func Decode(document []byte, report func(pointer, rule, message string)) (any, error) {
	if !utf8.Valid(document) {
		return nil, errors.New("not one JSON document: invalid UTF-8")
	}
	var valid json.RawMessage
	if err := json.Unmarshal(document, &valid); err != nil {
		return nil, fmt.Errorf("not one JSON document: %w", err)
	}
	r := &reader{document: document, report: report, Decoder: json.NewDecoder(bytes.NewReader(document))}
	r.UseNumber()
	value := r.value("", maxDepth)
	return value, r.err
}

// reader reads valid JSON.
type reader struct {
	*json.Decoder

	document []byte
	report   func(pointer, rule, message string)
	values   int // read so far
	err      error
}

func (r *reader) value(at string, depth int) any {
	if r.values++; depth == 0 || r.values > maxValues {
		r.err = errors.New("too many values, or too deeply nested ones, to check")
		return nil
	}
	switch token := r.token(at); token {
	case json.Delim('{'):
		object := map[string]any{}
		for r.err == nil && r.More() {
			name, _ := r.token(at).(string)
			if _, twice := object[name]; twice {
				r.report(Join(at, name), "duplicate", "the field appears twice")
			}
			object[name] = r.value(Join(at, name), depth-1)
		}
		_, _ = r.Token()
		return object
	case json.Delim('['):
		array := []any{}
		for r.err == nil && r.More() {
			array = append(array, r.value(Join(at, strconv.Itoa(len(array))), depth-1))
		}
		_, _ = r.Token()
		return array
	default:
		return token
	}
}

var (
	// An escaped backslash, or a surrogate pair.
	escapes   = regexp.MustCompile(`\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)
	surrogate = regexp.MustCompile(`\\u[dD][89a-fA-F]`)
)

func (r *reader) token(at string) json.Token {
	start := r.InputOffset()
	token, _ := r.Token()
	if text, ok := token.(string); ok {
		if surrogate.Match(escapes.ReplaceAll(r.document[start:r.InputOffset()], []byte(" "))) {
			r.report(at, "json", "contains an unpaired surrogate")
		}
		if strings.Contains(text, "\x00") {
			r.report(at, "json", "contains a NUL character")
		}
	}
	return token
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// Join appends a name to a JSON pointer (RFC 6901).
func Join(pointer, name string) string { return pointer + "/" + pointerEscaper.Replace(name) }
