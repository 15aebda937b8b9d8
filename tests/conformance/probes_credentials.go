package conformance

import (
	"context"
	"encoding/base64"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

// credentials are what a request has in place of the token.
type credentials struct {
	words         string
	authorization []string
	query         string
	operations    []*contract.Operation
}

// invalidCredentials are those that are nearly right.
func invalidCredentials(token string) []credentials {
	few := []*contract.Operation{listTurnKeys, editTurnKey}
	basic := base64.StdEncoding.EncodeToString([]byte(token + ":" + token))
	all := []credentials{
		{words: "without a token", operations: operations},
		{words: "with an empty token", authorization: []string{"Bearer "}, operations: few},
		{words: "with the token as basic user and password", authorization: []string{"Basic " + basic}, operations: few},
		{words: "with the token under another scheme", authorization: []string{"Token " + token}, operations: few},
		{words: "with the token without a scheme", authorization: []string{token}, operations: few},
		{words: "with a token that is one character longer", authorization: []string{"Bearer " + token + "0"}, operations: operations},
		{words: "with the token in the query", query: "?access_token=" + token + "&api_token=" + token, operations: few},
	}
	if len(token) > 1 {
		all = append(all, credentials{words: "with a token that is one character shorter", authorization: []string{"Bearer " + token[:len(token)-1]}, operations: operations})
	}
	if other := otherCase(token); other != token {
		all = append(all, credentials{words: "with a token in the other case", authorization: []string{"Bearer " + other}, operations: operations})
	}
	return all
}

// probeCredentials tries every operation with invalid credentials.
func (r *run) probeCredentials(ctx context.Context) {
	k := r.keyToTry(ctx)
	for _, invalid := range invalidCredentials(r.main.token) {
		for _, o := range invalid.operations {
			if isOnKey(o) && !k.exists() {
				continue
			}
			c := r.main.call(o, target(o, k), invalid.words).nameIfNeeded(r.name + " " + invalid.words).expecting(unauthorized)
			c.authorization, c.path = invalid.authorization, c.path+invalid.query
			r.try(ctx, c)
		}
	}
	r.checkList(ctx, r.main, "after invalid credentials")
}
