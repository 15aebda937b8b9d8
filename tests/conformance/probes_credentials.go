package conformance

import (
	"context"
	"encoding/base64"
	"strings"
	"unicode"
)

// credentials are what a request bears in place of the token.
type credentials struct {
	words         string
	authorization []string
	query         string
	operations    []operation
}

// badCredentials are those that are nearly right.
func badCredentials(token string) []credentials {
	few := []operation{listTurnKeys, editTurnKey}
	all := []credentials{
		{words: "without a token"},
		{words: "with an empty token", authorization: []string{"Bearer "}, operations: few},
		{words: "with the token as basic user and password", authorization: []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(token+":"+token))}, operations: few},
		{words: "with the token under another scheme", authorization: []string{"Token " + token}, operations: few},
		{words: "with the token without a scheme", authorization: []string{token}, operations: few},
		{words: "with a token that is one character longer", authorization: []string{"Bearer " + token + "0"}},
		{words: "with the token in the query", query: "?access_token=" + token + "&api_token=" + token, operations: few},
	}
	if len(token) > 1 {
		all = append(all, credentials{words: "with a token that is one character shorter", authorization: []string{"Bearer " + token[:len(token)-1]}})
	}
	if other := otherCase(token); other != token {
		all = append(all, credentials{words: "with a token in the other case", authorization: []string{"Bearer " + other}})
	}
	for i := range all {
		if all[i].operations == nil {
			all[i].operations = operations
		}
	}
	return all
}

func otherCase(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsUpper(c) {
			return unicode.ToLower(c)
		}
		return unicode.ToUpper(c)
	}, text)
}

// probeCredentials tries every operation with each of the bad credentials.
func (r *run) probeCredentials(ctx context.Context) {
	k := r.newKey(ctx, r.main, "the key for bad credentials", r.name+" for bad credentials")
	for _, bad := range badCredentials(r.main.token) {
		for _, op := range bad.operations {
			if op.onKey && !k.exists() {
				continue
			}
			c := r.main.call(op, k.uid, bad.words).toFail()
			c.authorization, c.path = bad.authorization, c.path+bad.query
			if op.takesBody {
				c = c.withName(r.name + " " + bad.words)
			}
			r.ask(ctx, c, k, refusalFindings)
		}
	}
	r.checkList(ctx, r.main, "after bad credentials")
}
