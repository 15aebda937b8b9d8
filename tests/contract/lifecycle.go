package contract

import (
	"context"
	"errors"
	"fmt"
	"slices"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// lifecycle takes a key through all operations, and each operation through its failure.
func (r *run) lifecycle(ctx context.Context) error {
	var key turnkeys.Key // as the last answer about it showed it
	var got turnkeys.Key
	var keys []turnkeys.Key

	create := func(client *turnkeys.Client) func() error {
		return func() error {
			created, err := client.Create(ctx, r.name)
			r.orphaned = r.orphaned || errors.Is(err, turnkeys.ErrOutcomeUnknown)
			if err == nil {
				r.created = append(r.created, created.UID)
				key = created.Key
			}
			return err
		}
	}
	list := func() (err error) { keys, err = r.client.List(ctx); return err }
	get := func() (err error) { got, err = r.client.Get(ctx, key.UID); return err }
	edit := func() (err error) { got, err = r.client.Edit(ctx, key.UID, r.name+"-edited"); return err }
	remove := func() (err error) {
		if got, err = r.client.Delete(ctx, key.UID); err == nil {
			r.forget(key.UID)
		}
		return err
	}

	steps := []step{
		{"200", list, nil},
		{failureStatus, func() error { _, err := r.stranger.List(ctx); return err }, nil},
		{failureStatus, create(r.stranger), nil},
		{"201", create(r.client), func(f *findings) { holdName(f, r.name, key) }},
		{"200", get, func(f *findings) { holdSame(f, "/result", key, got) }},
		{"200", edit, func(f *findings) { holdEdited(f, r.name+"-edited", key, got); key = got }},
		{"200", get, func(f *findings) { holdSame(f, "/result", key, got) }},
		{"200", list, func(f *findings) { holdListed(f, keys, key) }},
		{"200", remove, func(f *findings) { holdSame(f, "/result", key, got) }},
		{failureStatus, get, nil},
		{failureStatus, edit, nil},
		{failureStatus, remove, nil},
		{"200", list, func(f *findings) { holdGone(f, keys, key) }},
	}
	for _, s := range steps {
		if err := r.take(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// What follows holds the answers against each other: the document's schemas cannot.

func holdName(f *findings, name string, key turnkeys.Key) {
	if key.Name != name {
		f.add("/result/name", "sequence", "is not the name that was asked for")
	}
}

func holdSame(f *findings, at string, known, key turnkeys.Key) {
	hold := func(same bool, field string) {
		if !same {
			f.add(at+"/"+field, "sequence", "is not what the answers before said")
		}
	}
	hold(key.UID == known.UID, "uid")
	hold(key.Name == known.Name, "name")
	hold(key.Created.Equal(known.Created), "created")
	hold(key.Modified.Equal(known.Modified), "modified")
}

func holdEdited(f *findings, name string, known, key turnkeys.Key) {
	holdName(f, name, key)
	if key.Modified.Before(known.Modified) {
		f.add("/result/modified", "sequence", "went back")
	}
	known.Name, known.Modified = key.Name, key.Modified
	holdSame(f, "/result", known, key)
}

func holdListed(f *findings, keys []turnkeys.Key, known turnkeys.Key) {
	times := 0
	for i, key := range keys {
		if key.UID == known.UID {
			times++
			holdSame(f, fmt.Sprintf("/result/%d", i), known, key)
		}
	}
	if times != 1 {
		f.add("/result", "sequence", "shows the run's key %d times, not once", times)
	}
}

func holdGone(f *findings, keys []turnkeys.Key, deleted turnkeys.Key) {
	if slices.ContainsFunc(keys, func(key turnkeys.Key) bool { return key.UID == deleted.UID }) {
		f.add("/result", "sequence", "shows a key that was deleted")
	}
}
