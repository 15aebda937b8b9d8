package bench

import (
	"context"

	"github.com/cloudflare/cloudflare-go/v7/calls"

	"github.com/seed-e5e2407e/turnkeys/tests/bench/canned"
)

// cloudflarePeer sets the fields of its parameters one by one: the function made for it, cloudflare.F, is in the
// package that links all of Cloudflare's products.
type cloudflarePeer struct{ turn *calls.TURNService }

func (p cloudflarePeer) create(ctx context.Context) (key, error) {
	var params calls.TURNNewParams
	params.AccountID.Value, params.AccountID.Present = canned.AccountID, true
	params.Name.Value, params.Name.Present = canned.Name, true
	k, err := p.turn.New(ctx, params)
	if err != nil {
		return key{}, err
	}
	return key{k.Created, k.Modified, k.Name, k.UID, k.Key}, nil
}

func (p cloudflarePeer) get(ctx context.Context) (key, error) {
	var params calls.TURNGetParams
	params.AccountID.Value, params.AccountID.Present = canned.AccountID, true
	k, err := p.turn.Get(ctx, canned.KeyID, params)
	if err != nil {
		return key{}, err
	}
	return key{k.Created, k.Modified, k.Name, k.UID, ""}, nil
}

func (p cloudflarePeer) edit(ctx context.Context) (key, error) {
	var params calls.TURNUpdateParams
	params.AccountID.Value, params.AccountID.Present = canned.AccountID, true
	params.Name.Value, params.Name.Present = canned.Name, true
	k, err := p.turn.Update(ctx, canned.KeyID, params)
	if err != nil {
		return key{}, err
	}
	return key{k.Created, k.Modified, k.Name, k.UID, ""}, nil
}

func (p cloudflarePeer) delete(ctx context.Context) (key, error) {
	var params calls.TURNDeleteParams
	params.AccountID.Value, params.AccountID.Present = canned.AccountID, true
	k, err := p.turn.Delete(ctx, canned.KeyID, params)
	if err != nil {
		return key{}, err
	}
	return key{k.Created, k.Modified, k.Name, k.UID, ""}, nil
}

func (p cloudflarePeer) list(ctx context.Context) (int, key, error) {
	var params calls.TURNListParams
	params.AccountID.Value, params.AccountID.Present = canned.AccountID, true
	page, err := p.turn.List(ctx, params)
	if err != nil {
		return 0, key{}, err
	}
	last := page.Result[len(page.Result)-1]
	return len(page.Result), key{last.Created, last.Modified, last.Name, last.UID, ""}, nil
}
