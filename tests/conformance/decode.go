package conformance

import (
	"bytes"
	"encoding/json"
	"regexp"
	"time"
)

// envelope is what could be read of a response. The document's own check reports what is wrong with its form; the run
// takes from it what it can, so that one mistake does not hide the next.
type envelope struct {
	isJSON    bool // it is a JSON object or a list
	enveloped bool // it looks like one of the API's
	codes     []int64
	result    *shownKey  // where it is one key
	results   []shownKey // where it is a list
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
	var raw map[string]json.RawMessage
	if json.NewDecoder(bytes.NewReader(body)).Decode(&raw) != nil {
		return envelope{isJSON: json.Unmarshal(body, &[]any{}) == nil}
	}
	e.isJSON = true
	for _, field := range []string{"success", "result", "errors", "messages"} {
		_, there := raw[field]
		e.enveloped = e.enveloped || there
	}
	var messages []struct {
		Code int64 `json:"code"`
	}
	_ = json.Unmarshal(raw["errors"], &messages)
	for _, m := range messages {
		e.codes = append(e.codes, m.Code)
	}
	var fields map[string]any
	var list []map[string]any
	switch {
	case json.Unmarshal(raw["result"], &list) == nil: // null too
		e.listed = len(raw["result"]) > 0
		for _, item := range list {
			e.results = append(e.results, decodeKey(item))
		}
	case json.Unmarshal(raw["result"], &fields) == nil:
		key := decodeKey(fields)
		e.result = &key
	}
	return e
}

var secretPattern = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)

func decodeKey(fields map[string]any) (s shownKey) {
	s.uid, _ = fields["uid"].(string)
	if name, ok := fields["name"].(string); ok {
		s.name = &name
	}
	s.created, s.modified = decodeTime(fields["created"]), decodeTime(fields["modified"])
	s.createdText, _ = fields["created"].(string)
	s.secret, _ = fields["key"].(string)
	for _, value := range fields { // the secret has been seen under another name
		if text, ok := value.(string); ok && s.secret == "" && secretPattern.MatchString(text) {
			s.secret = text
		}
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
