package turnkeys

import (
	"encoding/json"
	"errors"
	"time"
)

var (
	errNullResult = errors.New("the answer's result is null")
	errNoUID      = errors.New("the answer's result has no uid")
	errNoSecret   = errors.New("the answer's result has no secret, neither as key nor as secret")
)

func checkKey(key *Key) error {
	switch {
	case key == nil:
		return errNullResult
	case key.UID == "":
		return errNoUID
	}
	return nil
}

// checkKeys takes null for an empty list, but not a missing result.
func checkKeys(keys *[]Key) error {
	if keys == nil {
		return nil
	}
	if *keys == nil {
		return errors.New("the answer has no result")
	}
	for i := range *keys {
		if err := checkKey(&(*keys)[i]); err != nil {
			return err
		}
	}
	return nil
}

func checkCreatedKey(key *createdKey) error {
	switch {
	case key == nil:
		return errNullResult
	case key.UID == "":
		return errNoUID
	case key.secret() == "":
		return errNoSecret
	}
	return nil
}

// createdKey is the result of create. Whatever can be read of it is: no field may cost the caller the secret.
type createdKey struct {
	Created  timestamp `json:"created"`
	Modified timestamp `json:"modified"`
	Name     string    `json:"name"`
	UID      string    `json:"uid"`
	Key      string    `json:"key"`
	Secret   string    `json:"secret"` // what the live API has been seen to send in place of key
}

func (k *createdKey) UnmarshalJSON(data []byte) error {
	type fields createdKey // without this method
	_ = json.Unmarshal(data, (*fields)(k))
	return nil
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
