package conformance

import (
	"bytes"
	"encoding/json"
	"time"
)

// envelope is what could be read of a response. The document's own check reports what is wrong with its form; the run
// takes from it what it can, so that one mistake does not hide the next.
type envelope struct {
	isJSON    bool // it is a JSON object or a list
	enveloped bool // it looks like one of the API's
	codes     []int64
	results   []shownKey // the keys in it
	result    *shownKey  // the only one, where it is no list
	listed    bool       // the result is a list, or null
}

// shownKey is a key as a response shows it. What is missing, or is of another type, is nil or empty.
type shownKey struct {
	uid               string
	name              *string
	created, modified *time.Time
	createdText       string
	secret            string
}

// decodeEnvelope reads the first JSON document of a body.
func decodeEnvelope(body []byte) (e envelope) {
	var document any
	_ = json.NewDecoder(bytes.NewReader(body)).Decode(&document)
	fields, isObject := document.(map[string]any)
	_, isList := document.([]any)
	e.isJSON = isObject || isList
	e.enveloped = fields["success"] != nil || fields["result"] != nil || fields["errors"] != nil
	errors, _ := fields["errors"].([]any)
	for _, item := range errors {
		message, _ := item.(map[string]any)
		code, _ := message["code"].(float64)
		e.codes = append(e.codes, int64(code))
	}
	switch result := fields["result"].(type) {
	case nil:
		_, e.listed = fields["result"]
	case []any:
		e.listed = true
		for _, item := range result {
			key, _ := item.(map[string]any)
			e.results = append(e.results, decodeKey(key))
		}
	case map[string]any:
		e.results = []shownKey{decodeKey(result)}
		e.result = &e.results[0]
	}
	return e
}

func decodeKey(fields map[string]any) (s shownKey) {
	s.uid, _ = fields["uid"].(string)
	if name, ok := fields["name"].(string); ok {
		s.name = &name
	}
	s.createdText, _ = fields["created"].(string)
	s.created, s.modified = decodeTime(fields["created"]), decodeTime(fields["modified"])
	s.secret, _ = fields["key"].(string)
	if s.secret == "" { // it has been seen under another name
		s.secret, _ = fields["secret"].(string)
	}
	return s
}

func decodeTime(value any) *time.Time {
	text, _ := value.(string)
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil
	}
	return &t
}

// quote returns a text as JSON. encoding/json would write < as \u003c, and the run wants to send it as it is.
func quote(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string always can be
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
