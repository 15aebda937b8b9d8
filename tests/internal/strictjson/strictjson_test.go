package strictjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/strictjson"
)

// decode returns a value, and what was reported as "POINTER RULE".
func decode(document string) (value any, reports []string, err error) {
	value, err = strictjson.Decode([]byte(document), func(pointer, rule, _ string) { reports = append(reports, pointer+" "+rule) })
	return value, reports, err
}

func TestDecodeReportsWhatOtherParsersReadDifferently(t *testing.T) {
	value, reports, err := decode(` {"a/b":[1.0,"\ud83d"],"~":"\u0000","a":null,"a":"\ud83d\ude00 \\ud83d"} `)
	require.NoError(t, err)
	assert.Equal(t, []string{"/a~1b/1 json", "/~0 json", "/a duplicate"}, reports)
	assert.Equal(t, map[string]any{"a/b": []any{json.Number("1.0"), "\ufffd"}, "~": "\x00", "a": "😀 \\ud83d"}, value)
}

func TestDecodeRejectsWhatIsNotOneDocumentOrTooCostly(t *testing.T) {
	nested := func(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }
	many := func(values int) string { return "[" + strings.Repeat("0,", values-2) + "0]" } // the array is one of them
	for _, document := range []string{nested(500), many(100_000)} {
		_, reports, err := decode(document)
		assert.NoError(t, err)
		assert.Empty(t, reports)
	}
	for _, document := range []string{"", "{", "{}{}", "\ufeff{}", "\"\xff\"", nested(501), nested(9000), many(100_001)} {
		_, _, err := decode(document)
		assert.Error(t, err)
	}
}
