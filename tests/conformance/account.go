package conformance

import (
	"slices"
	"time"
)

// account is one of the server's, and what it should hold.
type account struct {
	id, token string
	label     string // in words, "" for the first
	// first holds the uids of the first list, nil before that. The run addresses none of them.
	first map[string]bool
	// room is for how many more keys there was room then.
	room int
	// others holds the keys that are not the run's, as they were last seen.
	others map[string]seen
	// keys holds those that the run created, in the order of their creation, deleted ones too.
	keys []*key
	// unanswered holds the names of keys that may have been created, and whose uid is not known.
	unanswered []string
	// undeletable holds the names of listed keys of the run whose uid cannot be used.
	undeletable []string
}

// key is one that the run created.
type key struct {
	account  *account
	label    string // in words: "the first key"
	uid      string
	secret   string
	versions []seen    // what it was, and last what it is
	changed  time.Time // when the last answer came that changed it
	unsure   bool      // the answer to an edit was lost: the old name is as good as the new

	gone         bool // a delete said so
	deleteStatus int
	unlisted     bool // a list after the delete is without it
	stillThere   bool // a get after the delete showed it
	uidReused    bool // a later key has its uid
}

// newKey returns a key that is not yet created.
func (acc *account) newKey(label string) *key { return &key{account: acc, label: label} }

func (k *key) is() *seen { return &k.versions[len(k.versions)-1] }

func (acc *account) byUID(uid string) *key {
	for _, k := range acc.keys {
		if k.uid == uid && !k.uidReused {
			return k
		}
	}
	return nil
}

// live returns the run's keys that are not gone.
func (acc *account) live() []*key {
	return slices.DeleteFunc(slices.Clone(acc.keys), func(k *key) bool { return k.gone })
}

// finding is something about an answer that the answers before it do not bear out.
type finding struct {
	at, message string
	late        bool // it may be right in a moment
}

// compare returns how an answer, at a JSON pointer, differs from what the key is. What the key was before is late.
func (k *key) compare(at string, s seen) []finding {
	is, was := k.is(), k.versions[:len(k.versions)-1]
	if k.unsure {
		k.unsure, is.name, is.modified = false, s.name, s.modified
	}
	k.learn(s)
	var all []finding
	add := func(field string, stale bool) {
		if stale {
			all = append(all, finding{at + "/" + field, "is what it was before the edit", true})
		} else {
			all = append(all, finding{at + "/" + field, "is not what the answers before said", false})
		}
	}
	if s.uid != k.uid {
		add("uid", false)
	}
	if s.name != nil && *s.name != *is.name {
		add("name", slices.ContainsFunc(was, func(v seen) bool { return v.name != nil && *v.name == *s.name }))
	}
	if differ(s.created, is.created) {
		add("created", false)
	}
	if differ(s.modified, is.modified) {
		add("modified", slices.ContainsFunc(was, func(v seen) bool { return v.modified != nil && !differ(v.modified, s.modified) }))
	}
	return all
}

// learn takes from an answer what no answer before has said.
func (k *key) learn(s seen) {
	is := k.is()
	if is.name == nil {
		is.name = s.name
	}
	if is.created == nil {
		is.created = s.created
	}
	if is.modified == nil {
		is.modified = s.modified
	}
}

// differ says that both times are known, and not the same.
func differ(a, b *time.Time) bool { return a != nil && b != nil && !a.Equal(*b) }
