// Command turnkeys is the smallest program that gets a key through turnkeys.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	turnkeys "github.com/seed-e5e2407e/turnkeys/wrapper"
)

func main() {
	client, err := turnkeys.FromEnv()
	if err != nil {
		log.Fatal(err)
	}
	key, err := client.Get(context.Background(), os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(key.Name)
}
