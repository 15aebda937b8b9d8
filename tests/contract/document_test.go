package contract_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	spec "github.com/seed-e5e2407e/turnkeys"
	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// changed returns openapi.yaml with another schema of a TURN key, and with more in the examples of keys.
func changed(t *testing.T, change func(turnKey *openapi3.Schema), more map[string]any) []byte {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(spec.OpenAPI)
	require.NoError(t, err)
	change(doc.Components.Schemas["TurnKey"].Value)
	for _, example := range doc.Components.Examples {
		value, _ := example.Value.Value.(map[string]any)
		keys, _ := value["result"].([]any)
		for _, key := range append(keys, value["result"]) {
			if key, ok := key.(map[string]any); ok && key["uid"] != nil {
				maps.Copy(key, more)
			}
		}
	}
	openapi, err := doc.MarshalJSON()
	require.NoError(t, err)
	return openapi
}

func addShelf(turnKey *openapi3.Schema) {
	turnKey.Properties["shelf"] = openapi3.NewStringSchema().WithEnum("weur", "enam").NewRef()
}

func addRequiredShelf(turnKey *openapi3.Schema) {
	addShelf(turnKey)
	turnKey.Required = append(turnKey.Required, "shelf")
}

func TestTheCheckerFollowsTheDocument(t *testing.T) {
	shelf := map[string]any{"shelf": "weur"}
	with := strings.Replace(get().answer, `"uid"`, `"shelf":"weur","uid"`, 1)
	wrong := strings.Replace(with, `"shelf":"weur"`, `"shelf":"mars"`, 1)
	for name, tc := range map[string]struct {
		openapi              []byte
		without, with, wrong string
	}{
		"as it is":          {spec.OpenAPI, "", "getTurnKey.200:/result/shelf", "getTurnKey.200:/result/shelf"},
		"an optional field": {changed(t, addShelf, shelf), "", "", "getTurnKey.200:/result/shelf"},
		"a required field":  {changed(t, addRequiredShelf, shelf), "getTurnKey.200:/result/shelf", "", "getTurnKey.200:/result/shelf"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, contract.WithDocument(tc.openapi))
			for answer, want := range map[string]string{get().answer: tc.without, with: tc.with, wrong: tc.wrong} {
				x := get()
				x.answer = answer
				assert.Equal(t, strings.Fields(want), places(s.play(x)), answer)
			}
			_, survivors := kill(t, only(subjects(t, tc.openapi), "getTurnKey.200"), tc.openapi)
			assert.Empty(t, survivors)
		})
	}
}

func only(all []subject, name string) []subject {
	return slices.DeleteFunc(all, func(s subject) bool { return s.name != name })
}

func TestADocumentThatIsNotValidIsOneLineWithinASecond(t *testing.T) {
	for name, tc := range map[string]struct {
		openapi []byte
		want    string
	}{
		"a required field that the examples lack": {changed(t, addRequiredShelf, nil), "contract: invalid OpenAPI document: " +
			"listTurnKeys.200: example Listed: /result/0/shelf: the field is missing"},
		"a field that an example has too much": {changed(t, func(*openapi3.Schema) {}, map[string]any{"regoin": 1}),
			"contract: invalid OpenAPI document: listTurnKeys.200: example Listed: /result/0/regoin: the field is not documented"},
		"a pattern that an example breaks": {changed(t, func(s *openapi3.Schema) { s.Properties["uid"].Value.Pattern = "^x$" }, nil),
			"contract: invalid OpenAPI document: listTurnKeys.200: example Listed: /result/0/uid: does not match ^x$"},
		"a reference to nothing": {[]byte(strings.Replace(string(spec.OpenAPI), "schemas/TurnKey'", "schemas/None'", 1)),
			"contract: invalid OpenAPI document: "},
		"no document": {[]byte("<html>\n"), "contract: invalid OpenAPI document: "},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := contract.New(nil, contract.WithDocument(tc.openapi))
			assert.Less(t, time.Since(start), time.Second)
			require.ErrorContains(t, err, tc.want)
			assert.NotContains(t, err.Error(), "\n")
			assert.Less(t, len(err.Error()), 300)
		})
	}
}

func TestNewRefusesABaseURLThatIsNone(t *testing.T) {
	for _, baseURL := range []string{"", "api.cloudflare.com", "ftp://server.test", "/client/v4", "http://%zz"} {
		_, err := contract.New(nil, contract.WithBaseURL(baseURL))
		require.ErrorContains(t, err, "contract: base URL: want one such as https://api.cloudflare.com/client/v4, got ", baseURL)
	}
}
