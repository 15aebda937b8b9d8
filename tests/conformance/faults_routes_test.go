package conformance_test

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

var idPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

// documentedOps are the ids of all operations on TURN keys, and paths are their paths.
var documentedOps, paths = documented()

func documented() (ids []string, paths map[string]*regexp.Regexp) {
	paths = map[string]*regexp.Regexp{}
	parameter := regexp.MustCompile(`\{\w+\}`)
	for _, o := range contract.OpenAPI().Operations() {
		if strings.Contains(o.Path, "/turn_keys") {
			ids = append(ids, o.ID)
			paths[o.ID] = regexp.MustCompile("^" + basePath + parameter.ReplaceAllString(o.Path, "([^/]+)") + "$")
		}
	}
	return ids, paths
}

// lookUp returns the ids in a path, and the operations that are documented there, by method.
func lookUp(path string) (accountID, keyID string, byMethod map[string]string) {
	byMethod = map[string]string{}
	for id, pattern := range paths {
		if segments := pattern.FindStringSubmatch(path); segments != nil {
			accountID, keyID = segments[1], strings.Join(segments[2:], "") // a collection's path has no second
			byMethod[contract.OpenAPI().Operation(id).Method] = id
		}
	}
	return accountID, keyID, byMethod
}

func (s *server) route(r *http.Request) *call {
	c := &call{Request: r, server: s}
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		c.token = token
	}
	var byMethod map[string]string
	c.accountID, c.keyID, byMethod = lookUp(r.URL.Path)
	c.operation = byMethod[r.Method]
	return c
}

func undocumented(c *call) *response {
	if c.accountID == "" {
		return failure(404, codeUnroutable)
	}
	return failure(405, codeUnroutable)
}
