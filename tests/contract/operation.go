package contract

import (
	"cmp"
	"encoding/json"
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
	// ID is the operationId or, if there is none, a name made of the method and the path, such as get_pets.
	ID, Method string
	// Path is a template, such as /accounts/{account_id}/calls/turn_keys.
	Path      string
	TakesBody bool
	// Success is the first documented status from 200 to 299, or 0 if there is none.
	Success int

	messages   map[string]*documented // by "request" and the names of the responses
	needsToken bool                   // a bearer token is the only documented credential
	segments   []string               // of Path
}

// documented is what a document specifies for a message.
type documented struct {
	parameters openapi3.Parameters // the headers of a response are parameters, too
	content    openapi3.Content
	mayBeEmpty bool
}

var notWord = regexp.MustCompile(`\W+`)

func newOperation(doc *openapi3.T, path, method string) *Operation {
	item := doc.Paths.Value(path)
	spec := item.GetOperation(method)
	o := &Operation{ID: spec.OperationID, Method: method, Path: path, TakesBody: spec.RequestBody != nil}
	o.ID = cmp.Or(o.ID, strings.Trim(notWord.ReplaceAllString(strings.ToLower(method)+path, "_"), "_"))
	o.segments = strings.Split(path, "/")[1:]
	security := *cmp.Or(spec.Security, &doc.Security)
	o.needsToken = len(security) > 0
	for _, alternative := range security {
		o.needsToken = o.needsToken && len(alternative) > 0
		for name := range alternative {
			o.needsToken = o.needsToken && strings.EqualFold(doc.Components.SecuritySchemes[name].Value.Scheme, "bearer")
		}
	}

	request := &documented{mayBeEmpty: true}
	if o.TakesBody {
		request.content, request.mayBeEmpty = spec.RequestBody.Value.Content, !spec.RequestBody.Value.Required
	}
	for _, p := range slices.Concat(spec.Parameters, item.Parameters) {
		ignored := slices.Contains([]string{"accept", "content-type", "authorization"}, strings.ToLower(p.Value.Name)) // by OpenAPI
		if !ignored && request.parameters.GetByInAndName(p.Value.In, p.Value.Name) == nil {
			request.parameters = append(request.parameters, p)
		}
	}
	o.messages = map[string]*documented{"request": request}
	for name, ref := range spec.Responses.Map() {
		response := &documented{content: ref.Value.Content}
		for header, ref := range ref.Value.Headers {
			p := ref.Value.Parameter
			p.Name, p.In = header, openapi3.ParameterInHeader
			response.parameters = append(response.parameters, &openapi3.ParameterRef{Value: &p})
		}
		if failure := doc.Components.Schemas["FailureEnvelope"]; failure != nil && name[0] == '4' && len(response.content) == 0 {
			response.content, response.mayBeEmpty = openapi3.NewContentWithJSONSchemaRef(failure), true // as the live API responds
		}
		o.messages[name] = response
	}
	for status := 299; status >= 200; status-- {
		if o.messages[strconv.Itoa(status)] != nil {
			o.Success = status
		}
	}
	return o
}

// Responses returns the names of the documented responses, such as "200" and "4XX", in order.
func (o *Operation) Responses() []string {
	names := slices.Sorted(maps.Keys(o.messages))
	return slices.DeleteFunc(names, func(name string) bool { return name == "request" })
}

// Response returns the name of the documented response for a status, or "".
func (o *Operation) Response(status int) string {
	for _, name := range []string{strconv.Itoa(status), fmt.Sprintf("%dXX", status/100), "default"} {
		if o.messages[name] != nil {
			return name
		}
	}
	return ""
}

// Example returns the first example of a successful response in the document, or nil.
func (o *Operation) Example() json.RawMessage {
	success := cmp.Or(o.messages[strconv.Itoa(o.Success)], &documented{})
	media := success.content.Get("application/json")
	if media == nil || len(media.Examples) == 0 {
		return nil
	}
	first := slices.Min(slices.Collect(maps.Keys(media.Examples)))
	example, _ := json.Marshal(media.Examples[first].Value.Value) // cannot fail: it was YAML or JSON
	return example
}

// find returns the operation that a request is for and the segments of its path, or the reason why there is none.
func (d *Document) find(method string, u *url.URL) (o *Operation, segments []string, problem string) {
	segments, ok := d.belowBase(u)
	if !ok {
		return &Operation{}, nil, "the path is not under " + d.base.EscapedPath()
	}
	problem = "the path is not documented"
	for _, o := range d.operations {
		prefix := max(0, len(segments)-len(o.segments))
		switch {
		case d.base != nil && prefix > 0, !o.matches(segments[prefix:]), slices.Contains(segments[:prefix], ""):
		case repeats(segments, prefix):
			problem = "the path repeats the base path"
		case o.Method != method:
			problem = "the path is documented, but not with this method"
		default:
			return o, segments[prefix:], ""
		}
	}
	return &Operation{}, nil, problem
}

func (o *Operation) matches(segments []string) bool {
	return slices.EqualFunc(o.segments, segments, func(own, segment string) bool {
		return own == segment || strings.HasPrefix(own, "{") && segment != ""
	})
}

// repeats reports whether a path has part of its prefix twice in a row, as /client/v4/client/v4/accounts has.
func repeats(segments []string, prefix int) bool {
	for end := range min(prefix, 50) + 1 {
		for start := range end {
			if slices.Equal(segments[start:end], segments[end:min(2*end-start, len(segments))]) {
				return true
			}
		}
	}
	return false
}

// belowBase returns the segments of a path after those of the base URL.
func (d *Document) belowBase(u *url.URL) (segments []string, ok bool) {
	segments = segmentsOf(u)
	if d.base == nil || d.base.Path == "" {
		return segments, true
	}
	base := segmentsOf(d.base)
	n := min(len(base), len(segments))
	return segments[n:], slices.Equal(segments[:n], base)
}

// segmentsOf returns the segments of a path, unescaped: an escaped slash separates nothing.
func segmentsOf(u *url.URL) []string {
	segments := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	for i := range segments {
		segments[i], _ = url.PathUnescape(segments[i])
	}
	return segments
}

// InScope reports whether a URL is to be checked: it is under the base URL, if that is known, and is the address of an
// operation or resembles one. The host counts only if the URL has one.
func (d *Document) InScope(u *url.URL) bool {
	if d.base == nil || u == nil {
		return d.base == nil
	}
	segments, ok := d.belowBase(u)
	isSameHost := u.Host == "" || origin(u) == origin(d.base)
	return ok && isSameHost && slices.ContainsFunc(d.operations, func(o *Operation) bool {
		return o.matches(segments) || slices.ContainsFunc(segments, o.isNamed)
	})
}

var insignificant = regexp.MustCompile(`[_-]|s$`)

// isNamed reports whether a segment of a path resembles the last literal one of the operation: turnKeys and turn_keys.
func (o *Operation) isNamed(segment string) bool {
	simplify := func(segment string) string { return insignificant.ReplaceAllString(strings.ToLower(segment), "") }
	for _, own := range slices.Backward(o.segments) {
		if !strings.HasPrefix(own, "{") {
			return segment != "" && simplify(segment) == simplify(own)
		}
	}
	return false
}

func origin(u *url.URL) string {
	port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
	return u.Scheme + "://" + strings.TrimSuffix(strings.ToLower(u.Host), port)
}
