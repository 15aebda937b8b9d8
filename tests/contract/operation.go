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
	// ID is the operationId, or made of the method and the path if there is none: get_pets.
	ID, Method string
	// Path is a template, such as /accounts/{account_id}/calls/turn_keys.
	Path      string
	TakesBody bool
	// Success is the first documented status from 200 to 299, or 0 if there is none.
	Success int

	spec       *openapi3.Operation
	parameters openapi3.Parameters
	pattern    *regexp.Regexp // of a path: what precedes Path, and the values of its parameters
	names      []string       // of the path's parameters
}

var (
	templateParameter = regexp.MustCompile(`\{([^{}]*)\}`)
	notWord           = regexp.MustCompile(`\W+`)
)

func newOperation(method, path string, item *openapi3.PathItem, spec *openapi3.Operation) *Operation {
	o := &Operation{ID: spec.OperationID, Method: method, Path: path, TakesBody: spec.RequestBody != nil, spec: spec}
	if o.ID == "" {
		o.ID = strings.Trim(notWord.ReplaceAllString(strings.ToLower(method)+path, "_"), "_")
	}
	for _, name := range o.Responses() {
		if status, err := strconv.Atoi(name); err == nil && status/100 == 2 && o.Success == 0 {
			o.Success = status
		}
	}
	o.parameters = slices.Clone(spec.Parameters)
	for _, p := range item.Parameters {
		if spec.Parameters.GetByInAndName(p.Value.In, p.Value.Name) == nil {
			o.parameters = append(o.parameters, p)
		}
	}
	pattern, rest := "", path
	for _, match := range templateParameter.FindAllStringSubmatch(path, -1) {
		literal, after, _ := strings.Cut(rest, match[0])
		pattern += quoteLiteral(literal) + "([^/]+)"
		o.names, rest = append(o.names, match[1]), after
	}
	o.pattern = regexp.MustCompile("^(.*?)" + pattern + quoteLiteral(rest) + "$")
	return o
}

func quoteLiteral(path string) string {
	return regexp.QuoteMeta((&url.URL{Path: path}).EscapedPath())
}

// Responses returns the names of the documented responses, such as "200" and "4XX", in order.
func (o *Operation) Responses() []string { return slices.Sorted(maps.Keys(o.spec.Responses.Map())) }

// Response returns the name of the documented response for a status, or "".
func (o *Operation) Response(status int) string {
	for _, name := range []string{strconv.Itoa(status), fmt.Sprintf("%dXX", status/100), "default"} {
		if status != 0 && o.spec.Responses.Value(name) != nil {
			return name
		}
	}
	return ""
}

// Example returns the document's first example of a response to a call that succeeded, or nil.
func (o *Operation) Example() json.RawMessage {
	if o.Success == 0 {
		return nil
	}
	media := o.spec.Responses.Status(o.Success).Value.Content["application/json"]
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
	documented := false
	for _, o := range d.operations {
		match := o.pattern.FindStringSubmatch(path)
		if match == nil || !d.isBase(match[1], o, path) {
			continue
		}
		if o.Method != method {
			documented = true
			continue
		}
		values := map[string]string{}
		for i, name := range o.names {
			values[name], _ = url.PathUnescape(match[i+2])
		}
		return o, values, nil
	}
	switch {
	case documented:
		return nil, nil, errors.New("the path is documented, but not with this method")
	case strings.Contains(path[1:]+"/", "//"):
		return nil, nil, errors.New("the path has an empty segment")
	}
	return nil, nil, errors.New("the path is not documented")
}

// isBase reports whether a request path may begin with a prefix before the path of an operation.
func (d *Document) isBase(prefix string, o *Operation, path string) bool {
	if d.base != nil {
		return prefix == d.base.EscapedPath()
	}
	if prefix == "" || slices.ContainsFunc(d.spec.Servers, func(s *openapi3.Server) bool { return isServerPath(s, prefix) }) {
		return true
	}
	// A template without a literal segment matches after anything.
	return o.word() != "" && strings.HasPrefix(prefix, "/") && !strings.Contains(prefix+"/", "//") && !repeats(path, prefix)
}

func isServerPath(s *openapi3.Server, prefix string) bool {
	address := s.URL
	for name, variable := range s.Variables {
		address = strings.ReplaceAll(address, "{"+name+"}", variable.Default)
	}
	u, err := url.Parse(address)
	return err == nil && strings.TrimRight(u.EscapedPath(), "/") == prefix
}

// repeats reports whether segments of a path are repeated, from within its prefix on: /client/v4/client/v4/accounts.
func repeats(path, prefix string) bool {
	segments := strings.Split(path, "/")[1:]
	for i := range strings.Count(prefix, "/") {
		for n := 1; i+2*n <= len(segments); n++ {
			if slices.Equal(segments[i:i+n], segments[i+n:i+2*n]) {
				return true
			}
		}
	}
	return false
}

// InScope reports whether a URL is outside of nothing: it is under the base URL, if that is known, and is or resembles
// the address of an operation. The host counts only if the URL has one.
func (d *Document) InScope(u *url.URL) bool {
	if d.base == nil || u == nil {
		return d.base == nil
	}
	below, ok := strings.CutPrefix(pathOf(u), d.base.EscapedPath())
	if !ok || u.Host != "" && !strings.EqualFold(hostPort(u), hostPort(d.base)) {
		return false
	}
	return slices.ContainsFunc(d.operations, func(o *Operation) bool {
		match := o.pattern.FindStringSubmatch(below)
		return match != nil && match[1] == "" || strings.HasPrefix(below, "/") && o.word() != "" &&
			slices.ContainsFunc(strings.Split(below, "/"), func(segment string) bool { return simplify(segment) == o.word() })
	})
}

// word is the last literal segment of the path, simplified, or "".
func (o *Operation) word() string {
	for _, segment := range slices.Backward(strings.Split(o.Path, "/")) {
		if segment != "" && !strings.Contains(segment, "{") {
			return simplify(segment)
		}
	}
	return ""
}

// simplify makes turn_keys, turn-key and turnKeys the same.
func simplify(segment string) string {
	return strings.TrimSuffix(strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(segment)), "s")
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
	path := escapedUnreserved.ReplaceAllStringFunc(u.EscapedPath(), func(escaped string) string {
		character, _ := url.PathUnescape(escaped)
		return character
	})
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return path
}
