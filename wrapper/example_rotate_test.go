package turnkeys_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// turnKeys has the methods of *turnkeys.Client that a program uses. Its tests replace the client with a mock.
type turnKeys interface {
	Create(ctx context.Context, name string) (turnkeys.NewKey, error)
	Delete(ctx context.Context, keyID string) (turnkeys.Key, error)
}

// save stands for wherever a program keeps its secrets.
func save(_, _ string) error { return nil }

// rotate replaces the key with the id old. The old key stays valid until the new one is saved.
func rotate(ctx context.Context, keys turnKeys, old string, save func(uid, secret string) error) error {
	key, err := keys.Create(ctx, "video calls")
	if err != nil {
		return err
	}
	if err := save(key.UID, key.Secret.Reveal()); err != nil {
		deleteCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		_, deleteErr := keys.Delete(deleteCtx, key.UID)
		return errors.Join(err, deleteErr)
	}
	if _, err := keys.Delete(ctx, old); err != nil && !errors.Is(err, turnkeys.ErrNotFound) {
		return fmt.Errorf("the new key is saved, but the old one is still valid: %w", err)
	}
	return nil
}

// A key's secret cannot be changed. To rotate it, create a new key, save it, and delete the old one.
func Example_rotate() {
	client, stop := newExampleClient()
	defer stop()
	ctx := context.Background()
	old, err := client.Create(ctx, "video calls")
	if err != nil {
		log.Fatal(err)
	}

	if err := rotate(ctx, client, old.UID, save); err != nil {
		log.Fatal(err)
	}
	keys, err := client.List(ctx)
	fmt.Println(len(keys), keys[0].UID != old.UID, err)
	// Output: 1 true <nil>
}
