// Command interop drives a fake, whose first call of each operation is refused, with Cloudflare's own SDK.
// CLOUDFLARE_BASE_URL, CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID say where it is.
package main

import (
	"context"
	"fmt"
	"log"
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
	c := newClient(os.Getenv("CLOUDFLARE_API_TOKEN"))
	const none = "00000000000000000000000000000000"

	for _, operation := range operations(ctx, c, none) {
		checkRefused(operation, "rate-limited", "429", 20402) // the fake's own code
	}
	for _, operation := range operations(ctx, newClient("another-token"), none) {
		checkRefused(operation, "bad token", "403", 10000)
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

	for _, operation := range operations(ctx, c, want.uid)[2:] { // those that name a key
		checkRefused(operation, "not found", "404", 20008)
	}
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

// checkRefused reads the error's text, since its type, like cloudflare.F, is in the large package.
func checkRefused(o operation, why, status string, code int) {
	err := o.run()
	ok := err != nil && strings.Contains(err.Error(), ": "+status+" ") && strings.Contains(err.Error(), fmt.Sprintf(`"code":%d,`, code))
	check(fmt.Sprintf("%s: %s, %s and code %d", o.name, why, status, code), ok, nil, err)
}

func checkEqual(what string, got, want any, err error) {
	check(what, reflect.DeepEqual(got, want), err, fmt.Sprintf("%v, want %v", got, want))
}

// check prints what was checked, and ends the program if it did not hold.
func check(what string, ok bool, err error, got any) {
	switch {
	case err != nil:
		log.Fatalf("FAIL  %s: %v", what, err)
	case !ok:
		log.Fatalf("FAIL  %s: got %v", what, got)
	}
	fmt.Println("ok  " + what)
}
