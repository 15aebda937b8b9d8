package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/flatten/allof"
	"github.com/oasdiff/oasdiff/flatten/commonparams"
	"github.com/oasdiff/oasdiff/flatten/headers"
	"github.com/oasdiff/yaml"
)

// turnKeysPath is where the paths of the operations begin.
const turnKeysPath = "/accounts/{account_id}/calls/turn_keys"

// load reads what a document says about TURN keys, with each allOf merged into one schema.
func load(source string) (*openapi3.T, error) {
	data, err := read(source)
	if err != nil {
		return nil, err
	}
	if data, err = cut(data); err != nil {
		return nil, fmt.Errorf("%s is not an OpenAPI document: %s", source, oneLine(err))
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, fmt.Errorf("%s is not an OpenAPI document: %s", source, oneLine(err))
	}
	commonparams.Move(doc)
	headers.Lowercase(doc)
	doc, err = allof.MergeSpec(doc)
	if err != nil {
		return nil, fmt.Errorf("%s has an allOf that cannot be merged: %s", source, oneLine(err))
	}
	return doc, nil
}

func read(source string) ([]byte, error) {
	if !strings.HasPrefix(source, "http://") && !strings.HasPrefix(source, "https://") {
		return os.ReadFile(source)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, source, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", source, response.Status)
	}
	return io.ReadAll(response.Body)
}

// document is an OpenAPI document, taken apart no further than cut needs it.
type document struct {
	OpenAPI    string                                `json:"openapi"`
	Info       json.RawMessage                       `json:"info"`
	Paths      map[string]json.RawMessage            `json:"paths"`
	Components map[string]map[string]json.RawMessage `json:"components"`
}

// cut reduces a document to the paths of the TURN keys and the components that they refer to. Cloudflare's describes
// some 2,000 operations; parsing it whole would take minutes.
func cut(data []byte) ([]byte, error) {
	if !json.Valid(data) {
		var err error
		if data, err = yaml.YAMLToJSON(data); err != nil {
			return nil, errors.New("neither JSON nor YAML")
		}
	}
	var whole document
	if err := json.Unmarshal(data, &whole); err != nil || whole.OpenAPI == "" || whole.Paths == nil {
		return nil, errors.New("no object with openapi, paths and components")
	}
	small := document{
		OpenAPI: whole.OpenAPI, Info: whole.Info,
		Paths: maps.Clone(whole.Paths), Components: map[string]map[string]json.RawMessage{},
	}
	maps.DeleteFunc(small.Paths, func(path string, _ json.RawMessage) bool { return !strings.HasPrefix(path, turnKeysPath) })
	for _, item := range small.Paths {
		copyComponents(small, whole, item)
	}
	return json.Marshal(small)
}

var reference = regexp.MustCompile(`"\$ref":\s*"#/components/([^/"]+)/([^/"]+)`)

// copyComponents copies what a part of a document refers to, and what that refers to.
func copyComponents(to, from document, part json.RawMessage) {
	for _, match := range reference.FindAllSubmatch(part, -1) {
		section, name := string(match[1]), string(match[2])
		component, ok := from.Components[section][name]
		if !ok || to.Components[section][name] != nil {
			continue
		}
		if to.Components[section] == nil {
			to.Components[section] = map[string]json.RawMessage{}
		}
		to.Components[section][name] = component
		copyComponents(to, from, component)
	}
}

// missingOperations returns those of ours that theirs lacks.
func missingOperations(ours, theirs *openapi3.T) []string {
	var missing []string
	for path, item := range ours.Paths.Map() {
		for method := range item.Operations() {
			if their := theirs.Paths.Value(path); their == nil || their.GetOperation(method) == nil {
				missing = append(missing, method+" "+path)
			}
		}
	}
	slices.Sort(missing)
	return missing
}

func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
