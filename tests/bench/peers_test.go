package bench

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/calls"
	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/stretchr/testify/require"

	"github.com/seed-e5e2407e/turnkeys/generated"
	"github.com/seed-e5e2407e/turnkeys/tests/bench/bare"
	"github.com/seed-e5e2407e/turnkeys/tests/bench/canned"
	"github.com/seed-e5e2407e/turnkeys/tests/bench/hand"
	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

// peer is a client under measurement; what it returns is converted without an allocation.
type peer interface {
	create(ctx context.Context) (key, error)
	get(ctx context.Context) (key, error)
	edit(ctx context.Context) (key, error)
	delete(ctx context.Context) (key, error)
	list(ctx context.Context) (n int, last key, err error)
}

type key struct {
	created, modified time.Time
	name, uid, secret string
}

type namedPeer struct {
	name string
	peer
}

// newPeers returns the clients as their users would make them, with retries and checks as they come.
func newPeers(t testing.TB, httpClient *http.Client, baseURL string) []namedPeer {
	ours, err := turnkeys.New(canned.AccountID, canned.APIToken,
		turnkeys.WithHTTPClient(httpClient), turnkeys.WithBaseURL(baseURL))
	require.NoError(t, err)
	official := calls.NewTURNService(
		option.WithHTTPClient(httpClient), option.WithBaseURL(baseURL+"/"), option.WithAPIToken(canned.APIToken))
	client, err := bare.NewClientWithResponses(baseURL, generated.WithHTTPClient(httpClient),
		generated.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+canned.APIToken)
			return nil
		}))
	require.NoError(t, err)
	return []namedPeer{
		{"hand", handPeer{hand.New(httpClient, baseURL, canned.AccountID, canned.APIToken)}},
		{"turnkeys", turnkeysPeer{ours}},
		{"cloudflare-go", cloudflarePeer{official}},
		{"generated", generatedPeer{client}},
	}
}

type handPeer struct{ client *hand.Client }

func handKey(k hand.Key) key { return key{k.Created, k.Modified, k.Name, k.UID, ""} }

func (p handPeer) create(ctx context.Context) (key, error) {
	k, err := p.client.Create(ctx, canned.Name)
	return key{k.Created, k.Modified, k.Name, k.UID, k.Secret}, err
}

func (p handPeer) get(ctx context.Context) (key, error) {
	k, err := p.client.Get(ctx, canned.KeyID)
	return handKey(k), err
}

func (p handPeer) edit(ctx context.Context) (key, error) {
	k, err := p.client.Edit(ctx, canned.KeyID, canned.Name)
	return handKey(k), err
}

func (p handPeer) delete(ctx context.Context) (key, error) {
	k, err := p.client.Delete(ctx, canned.KeyID)
	return handKey(k), err
}

func (p handPeer) list(ctx context.Context) (int, key, error) {
	keys, err := p.client.List(ctx)
	if err != nil {
		return 0, key{}, err
	}
	return len(keys), handKey(keys[len(keys)-1]), nil
}

type turnkeysPeer struct{ client *turnkeys.Client }

func turnkeysKey(k turnkeys.Key) key { return key{k.Created, k.Modified, k.Name, k.UID, ""} }

func (p turnkeysPeer) create(ctx context.Context) (key, error) {
	k, err := p.client.Create(ctx, canned.Name)
	return key{k.Created, k.Modified, k.Name, k.UID, k.Secret.Reveal()}, err
}

func (p turnkeysPeer) get(ctx context.Context) (key, error) {
	k, err := p.client.Get(ctx, canned.KeyID)
	return turnkeysKey(k), err
}

func (p turnkeysPeer) edit(ctx context.Context) (key, error) {
	k, err := p.client.Edit(ctx, canned.KeyID, canned.Name)
	return turnkeysKey(k), err
}

func (p turnkeysPeer) delete(ctx context.Context) (key, error) {
	k, err := p.client.Delete(ctx, canned.KeyID)
	return turnkeysKey(k), err
}

func (p turnkeysPeer) list(ctx context.Context) (int, key, error) {
	keys, err := p.client.List(ctx)
	if err != nil {
		return 0, key{}, err
	}
	return len(keys), turnkeysKey(keys[len(keys)-1]), nil
}

// generatedPeer checks a response as its user has to: otherwise an undocumented one is a nil dereference.
type generatedPeer struct {
	client *bare.ClientWithResponses
}

var errUndocumented = errors.New("undocumented response")

func envelopeKey(envelope *generated.TurnKeyEnvelope) (key, error) {
	if envelope == nil {
		return key{}, errUndocumented
	}
	return turnkeysKey(envelope.Result), nil
}

func (p generatedPeer) create(ctx context.Context) (key, error) {
	name := canned.Name
	response, err := p.client.CreateTurnKeyWithResponse(ctx, canned.AccountID, generated.TurnKeyInput{Name: &name})
	if err != nil {
		return key{}, err
	}
	if response.JSON201 == nil {
		return key{}, errUndocumented
	}
	k := response.JSON201.Result
	return key{k.Created, k.Modified, k.Name, k.UID, k.Key}, nil
}

func (p generatedPeer) get(ctx context.Context) (key, error) {
	response, err := p.client.GetTurnKeyWithResponse(ctx, canned.AccountID, canned.KeyID)
	if err != nil {
		return key{}, err
	}
	return envelopeKey(response.JSON200)
}

func (p generatedPeer) edit(ctx context.Context) (key, error) {
	name := canned.Name
	response, err := p.client.EditTurnKeyWithResponse(ctx, canned.AccountID, canned.KeyID, generated.TurnKeyInput{Name: &name})
	if err != nil {
		return key{}, err
	}
	return envelopeKey(response.JSON200)
}

func (p generatedPeer) delete(ctx context.Context) (key, error) {
	response, err := p.client.DeleteTurnKeyWithResponse(ctx, canned.AccountID, canned.KeyID)
	if err != nil {
		return key{}, err
	}
	return envelopeKey(response.JSON200)
}

func (p generatedPeer) list(ctx context.Context) (int, key, error) {
	response, err := p.client.ListTurnKeysWithResponse(ctx, canned.AccountID)
	switch {
	case err != nil:
		return 0, key{}, err
	case response.JSON200 == nil:
		return 0, key{}, errUndocumented
	}
	keys := response.JSON200.Result
	return len(keys), turnkeysKey(keys[len(keys)-1]), nil
}
