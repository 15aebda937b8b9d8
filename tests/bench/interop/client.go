package main

import (
	"context"
	"os"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/calls"
	"github.com/cloudflare/cloudflare-go/v7/option"
)

// key is what the SDK's five types of response have in common, and the secret, which only create sends.
type key struct {
	created, modified time.Time
	name, uid, secret string
}

// client sets the fields of its parameters one by one: the function made for it, cloudflare.F, is in the package that
// links all of Cloudflare's products.
type client struct {
	turn      *calls.TURNService
	accountID string
}

func newClient(token string, retries int) client {
	return client{
		turn: calls.NewTURNService(
			option.WithBaseURL(os.Getenv("CLOUDFLARE_BASE_URL")+"/"),
			option.WithAPIToken(token),
			option.WithMaxRetries(retries)),
		accountID: os.Getenv("CLOUDFLARE_ACCOUNT_ID"),
	}
}

func (c client) create(ctx context.Context, name string) (key, error) {
	var params calls.TURNNewParams
	params.AccountID.Value, params.AccountID.Present = c.accountID, true
	params.Name.Value, params.Name.Present = name, true
	k, err := c.turn.New(ctx, params)
	if err != nil {
		return key{}, err
	}
	return key{k.Created, k.Modified, k.Name, k.UID, k.Key}, nil
}

func (c client) list(ctx context.Context) ([]key, error) {
	var params calls.TURNListParams
	params.AccountID.Value, params.AccountID.Present = c.accountID, true
	page, err := c.turn.List(ctx, params)
	if err != nil {
		return nil, err
	}
	keys := []key{}
	for _, k := range page.Result {
		keys = append(keys, key{k.Created, k.Modified, k.Name, k.UID, ""})
	}
	return keys, nil
}

func (c client) get(ctx context.Context, uid string) (key, error) {
	var params calls.TURNGetParams
	params.AccountID.Value, params.AccountID.Present = c.accountID, true
	k, err := c.turn.Get(ctx, uid, params)
	if err != nil {
		return key{}, err
	}
	return key{k.Created, k.Modified, k.Name, k.UID, ""}, nil
}

func (c client) edit(ctx context.Context, uid, name string) (key, error) {
	var params calls.TURNUpdateParams
	params.AccountID.Value, params.AccountID.Present = c.accountID, true
	params.Name.Value, params.Name.Present = name, true
	k, err := c.turn.Update(ctx, uid, params)
	if err != nil {
		return key{}, err
	}
	return key{k.Created, k.Modified, k.Name, k.UID, ""}, nil
}

func (c client) delete(ctx context.Context, uid string) (key, error) {
	var params calls.TURNDeleteParams
	params.AccountID.Value, params.AccountID.Present = c.accountID, true
	k, err := c.turn.Delete(ctx, uid, params)
	if err != nil {
		return key{}, err
	}
	return key{k.Created, k.Modified, k.Name, k.UID, ""}, nil
}
