package conformance

import (
	"slices"
	"time"
)

// account is one of the server's, and what it should hold.
type account struct {
	id, token string
	label     string // in words, "" for the first
	// firstListed holds the uids of the first list, and is nil before that. The run never changes these keys.
	firstListed map[string]bool
	// roomAtStart is how many more keys the account could hold at the first list.
	roomAtStart int
	// otherKeys holds the keys that are not the run's, as the last list showed them.
	otherKeys map[string]shownKey
	// otherRuns holds the uids of keys that other runs created. A run may empty the names of its keys.
	otherRuns map[string]bool
	// keys holds those that the run created, in that order, the deleted ones too.
	keys []*key
	// pending holds the creates that may have made a key whose uid is not known.
	pending []pendingCreate
	// undeletable holds the names of the run's keys that the last list shows with a uid that is none.
	undeletable []string
}

// pendingCreate is a create that got no response, or none with a uid. The key may be there, or may still appear.
type pendingCreate struct {
	name   string // "" if the run did not give the key a name of its own
	since  time.Time
	failed bool // the response was a 5XX, or should have been a 4XX: it is unlikely that there is a key
	sought bool // a list that was made a settling time later does not contain the key
}

// key is one that the run created.
type key struct {
	account   *account
	label     string // in words: "the first key"
	uid       string
	secret    string
	body      string     // of the create
	versions  []shownKey // what it was, and last what it is
	changed   time.Time  // when the last answer came that changed it
	uncertain bool       // the answer to an edit was lost: the old name is as good as the new

	got    bool // a get of it was answered
	seen   bool // a get or a list has shown it to be the run's, so the run may change it
	likely bool // it was created at the time that its create answered, but has no name

	deleted      bool // a delete said so
	deleteStatus int
	mayBeDeleted bool // a delete failed, or its answer was lost
	unlisted     bool // a list after the delete is without it
	gone         bool // a get after the delete did not find it
	uidReused    bool // a later key has its uid
}

// newKey returns a key that is not yet created.
func (acc *account) newKey(label string) *key { return &key{account: acc, label: label} }

func (k *key) current() *shownKey { return &k.versions[len(k.versions)-1] }

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
	return slices.DeleteFunc(slices.Clone(acc.keys), func(k *key) bool { return k.deleted })
}
