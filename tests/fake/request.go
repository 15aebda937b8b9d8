package fake

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// checkRequest returns why a request is refused whatever keys there are, or nil.
func (a *API) checkRequest(operation *contract.Operation, r *http.Request, body []byte, readErr error) error {
	if err := a.authenticate(r); err != nil {
		return err
	}
	_, tooLarge := errors.AsType[*http.MaxBytesError](readErr)
	switch {
	case r.URL.RawQuery != "":
		return badRequest("The operation has no query parameters")
	case tooLarge:
		return failure{http.StatusRequestEntityTooLarge, codeBadRequest, "The request's body is larger than 1 MiB"}
	case readErr != nil:
		return badRequest("The request's body is cut off")
	case !operation.TakesBody && len(body) > 0:
		return badRequest("The operation takes no body")
	case !operation.TakesBody:
		return nil
	case !isPlainJSON(r.Header):
		return failure{http.StatusUnsupportedMediaType, codeBadRequest, "The request's body must be application/json in UTF-8, not encoded"}
	}
	return checkInput(body)
}

var wellFormedToken = regexp.MustCompile(`^[0-9A-Za-z_-]{40}$`)

// authenticate accepts the token of the account in the path, as the only credentials.
func (a *API) authenticate(r *http.Request) error {
	for _, name := range []string{"X-Auth-Email", "X-Auth-Key", "X-Auth-User-Service-Key"} {
		if r.Header.Get(name) != "" {
			return errMalformedToken
		}
	}
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 || !credentials.Bearer.MatchString(headers[0]) {
		return errMalformedToken
	}
	token := strings.TrimPrefix(headers[0], "Bearer ")
	account := a.accounts[r.PathValue("account_id")]
	switch {
	case account != nil && token == account.token:
		return nil
	case !wellFormedToken.MatchString(token):
		return errMalformedToken
	}
	return errUnauthorized
}

func isPlainJSON(header http.Header) bool {
	types := slices.Compact(slices.Clone(header.Values("Content-Type")))
	mediaType, parameters, err := mime.ParseMediaType(strings.Join(types, ", "))
	charset, given := parameters["charset"]
	return err == nil && mediaType == "application/json" && (!given || strings.EqualFold(charset, "utf-8")) &&
		header.Get("Content-Encoding") == ""
}

// checkInput refuses what the generated decoder would let pass: fields that are null, unknown, spelt in another case or
// given twice, whatever follows the object, and text that would not come back as it went.
func checkInput(body []byte) error {
	if !utf8.Valid(body) || !json.Valid(body) {
		return badRequest("The request's body is not one JSON document in UTF-8")
	}
	if hasLoneSurrogate(body) {
		return badRequest("The request's body has half of a surrogate pair, which is no character")
	}
	decoder := json.NewDecoder(bytes.NewReader(body)) // never fails: the body is valid
	if token, _ := decoder.Token(); token != json.Delim('{') {
		return badRequest("The request's body is not a JSON object")
	}
	given := false
	for decoder.More() {
		field, _ := decoder.Token()
		value, _ := decoder.Token()
		text, isText := value.(string)
		switch {
		case field != "name":
			return badRequest("The request's body has a field other than name")
		case given:
			return badRequest("name is given twice")
		case !isText:
			return badRequest("name is not a string")
		case strings.Contains(text, "\x00"):
			return badRequest("name has a NUL character")
		}
		given = true
	}
	return nil
}

// hasLoneSurrogate tells whether a valid JSON document has an escape such as \ud83d without its other half.
func hasLoneSurrogate(document []byte) bool {
	for {
		start := bytes.IndexByte(document, '\\')
		if start < 0 {
			return false
		}
		document = document[start:]
		first := escapedUnit(document)
		switch {
		case !utf16.IsSurrogate(first):
			document = document[2:] // a backslash and what it escapes
		case utf16.DecodeRune(first, escapedUnit(document[6:])) == utf8.RuneError:
			return true
		default:
			document = document[12:]
		}
	}
}

// escapedUnit returns the UTF-16 unit that a text such as \ud83d begins with, or -1.
func escapedUnit(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	unit, _ := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(unit)
}
