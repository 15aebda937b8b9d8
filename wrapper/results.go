package turnkeys

import (
	"errors"
	"time"
)

var (
	errNullResult = errors.New("the answer's result is null")
	errNoUID      = errors.New("the answer has no result with a uid")
	errNoSecret   = errors.New("the answer's result has no secret, neither as key nor as secret")
)

func checkKey(key *Key, typeErr error) error {
	switch {
	case typeErr != nil:
		return typeErr
	case key == nil:
		return errNullResult
	case key.UID == "":
		return errNoUID
	}
	return nil
}

// checkKeys takes null for an empty list.
func checkKeys(keys *[]Key, typeErr error) error {
	if typeErr != nil || keys == nil {
		return typeErr
	}
	for i := range *keys {
		if (*keys)[i].UID == "" {
			return errNoUID
		}
	}
	return nil
}

// checkCreatedKey accepts whatever holds a uid and a secret: no other field may cost the caller the secret.
func checkCreatedKey(key *createdKey, typeErr error) error {
	switch {
	case key == nil:
		return errNullResult
	case key.UID != "" && key.secret() != "":
		return nil
	case typeErr != nil:
		return typeErr
	case key.UID == "":
		return errNoUID
	}
	return errNoSecret
}

// createdKey is the result of create.
type createdKey struct {
	Created  timestamp `json:"created"`
	Modified timestamp `json:"modified"`
	Name     string    `json:"name"`
	UID      string    `json:"uid"`
	Key      string    `json:"key"`
	Secret   string    `json:"secret"` // what the live API has been seen to send in place of key
}

func (k *createdKey) secret() string {
	if k.Key != "" {
		return k.Key
	}
	return k.Secret
}

func (k *createdKey) newKey() NewKey {
	return NewKey{
		Key:    Key{Created: k.Created.Time, Modified: k.Modified.Time, Name: k.Name, UID: k.UID},
		Secret: newSecret(k.secret()),
	}
}

// timestamp stays zero where it cannot be read.
type timestamp struct{ time.Time }

func (t *timestamp) UnmarshalJSON(data []byte) error {
	_ = t.Time.UnmarshalJSON(data)
	return nil
}
