package turnkeys_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"time"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// storedKey is what a program needs to use a TURN key.
type storedKey struct{ UID, Secret string }

// loadKey stands for a secret manager. It returns fs.ErrNotExist if no key is stored.
func loadKey(file string) (key storedKey, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return storedKey{}, err
	}
	return key, json.Unmarshal(data, &key)
}

// saveKey stores a key and reads it back. It does not replace a key that another process has just stored.
func saveKey(file string, key storedKey) error {
	data, err := json.Marshal(key)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	saved, err := loadKey(file)
	if err == nil && saved != key {
		err = errors.New("another key was read back")
	}
	return err
}

// provision returns the stored key. If there is none, it creates one and stores it. A key whose secret is not stored is
// of no use, so provision deletes it, even if ctx has ended by then.
func provision(ctx context.Context, client *turnkeys.Client, file string) (storedKey, error) {
	stored, err := loadKey(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return stored, err
	}
	created, err := client.Create(ctx, "video calls")
	if err != nil {
		return storedKey{}, err
	}
	key := storedKey{created.UID, created.Secret.Reveal()}
	if err := saveKey(file, key); err != nil {
		deleteCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		_, deleteErr := client.Delete(deleteCtx, created.UID)
		return storedKey{}, errors.Join(fmt.Errorf("TURN key %s was not stored: %w", created.UID, err), deleteErr)
	}
	return key, nil
}

// A program creates its key once, and uses the stored one from then on.
func Example_provision() {
	client, stop := newExampleClient()
	defer stop()
	folder, err := os.MkdirTemp("", "turnkeys")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	ctx := context.Background()

	first, err := provision(ctx, client, filepath.Join(folder, "turn-key.json"))
	fmt.Println(len(first.Secret), err)
	second, err := provision(ctx, client, filepath.Join(folder, "turn-key.json"))
	fmt.Println(second == first, err)
	_, err = provision(ctx, client, filepath.Join(folder, "no such folder", "turn-key.json"))
	fmt.Println(err != nil)
	keys, err := client.List(ctx)
	fmt.Println(len(keys), err)
	// Output:
	// 64 <nil>
	// true <nil>
	// true
	// 1 <nil>
}
