// Command interop tests a fake, which rejects the first call of each operation, with Cloudflare's own SDK.
// CLOUDFLARE_BASE_URL, CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID point to it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"strings"
)

var (
	secretPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
	uidPattern    = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

func main() {
	log.SetFlags(0)
	ctx := context.Background()
	c := newClient(os.Getenv("CLOUDFLARE_API_TOKEN"), 0) // retries would hide the rejections
	const none = "00000000000000000000000000000000"

	for _, operation := range operations(ctx, c, none) {
		checkRejected(operation, "rate-limited", "429", 10100)
	}
	for _, operation := range operations(ctx, newClient("too-short", 0), none) {
		checkRejected(operation, "malformed token", "400", 6003)
	}
	for _, operation := range operations(ctx, newClient("an-invalid-token-but-in-the-right-form-1", 0), none) {
		checkRejected(operation, "invalid token", "403", 10000)
	}

	created, err := c.create(ctx, "video calls")
	ok := secretPattern.MatchString(created.secret) && uidPattern.MatchString(created.uid) && created.name == "video calls"
	check("create", ok, err, created.uid)
	want := created
	want.secret = ""

	keys, err := c.list(ctx)
	checkEqual("list", keys, []key{want}, err)
	got, err := c.get(ctx, want.uid)
	checkEqual("get", got, want, err)
	got, err = c.edit(ctx, want.uid, "video calls, EU")
	want.name, want.modified = "video calls, EU", got.modified
	checkEqual("edit", got, want, err)
	got, err = c.delete(ctx, want.uid)
	checkEqual("delete", got, want, err)
	keys, err = c.list(ctx)
	checkEqual("list: none left", keys, []key{}, err)

	for _, operation := range operations(ctx, c, want.uid)[2:] { // the operations on one key
		checkRejected(operation, "not found", "404", 20008)
	}
	checkBugs(ctx, c)
}

// checkBugs checks the known bugs of the SDK. The fake's -check reports the requests that it should not have sent.
func checkBugs(ctx context.Context, c client) {
	for _, id := range []string{".", "../../x", "a/b?c"} {
		for _, operation := range operations(ctx, c, id)[2:] {
			checkRejected(operation, fmt.Sprintf("known bug: the id %q is invalid, so expected no request; it went to another URL", id), "404", 7003)
		}
	}
	err := loseResponse(ctx, "createTurnKey")
	check("the fake will lose a response", err == nil, err, nil)
	_, err = newClient(os.Getenv("CLOUDFLARE_API_TOKEN"), 2).create(ctx, "once")
	check("create: known bug: expected an error after a lost response; got none", err == nil, err, nil)
	keys, err := c.list(ctx)
	check("create: known bug: expected one key after a lost response; it retried and made two", len(keys) == 2, err, len(keys))
}

// loseResponse uses the fake's control endpoints.
func loseResponse(ctx context.Context, operationID string) error {
	url := strings.TrimSuffix(os.Getenv("CLOUDFLARE_BASE_URL"), "/client/v4") + "/fake/lose"
	body := strings.NewReader(`{"operation":"` + operationID + `","times":1}`)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusNoContent {
		return errors.New(response.Status)
	}
	return nil
}

// operation is one call, made when run.
type operation struct {
	name string
	run  func() error
}

func operations(ctx context.Context, c client, uid string) []operation {
	return []operation{
		{"create", func() error { _, err := c.create(ctx, "video calls"); return err }},
		{"list", func() error { _, err := c.list(ctx); return err }},
		{"get", func() error { _, err := c.get(ctx, uid); return err }},
		{"edit", func() error { _, err := c.edit(ctx, uid, "video calls"); return err }},
		{"delete", func() error { _, err := c.delete(ctx, uid); return err }},
	}
}

// checkRejected reads the error's text, since its type, like cloudflare.F, is in the large package.
func checkRejected(o operation, why, status string, code int) {
	err := o.run()
	ok := err != nil && strings.Contains(err.Error(), ": "+status+" ") && strings.Contains(err.Error(), fmt.Sprintf(`"code":%d,`, code))
	check(fmt.Sprintf("%s: %s, %s and code %d", o.name, why, status, code), ok, nil, err)
}

func checkEqual(what string, got, want any, err error) {
	check(what, reflect.DeepEqual(got, want), err, fmt.Sprintf("%v, want %v", got, want))
}

// check prints what was checked, and ends the program if it is not so.
func check(what string, ok bool, err error, got any) {
	switch {
	case err != nil:
		log.Fatalf("FAIL  %s: %v", what, err)
	case !ok:
		log.Fatalf("FAIL  %s: got %v", what, got)
	}
	fmt.Println("ok  " + what)
}
