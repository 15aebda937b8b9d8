package turnkeys_test

import (
	"context"
	"errors"
	"fmt"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

type mock struct {
	createErr, deleteErr error
	deleted              []string
}

func (m *mock) Create(_ context.Context, name string) (turnkeys.NewKey, error) {
	if m.createErr != nil {
		return turnkeys.NewKey{}, m.createErr
	}
	key := turnkeys.Key{UID: "3f8a2c6d1b9e40577ac5d2e8f0314b96", Name: name}
	return turnkeys.NewKey{Key: key, Secret: turnkeys.NewSecret("a secret")}, nil
}

func (m *mock) Delete(_ context.Context, keyID string) (turnkeys.Key, error) {
	m.deleted = append(m.deleted, keyID)
	return turnkeys.Key{UID: keyID}, m.deleteErr
}

// If a program calls the client through an interface, its tests can use a mock. To compare two new keys, compare their
// Key, and what Secret.Reveal returns.
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

// A mock can return errors that match the sentinels as real ones do. ErrOutcomeUnknown cannot be made from the fields
// of an Error: wrap it.
func ExampleError_mock() {
	gone := &turnkeys.Error{StatusCode: 404, Errors: []turnkeys.Message{{Code: 20008, Message: "TURN key not found"}}}
	err := rotate(context.Background(), &mock{deleteErr: gone}, "b27d94e05c1f4a8896e3d07a52c8f1be", save)
	fmt.Println(err, errors.Is(gone, turnkeys.ErrNotFound))

	lost := fmt.Errorf("the connection was closed: %w", turnkeys.ErrOutcomeUnknown)
	err = rotate(context.Background(), &mock{createErr: lost}, "b27d94e05c1f4a8896e3d07a52c8f1be", save)
	fmt.Println(errors.Is(err, turnkeys.ErrOutcomeUnknown))
	// Output:
	// <nil> true
	// true
}
