package turnkeys_test

import (
	"context"
	"errors"
	"fmt"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// turnKeys is what a program uses of a *turnkeys.Client. Its tests put a mock in the client's place.
type turnKeys interface {
	Create(ctx context.Context, name string) (turnkeys.NewKey, error)
	List(ctx context.Context) ([]turnkeys.Key, error)
	Get(ctx context.Context, keyID string) (turnkeys.Key, error)
	Edit(ctx context.Context, keyID, name string) (turnkeys.Key, error)
	Delete(ctx context.Context, keyID string) (turnkeys.Key, error)
}

// rotate replaces the key with the id old. The old key stays good until the new one is saved.
func rotate(ctx context.Context, keys turnKeys, old string, save func(uid, secret string) error) error {
	key, err := keys.Create(ctx, "video calls")
	if err != nil {
		return err
	}
	if err := save(key.UID, key.Secret.Reveal()); err != nil {
		_, deleteErr := keys.Delete(ctx, key.UID)
		return errors.Join(err, deleteErr)
	}
	if _, err := keys.Delete(ctx, old); err != nil && !errors.Is(err, turnkeys.ErrNotFound) {
		return fmt.Errorf("the new key is saved, but the old one is still good: %w", err)
	}
	return nil
}

// mock has the two methods that rotate needs; the others panic.
type mock struct {
	turnKeys

	deleted []string
}

func (m *mock) Create(_ context.Context, name string) (turnkeys.NewKey, error) {
	return turnkeys.NewKey{
		Key:    turnkeys.Key{UID: "3f8a2c6d1b9e40577ac5d2e8f0314b96", Name: name},
		Secret: turnkeys.NewSecret("a secret"),
	}, nil
}

func (m *mock) Delete(_ context.Context, keyID string) (turnkeys.Key, error) {
	m.deleted = append(m.deleted, keyID)
	return turnkeys.Key{UID: keyID}, nil
}

// A program that is written against an interface of its own can be tested with a mock.
func ExampleNewSecret() {
	keys := &mock{}
	err := rotate(context.Background(), keys, "b27d94e05c1f4a8896e3d07a52c8f1be", func(_, secret string) error {
		return fmt.Errorf("no room for %q", secret)
	})
	fmt.Println(err)
	fmt.Println("deleted:", keys.deleted)
	// Output:
	// no room for "a secret"
	// deleted: [3f8a2c6d1b9e40577ac5d2e8f0314b96]
}
