package conformance

import (
	"slices"
	"strings"
	"time"
)

// account is an account on the server, and what it should hold.
type account struct {
	id, token string
	suffix    string // of the words for a call, "" for the first account
	// first and last are the keys that the first and the last list contained, by their uids. The run never changes those
	// in first.
	first, last map[string]shownKey
	listedAt    time.Time
	// keys are the keys that the run created, oldest first, including deleted ones.
	keys []*key
	// creates are the creates whose response contained no key. It may exist, or appear later.
	creates []response
}

// key is one that the run created.
type key struct {
	account   *account
	label     string // in words: "the first key"
	uid       string
	secret    string
	body      string     // of the create
	versions  []shownKey // what it was; the last is what it is
	changed   time.Time  // when the response to the last change arrived
	uncertain bool       // a change may have worked: either name will do, and it may be deleted
	seen      bool       // a get or a list has shown it to be the run's, so the run may change it
	deleted   bool       // a delete succeeded
	gone      bool       // a get after the delete did not find it
}

// newKey returns a key that is not yet created.
func (acc *account) newKey(label string) *key {
	return &key{account: acc, label: label, versions: make([]shownKey, 1)}
}

func (k *key) current() shownKey { return k.versions[len(k.versions)-1] }

func (k *key) name() string { return textOf(k.current().name) }

// textOf returns what a name is, or "" if it is not known.
func textOf(name *string) string {
	if name == nil {
		return ""
	}
	return *name
}

// exists reports whether the key was created, is known to be the run's, and not deleted.
func (k *key) exists() bool { return k.uid != "" && k.seen && !k.deleted }

// isProvenDeleted reports whether the delete succeeded, and both a list and a get confirm it.
func (k *key) isProvenDeleted() bool {
	_, listed := k.account.last[k.uid]
	return k.deleted && k.gone && !listed && k.account.listedAt.After(k.changed)
}

func (acc *account) byUID(uid string) *key {
	for _, k := range acc.keys {
		if k.uid == uid {
			return k
		}
	}
	return nil
}

// live returns the run's keys that are not deleted.
func (acc *account) live() []*key {
	return slices.DeleteFunc(slices.Clone(acc.keys), func(k *key) bool { return k.deleted })
}

// room returns how many more keys the run may create.
func (acc *account) room() int { return maxKeys - len(acc.first) - len(acc.live()) }

// isOthers reports whether a list has shown the uid as that of a key which the run did not create.
func (acc *account) isOthers(uid string) bool {
	_, first := acc.first[uid]
	_, last := acc.last[uid]
	return (first || last) && acc.byUID(uid) == nil
}

// createOf returns the index in creates of the one that made a key with this name, or -1.
func (acc *account) createOf(name string) int {
	return slices.IndexFunc(acc.creates, func(c response) bool { return c.name != nil && *c.name == name })
}

// owns reports whether this run gave the name. Its first digits suffice, since a server may truncate it.
func (r *run) owns(name *string) bool {
	return strings.Contains(strings.ToLower(textOf(name)), r.name[:len(namePrefix)+12])
}

// isOfAnotherRun reports whether another run created the key: it has the name of one, or one that a run gives by edit. A
// copy of a key that this run created does not count.
func (acc *account) isOfAnotherRun(s shownKey) bool {
	if s.name == nil || strings.Contains(*s.name, namePrefix) {
		return s.name != nil
	}
	isCopied := func(k *key) bool { return !differ(k.current().created, s.created) }
	return slices.Contains(bareNames, *s.name) && differ(s.created, s.modified) && !slices.ContainsFunc(acc.keys, isCopied)
}
