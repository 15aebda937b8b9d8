package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Operation is an operation of a [Document].
type Operation struct {
	// ID is the operationId or, if there is none, made of the method and the path: get_pets.
	ID, Method string
	// Path is a template, such as /accounts/{account_id}/calls/turn_keys.
	Path      string
	TakesBody bool
	// Success is the first documented status from 200 to 299, or 0 if there is none.
	Success int

	spec       *openapi3.Operation
	parameters openapi3.Parameters
	security   openapi3.SecurityRequirements
	pattern    *regexp.Regexp // captures what precedes Path in a URL, and the values of its parameters
	names      []string       // of the parameters in Path
	word       string         // its last literal segment, simplified
}

var (
	notWord  = regexp.MustCompile(`\W+`)
	variable = regexp.MustCompile(`\{([^{}]*)\}`)
)

func newOperation(doc *openapi3.T, path, method string) *Operation {
	item := doc.Paths.Value(path)
	spec := item.GetOperation(method)
	o := &Operation{ID: spec.OperationID, Method: method, Path: path, TakesBody: spec.RequestBody != nil, spec: spec, security: doc.Security}
	if spec.Security != nil {
		o.security = *spec.Security
	}
	if o.ID == "" {
		o.ID = strings.Trim(notWord.ReplaceAllString(strings.ToLower(method)+path, "_"), "_")
	}
	for _, name := range slices.Backward(o.Responses()) {
		if status, err := strconv.Atoi(name); err == nil && status/100 == 2 {
			o.Success = status
		}
	}
	for _, p := range slices.Concat(spec.Parameters, item.Parameters) {
		ignored := slices.Contains([]string{"accept", "content-type", "authorization"}, strings.ToLower(p.Value.Name)) // by OpenAPI
		if !ignored && o.parameters.GetByInAndName(p.Value.In, p.Value.Name) == nil {
			o.parameters = append(o.parameters, p)
		}
	}
	for _, match := range variable.FindAllStringSubmatch(path, -1) {
		o.names = append(o.names, match[1])
	}
	var literals []string
	for _, literal := range variable.Split(path, -1) {
		literals = append(literals, regexp.QuoteMeta((&url.URL{Path: literal}).EscapedPath()))
	}
	o.pattern = regexp.MustCompile("^((?:/[^/]+)*?)" + strings.Join(literals, "([^/]+)") + "$")
	for segment := range strings.SplitSeq(path, "/") {
		if !variable.MatchString(segment) && segment != "" {
			o.word = simplify(segment)
		}
	}
	return o
}

// Responses returns the names of the documented responses, such as "200" and "4XX", in order.
func (o *Operation) Responses() []string { return slices.Sorted(maps.Keys(o.spec.Responses.Map())) }

// Response returns the name of the documented response for a status, or "".
func (o *Operation) Response(status int) string {
	for _, name := range []string{strconv.Itoa(status), fmt.Sprintf("%dXX", status/100), "default"} {
		if o.spec.Responses.Value(name) != nil {
			return name
		}
	}
	return ""
}

// contents returns the content of the request body and of the responses, by "request" and the names of the responses.
func (o *Operation) contents() map[string]openapi3.Content {
	contents := map[string]openapi3.Content{}
	if o.TakesBody {
		contents["request"] = o.spec.RequestBody.Value.Content
	}
	for name, response := range o.spec.Responses.Map() {
		contents[name] = response.Value.Content
	}
	return contents
}

// Example returns the first example in the document of the response to a call that succeeded, or nil.
func (o *Operation) Example() json.RawMessage {
	media := o.contents()[strconv.Itoa(o.Success)].Get("application/json")
	if media == nil || len(media.Examples) == 0 {
		return nil
	}
	first := slices.Min(slices.Collect(maps.Keys(media.Examples)))
	example, _ := json.Marshal(media.Examples[first].Value.Value) // it was YAML or JSON
	return example
}

// find returns the operation that a request is for, and the values of its path parameters.
func (d *Document) find(method string, u *url.URL) (*Operation, map[string]string, error) {
	path := pathOf(u)
	err := errors.New("the path is not documented")
	if d.base != nil && !strings.HasPrefix(path+"/", d.base.EscapedPath()+"/") {
		err = fmt.Errorf("the path is not under %s", d.base.EscapedPath())
	}
	for _, o := range d.operations {
		match := o.pattern.FindStringSubmatch(path)
		switch {
		case match == nil || d.base != nil && match[1] != d.base.EscapedPath():
		case d.base == nil && repeats(path, len(match[1])):
			err = errors.New("the path repeats the base path")
		case o.Method != method:
			err = errors.New("the path is documented, but not with this method")
		default:
			values := map[string]string{}
			for i, name := range o.names {
				values[name], _ = url.PathUnescape(match[i+2])
			}
			return o, values, nil
		}
	}
	return nil, nil, err
}

// repeats reports whether a path repeats what is in its first n bytes: /client/v4/client/v4/accounts.
func repeats(path string, n int) bool {
	path += "/"
	for end := range min(n, 200) + 1 {
		for start := range end {
			if path[start] == '/' && path[end] == '/' && strings.HasPrefix(path[end:], path[start:end]+"/") {
				return true
			}
		}
	}
	return false
}

// InScope reports whether a URL is to be checked: it is under the base URL, if that is known, and is the address of an
// operation or resembles one. The host counts only if the URL has one.
func (d *Document) InScope(u *url.URL) bool {
	if d.base == nil || u == nil {
		return d.base == nil
	}
	below, ok := strings.CutPrefix(pathOf(u), d.base.EscapedPath())
	if !ok || u.Host != "" && !strings.EqualFold(hostPort(u), hostPort(d.base)) {
		return false
	}
	segments := strings.Split(below, "/")
	for i := range segments {
		segments[i] = simplify(segments[i])
	}
	return slices.ContainsFunc(d.operations, func(o *Operation) bool {
		match := o.pattern.FindStringSubmatch(below)
		return match != nil && match[1] == "" || o.word != "" && slices.Contains(segments, o.word)
	})
}

var separators = strings.NewReplacer("_", "", "-", "")

// simplify makes turn_keys, turn-key and turnKeys the same.
func simplify(segment string) string {
	return strings.TrimSuffix(separators.Replace(strings.ToLower(segment)), "s")
}

func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	return u.Host + ":" + map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

var escapedUnreserved = regexp.MustCompile(`%(2[dDeE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])`)

// pathOf returns the path of a URL, escaped, but without the escapes that mean nothing (RFC 3986, 2.3): %33 is 3.
func pathOf(u *url.URL) string {
	return "/" + strings.TrimPrefix(escapedUnreserved.ReplaceAllStringFunc(u.EscapedPath(), func(escaped string) string {
		character, _ := url.PathUnescape(escaped)
		return character
	}), "/")
}
