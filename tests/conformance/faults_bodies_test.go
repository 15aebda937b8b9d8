package conformance_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bodies that the document does not permit, and what is done with them.
var bodyFaults = []scenario{
	{"null is taken for a name", taking(nameIsNull)},
	{"null is taken for a name by create", taking(nameIsNull, createOp)},
	{"null is taken for a name by edit", taking(nameIsNull, editOp)},
	{"a number is taken for a name", taking(nameIs[float64])},
	{"a number is taken for a name by edit", taking(nameIs[float64], editOp)},
	{"a boolean is taken for a name", taking(nameIs[bool])},
	{"false is taken for no name", taking(func(_ *call, value any, _ error) (string, bool) {
		input, _ := value.(object)
		return "", input["name"] == false
	})},
	{"an array is taken for a name", taking(nameIs[[]any])},
	{"an array is taken for a name by create", taking(nameIs[[]any], createOp)},
	{"an object is taken for a name", taking(nameIs[object])},
	{"an object is taken for a name by edit", taking(nameIs[object], editOp)},
	{"any type is taken for a name", taking(func(_ *call, value any, err error) (string, bool) {
		input, ok := value.(object)
		return fmt.Sprint(input["name"]), ok && err == nil && input["name"] != nil
	})},
	{"an array is taken for a body", taking(valueIs[[]any])},
	{"a string is taken for a body", taking(valueIs[string])},
	{"a number is taken for a body", taking(valueIs[float64])},
	{"a boolean is taken for a body", taking(valueIs[bool])},
	{"null is taken for a body", taking(func(c *call, _ any, _ error) (string, bool) { return "", string(bytes.TrimSpace(c.body)) == "null" })},
	{"null is taken for a body by edit", taking(func(c *call, _ any, _ error) (string, bool) {
		return "", string(bytes.TrimSpace(c.body)) == "null"
	}, editOp)},
	{"no body is taken for an empty object", taking(isEmpty)},
	{"no body is taken for an empty object by create", taking(isEmpty, createOp)},
	{"no body is taken for an empty object by edit", taking(isEmpty, editOp)},
	{"invalid JSON is taken for an empty object", taking(func(c *call, _ any, err error) (string, bool) { return "", err != nil && len(c.body) > 0 })},
	{"invalid JSON is taken for an empty object by edit", taking(func(c *call, _ any, err error) (string, bool) {
		return "", err != nil && len(c.body) > 0
	}, editOp)},
	{"invalid JSON is taken for the name itself", taking(func(c *call, _ any, err error) (string, bool) {
		return string(c.body), err != nil && len(c.body) > 0
	})},
	{"JSON that is cut off is completed", taking(func(c *call, _ any, err error) (string, bool) {
		name, ok := completed(c.body)
		return name, ok && err != nil && len(c.body) > 0
	})},
	{"a second document is ignored", taking(func(c *call, value any, _ error) (string, bool) { return nameOf(value), extra(c.body) != "" })},
	{"a second document is ignored by edit", taking(func(c *call, value any, _ error) (string, bool) {
		return nameOf(value), extra(c.body) != ""
	}, editOp)},
	{"single quotes are taken for double ones", taking(func(c *call, _ any, err error) (string, bool) {
		value, again := decode(bytes.ReplaceAll(c.body, []byte("'"), []byte(`"`)))
		return nameOf(value), err != nil && again == nil
	})},
	{"a trailing comma is ignored", taking(func(c *call, _ any, err error) (string, bool) {
		value, again := decode(regexp.MustCompile(`,\s*}`).ReplaceAll(c.body, []byte("}")))
		return nameOf(value), err != nil && again == nil
	})},
	{"text/plain is taken for JSON", taking(ofType("text/plain"))},
	{"text/plain is taken for JSON by create", taking(ofType("text/plain"), createOp)},
	{"text/plain is taken for JSON by edit", taking(ofType("text/plain"), editOp)},
	{"any content type is taken for JSON", taking(ofType("/"))},
	{"any content type is taken for JSON by edit", taking(ofType("/"), editOp)},
	{"no content type is taken for JSON", taking(func(c *call, value any, err error) (string, bool) {
		return nameOf(value), err == nil && c.Header.Get("Content-Type") == ""
	})},
	{"a form is taken for a body", taking(func(c *call, _ any, _ error) (string, bool) {
		form, err := url.ParseQuery(string(c.body))
		return form.Get("name"), err == nil && strings.HasPrefix(c.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	})},
	{"invalid UTF-8 is repaired", taking(func(c *call, value any, err error) (string, bool) {
		return nameOf(value), err == nil && !utf8.Valid(c.body)
	})},
	{"Name and NAME are taken for name", taking(func(c *call, _ any, _ error) (string, bool) {
		var input struct{ Name *string }
		if json.Unmarshal(c.body, &input) != nil || input.Name == nil || len(c.body) == 0 {
			return "", false
		}
		return *input.Name, true
	})},
	{"an input's uid is taken over", onSuccess(func(c *call, a *answer) {
		value, _ := decode(c.body)
		if uid, ok := value.(object)["uid"].(string); ok {
			c.created().uid = uid
			a.results()[0]["uid"] = uid
		}
	}, createOp)},
	{"unknown fields come back", onSuccess(func(c *call, a *answer) {
		value, _ := decode(c.body)
		maps.Copy(a.results()[0], value.(object))
	}, createOp, editOp)},

	{"a bad body makes a key all the same", refused(func(c *call, s *server) {
		c.account.keys = append(c.account.keys, s.newKey("", s.now()))
	}, createOp)},
	{"a bad body makes a key of the last name all the same", refused(func(c *call, s *server) {
		c.account.keys = append(c.account.keys, s.newKey(c.created().name, s.now()))
	}, createOp)},
	{"a bad body clears the name all the same", refused(func(c *call, _ *server) { c.edited().name = "" }, editOp)},
	{"a bad body moves modified", refused(func(c *call, s *server) { c.edited().modified = s.now() }, editOp)},
	{"a bad body deletes the key", refused(func(c *call, _ *server) { c.account.remove(c.keyID) }, editOp)},
	{"a bad body deletes another key", refused(func(c *call, _ *server) { c.account.remove(c.other().uid) }, createOp, editOp)},
	{"a bad body is a 500", badBody(failure(http.StatusInternalServerError, codeOther, "Internal error"))},
	{"a bad body is a 200 with success false", badBody(&answer{status: http.StatusOK, body: failure(0, codeBadBody, "no").body})},
	{"a bad body is 403 with the token's code", badBody(unauthorized())},
	{"a bad body is 404 with the code for a key", badBody(notFound())},
	{"a bad body is refused without an envelope", badBody(&answer{status: http.StatusBadRequest, body: object{"error": "bad request"}})},
	{"a bad body is refused in HTML", onFailure(http.StatusBadRequest, func(_ *call, a *answer) { a.page(http.StatusBadRequest) }, createOp, editOp)},
	{"a bad body is refused without any error", onFailure(http.StatusBadRequest, func(_ *call, a *answer) {
		a.body["errors"] = []object{}
	}, createOp, editOp)},
	{"no body is a 500", taking500(isEmpty)},
	{"invalid JSON is a 500", taking500(func(c *call, _ any, err error) (string, bool) { return "", err != nil && len(c.body) > 0 })},
	{"a wrong content type is a 500", taking500(ofType("/"))},
	{"a bad edit body is a 200 that changes nothing", func(s *server) {
		s.around(func(c *call, next operation) *answer {
			k, ok := s.find(c)
			if _, err := s.readName(c); err != nil && ok {
				return success(http.StatusOK, s.show(c, k))
			}
			return next(c)
		}, editOp)
	}},
	{"a bad create body is a 201 that makes nothing", func(s *server) {
		s.around(func(c *call, next operation) *answer {
			if _, err := s.readName(c); err != nil {
				shown := s.show(c, s.newKey("", s.now()))
				shown["key"] = digest("nothing", c.nth)
				return success(http.StatusCreated, shown)
			}
			return next(c)
		}, createOp)
	}},
}

// reading reports whether a body that the reference rejects is accepted, and as which name.
type reading func(c *call, value any, err error) (name string, ok bool)

// taking accepts some bodies that the document does not permit.
func taking(read reading, operations ...string) func(*server) {
	return func(s *server) {
		s.readName = func(c *call) (string, error) {
			name, err := readName(c)
			value, problem := decode(c.body)
			if problem == nil && extra(c.body) != "" {
				problem = errors.New("more than one document")
			}
			if taken, ok := read(c, value, problem); ok && slices.Contains(orAll(operations), c.operation) {
				return taken, nil
			}
			return name, err
		}
	}
}

// taking500 fails over some bodies that the document does not permit.
func taking500(read reading) func(*server) {
	return onFailure(http.StatusBadRequest, func(c *call, a *answer) {
		value, err := decode(c.body)
		if _, ok := read(c, value, err); ok {
			a.replace(failure(http.StatusInternalServerError, codeOther, "Internal error"))
		}
	}, createOp, editOp)
}

// refused does something although the body was refused.
func refused(f func(*call, *server), operations ...string) func(*server) {
	return func(s *server) {
		onFailure(http.StatusBadRequest, func(c *call, _ *answer) {
			if c.operation == createOp || c.account.index(c.keyID) >= 0 {
				f(c, s)
			}
		}, operations...)(s)
	}
}

func badBody(other *answer) func(*server) {
	return onFailure(http.StatusBadRequest, func(_ *call, a *answer) { a.replace(other) }, createOp, editOp)
}

func nameIs[T any](_ *call, value any, err error) (string, bool) {
	input, _ := value.(object)
	name, ok := input["name"].(T)
	return strings.Trim(fmt.Sprint(name), "[]map"), ok && err == nil
}

func nameIsNull(_ *call, value any, err error) (string, bool) {
	input, _ := value.(object)
	name, ok := input["name"]
	return "", ok && name == nil && err == nil
}

func valueIs[T any](_ *call, value any, err error) (string, bool) {
	_, ok := value.(T)
	return "", ok && err == nil
}

func isEmpty(c *call, _ any, _ error) (string, bool) { return "", len(c.body) == 0 }

func ofType(part string) reading {
	return func(c *call, value any, err error) (string, bool) {
		mediaType := c.Header.Get("Content-Type")
		_, ok := value.(object)
		return nameOf(value), err == nil && ok && strings.Contains(mediaType, part) && !strings.HasPrefix(mediaType, "application/json")
	}
}

func nameOf(value any) string {
	input, _ := value.(object)
	name, _ := input["name"].(string)
	return name
}

// extra returns what follows a body's first document.
func extra(body []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(body))
	var first any
	if decoder.Decode(&first) != nil {
		return ""
	}
	return strings.TrimSpace(string(body[decoder.InputOffset():]))
}

// completed returns the name in an object that is cut off.
func completed(body []byte) (name string, ok bool) {
	for _, end := range []string{`}`, `"}`, `""}`, `:""}`, `":""}`} {
		if value, err := decode(append(bytes.Clone(body), end...)); err == nil {
			return nameOf(value), true
		}
	}
	return "", false
}
