package conformance

import (
	"strings"

	"github.com/seed-e5e2407e/turnkeys/tests/internal/credentials"
)

// change changes what a call sends, and which response is expected.
type change func(call) call

// anyShape is for a request that the document does not permit: any page may be at its address, but no key.
func anyShape(want expectation) change {
	return func(c call) call {
		c.want, c.undocumented = want, true
		return c
	}
}

func named(name string) change { return func(c call) call { return c.withName(name) } }

func afterDeletion(c call) call { return c.expecting(deleted) }

// chunkedAndEscaped writes a name in another way: with escapes and blanks, and without the length of the body.
func chunkedAndEscaped(name string) change {
	return func(c call) call {
		c.chunked, c.want.optional = true, true
		return c.withName(name)
	}
}

func withCharset(name string) change {
	return func(c call) call {
		c.want.optional = true
		return c.with("Content-Type", "application/json; charset=utf-8").withName(name)
	}
}

// invalid sends other credentials, or none.
func invalid(authorization ...string) change {
	return func(c call) call { return c.with("Authorization", authorization...).expecting(unauthorized) }
}

func withoutToken(c call) call { return invalid()(c) }

func invalidToken(token string) change { return invalid("Bearer " + token) }

// nearID asks for an id that is nearly the key's.
func nearID(miss func(string) string) change {
	return func(c call) call { return withID(miss(c.about.uid))(c) }
}

// withID asks for an id that no key has.
func withID(id string) change {
	return func(c call) call {
		c = c.to(c.account.id, id).expecting(unknownKey)
		if credentials.ID.MatchString(id) {
			return c
		}
		return anyShape(unknownID)(c)
	}
}

// inAccount asks for an account that the token is not for.
func inAccount(id string) change {
	return func(c call) call { return at(unknownAccount, "/"+c.account.id, "/"+id)(c) }
}

// appending appends to the path.
func appending(suffix string, want expectation) change {
	return func(c call) call {
		c.path += suffix
		return anyShape(want)(c)
	}
}

// at changes the path.
func at(want expectation, old, new string) change {
	return func(c call) call {
		c.path = strings.Replace(c.path, old, new, 1)
		return anyShape(want)(c)
	}
}
