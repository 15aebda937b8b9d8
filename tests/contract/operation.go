package contract

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// operation is a documented one.
type operation struct {
	*openapi3.Operation

	method, path string
	segments     []string // of the path
	parameters   openapi3.Parameters
}

// operations returns all, those whose paths have fewer parameters first: they match first.
func operations(doc *openapi3.T) (all []operation) {
	for _, path := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(path)
		byMethod := item.Operations()
		for _, method := range slices.Sorted(maps.Keys(byMethod)) {
			o := byMethod[method]
			segments := strings.Split(path, "/")[1:]
			all = append(all, operation{o, method, path, segments, slices.Concat(item.Parameters, o.Parameters)})
		}
	}
	return all
}

func isParameter(segment string) bool { return strings.HasPrefix(segment, "{") }

// match says whether a path has this operation's segments.
func (o operation) match(segments []string) bool {
	return slices.EqualFunc(o.segments, segments, func(want, got string) bool {
		return want == got || isParameter(want)
	})
}

// response returns the documented response for a status, and its name.
func (o operation) response(status int) (string, *openapi3.Response) {
	for _, name := range []string{strconv.Itoa(status), fmt.Sprintf("%dXX", status/100), "default"} {
		if ref := o.Responses.Value(name); ref != nil {
			return name, ref.Value
		}
	}
	return "", nil
}

// find returns the operation that a request is for, and the segments of its path. Without a base URL, a documented path
// may stand below any other.
func (c *Checker) find(r *http.Request) (found operation, segments []string, err error) {
	path := unescapeUnreserved(r.URL.EscapedPath())
	if c.baseURL != nil {
		path = strings.TrimPrefix(path, c.baseURL.EscapedPath())
	}
	segments = strings.Split(path, "/")
	if slices.Contains(segments[1:], "") {
		return operation{}, nil, errors.New("the path has an empty segment")
	}
	documented := false
	for i := range segments[1:] {
		below := segments[i+1:]
		for _, o := range c.document.operations {
			switch {
			case !o.match(below):
			case o.method == r.Method:
				return o, below, nil
			default:
				documented = true
			}
		}
		if c.baseURL != nil {
			break
		}
	}
	if documented {
		return operation{}, nil, errors.New("the path is documented, but not with this method")
	}
	return operation{}, nil, errors.New("the path is not documented")
}

// concernsPath says whether a path is below the base URL and has something in common with the document's.
func (c *Checker) concernsPath(u *url.URL) bool {
	below, ok := strings.CutPrefix(unescapeUnreserved(u.EscapedPath()), c.baseURL.EscapedPath())
	return ok && strings.HasPrefix(below, "/") && slices.ContainsFunc(strings.Split(below, "/"), func(segment string) bool {
		return c.document.words[strings.ToLower(segment)]
	})
}

func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	return u.Host + ":" + map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

var escapedUnreserved = regexp.MustCompile(`%(2[dDeE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])`)

// unescapeUnreserved decodes what need not be escaped in a path (RFC 3986, 2.3): %33 is 3 for every server.
func unescapeUnreserved(path string) string {
	return escapedUnreserved.ReplaceAllStringFunc(path, func(escaped string) string {
		character, _ := url.PathUnescape(escaped)
		return character
	})
}
