package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"
)

// decode reads a body that is one JSON document in UTF-8, and reports the keys that an object has twice: encoding/json
// passes them, and two readers of such a body may see two different values.
func decode(f *findings, body []byte) (any, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("invalid UTF-8")
	}
	var discarded any
	if err := json.Unmarshal(body, &discarded); err != nil {
		return nil, err // for bad syntax, and for a second document
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	return decodeValue(f, decoder, "")
}

func decodeValue(f *findings, decoder *json.Decoder, at string) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		object := map[string]any{}
		for decoder.More() {
			token, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			name, _ := token.(string)
			if _, ok := object[name]; ok {
				f.add(join(at, name), "duplicate", "the field appears twice")
			}
			if object[name], err = decodeValue(f, decoder, join(at, name)); err != nil {
				return nil, err
			}
		}
		_, err := decoder.Token()
		return object, err
	case json.Delim('['):
		array := []any{}
		for decoder.More() {
			value, err := decodeValue(f, decoder, join(at, strconv.Itoa(len(array))))
			if err != nil {
				return nil, err
			}
			array = append(array, value)
		}
		_, err := decoder.Token()
		return array, err
	}
	return token, nil
}
