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
	// firstListed holds the uids of the first list, and is nil before that. The run never changes these keys.
	firstListed map[string]bool
	// roomAtStart is how many more keys the account could hold at the first list.
	roomAtStart int
	// otherKeys holds the keys that the run did not create, as the last list showed them.
	otherKeys map[string]shownKey
	// otherRuns holds the uids of keys that other runs created. A run may empty the names of its keys.
	otherRuns map[string]bool
	// keys holds those that the run created, in that order, the deleted ones too.
	keys []*key
	// pending holds the creates that may have made a key whose uid is not known.
	pending []pendingCreate
	// unusable holds the names of the run's keys that the last list shows with a uid that fits no path.
	unusable []string
}

// pendingCreate is a create that got no response, or none with a uid. The key may be there, or may still appear.
type pendingCreate struct {
	name   string // "" if the run did not give the key a name of its own
	since  time.Time
	failed bool // the response was a 5XX, or should have been a 4XX: it is unlikely that there is a key
	listed bool // a list that was made later does not contain the key
	sought bool // nor does one that was made a settling time later
}

// key is one that the run created.
type key struct {
	account   *account
	label     string // in words: "the first key"
	uid       string
	secret    string
	body      string     // of the create
	versions  []shownKey // what it was, and last what it is
	changed   time.Time  // when the last response came that changed it
	uncertain bool       // an edit may have worked: either name will do

	got  bool // a get of it got a response
	seen bool // a get or a list has shown it to be the run's, so the run may change it

	deleted      bool // a delete said so
	mayBeDeleted bool // a delete failed, or its response was lost
	unlisted     bool // a list after the delete is without it
	gone         bool // a get after the delete did not find it
	undead       bool // an edit after the delete found it
}

// newKey returns a key that is not yet created.
func (acc *account) newKey(label string) *key { return &key{account: acc, label: label} }

func (k *key) current() shownKey {
	if len(k.versions) == 0 {
		return shownKey{}
	}
	return k.versions[len(k.versions)-1]
}

func (k *key) name() string {
	if name := k.current().name; name != nil {
		return *name
	}
	return ""
}

// exists reports whether the key was created, is known to be the run's, and no delete has said otherwise.
func (k *key) exists() bool { return k.uid != "" && k.seen && !k.deleted }

// isProvenDeleted reports whether a delete was answered as if it worked, and both a list and a get bear it out.
func (k *key) isProvenDeleted() bool { return k.deleted && k.unlisted && k.gone && !k.undead }

func (acc *account) byUID(uid string) *key {
	i := slices.IndexFunc(acc.keys, func(k *key) bool { return k.uid == uid })
	if i < 0 {
		return nil
	}
	return acc.keys[i]
}

// live returns the run's keys that are not deleted.
func (acc *account) live() []*key {
	return slices.DeleteFunc(slices.Clone(acc.keys), func(k *key) bool { return k.deleted })
}

func (acc *account) hasRoom() bool { return len(acc.live()) < acc.roomAtStart }

// isOthers reports whether a uid is that of a key which the run did not create.
func (acc *account) isOthers(uid string) bool {
	_, listed := acc.otherKeys[uid]
	return listed || acc.firstListed[uid]
}

// callsToCleanUp returns how many calls it takes to delete the key, and to see that it is gone.
func (k *key) callsToCleanUp() int {
	switch {
	case k.gone:
		return 0
	case k.deleted:
		return 1
	}
	return 2
}

// owns reports whether a name is one that this run gave. The first digits tell: a name may be cut.
func (r *run) owns(s shownKey) bool {
	return s.name != nil && strings.Contains(strings.ToLower(*s.name), r.name[:len(namePrefix)+12])
}

// isOfAnotherRun reports whether another run created the key: it has the name of one, or one that a run gives by edit. A
// copy of the run's own key is none.
func (acc *account) isOfAnotherRun(s shownKey) bool {
	if s.name == nil || strings.Contains(*s.name, namePrefix) {
		return s.name != nil
	}
	edited := s.created != nil && s.modified != nil && s.modified.After(*s.created)
	return edited && slices.Contains(bareNames, *s.name) && !slices.ContainsFunc(acc.keys, func(k *key) bool {
		created := k.versions[0].created
		return created != nil && created.Equal(*s.created)
	})
}

// recognize learns from what is shown under the uid of the run's key whether the key is the run's. It reports whether
// that is the key of somebody else.
func (r *run) recognize(k *key, s shownKey) (foreign bool) {
	if s.uid != k.uid || s.name == nil {
		return false
	}
	if r.owns(s) {
		k.seen = true
		return false
	}
	created := k.versions[0].created
	sameCreation := s.created != nil && created != nil && s.created.Equal(*created)
	sent := strings.Contains(k.body, *s.name)
	if !r.owns(k.versions[0]) { // it was created without a name of the run's own
		k.seen = k.seen || sameCreation && sent && !created.Before(r.started.Add(-clockTolerance))
	}
	named := func(v shownKey) bool { return v.name != nil && *v.name == *s.name }
	return !slices.ContainsFunc(k.versions, named) && (!sameCreation || !k.seen && !sent)
}

// disown leaves a key alone from now on. The one that the create made may be there under another uid.
func (k *key) disown(s shownKey) {
	acc := k.account
	acc.keys = slices.DeleteFunc(acc.keys, func(other *key) bool { return other == k })
	acc.pending = append(acc.pending, pendingCreate{name: *k.versions[0].name, since: k.changed})
	acc.otherKeys[k.uid] = s
	k.uid = ""
}
