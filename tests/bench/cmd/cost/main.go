// Command cost measures what each client costs the program that uses it: the size of the binary, what is linked into
// it, how long it takes to build with an empty cache, and its peak memory while it gets one key. It writes
// benchmark lines, which benchstat reads. Run it in tests/bench.
package main

import (
	"bytes"
	"debug/buildinfo"
	"flag"
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/bench/canned"
)

func main() {
	log.SetFlags(0)
	count := flag.Int("count", 2, "how often to measure each")
	flag.Parse()
	dir, err := os.MkdirTemp("", "turnkeys-cost")
	if err != nil {
		log.Fatal(err)
	}
	err = measureAll(dir, *count)
	_ = os.RemoveAll(dir)
	if err != nil {
		log.Fatal(err)
	}
}

func measureAll(dir string, count int) error {
	server := httptest.NewServer(canned.New(1))
	defer server.Close()
	environment := []string{"CLOUDFLARE_BASE_URL=" + server.URL + "/client/v4",
		"CLOUDFLARE_ACCOUNT_ID=" + canned.AccountID, "CLOUDFLARE_API_TOKEN=" + canned.APIToken}

	versions, err := run(nil, "go", "list", "-m", "github.com/cloudflare/cloudflare-go/v7", "github.com/oapi-codegen/runtime")
	if err != nil {
		return err
	}
	fmt.Printf("date: %s\n", time.Now().Format(time.DateOnly))
	fmt.Printf("versions: %s, %s\n", runtime.Version(), strings.ReplaceAll(versions, "\n", ", "))
	for range count {
		for _, peer := range []string{"hand", "turnkeys", "cloudflare-go", "generated"} {
			if err := measure(dir, peer, environment); err != nil {
				return fmt.Errorf("%s: %w", peer, err)
			}
		}
	}
	return nil
}

// measure writes the cost of one peer's consumer.
func measure(dir, peer string, environment []string) error {
	source := "./consumer/" + peer
	packages, err := run(nil, "go", "list", "-deps", source) // which also sees to it that the modules are present
	if err != nil {
		return err
	}
	cache, err := os.MkdirTemp(dir, "cache")
	if err != nil {
		return err
	}
	emptyCache := []string{"GOCACHE=" + cache}
	binary, stripped := filepath.Join(dir, peer), filepath.Join(dir, peer+"-stripped")
	start := time.Now()
	if _, err := run(emptyCache, "go", "build", "-trimpath", "-o", binary, source); err != nil {
		return err
	}
	build := time.Since(start)
	if _, err := run(emptyCache, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", stripped, source); err != nil {
		return err
	}
	if err := os.RemoveAll(cache); err != nil {
		return err
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return err
	}
	peak, err := run(environment, "go", "run", "./cmd/peak", binary, canned.KeyID)
	if err != nil {
		return err
	}
	// The client's own module does not count; hand-written code has none.
	fmt.Printf("BenchmarkConsumer/peer=%s 1 %d binary-B %d stripped-B %d packages %d modules %.2f build-sec %s peak-B\n",
		peer, size(binary), size(stripped), strings.Count(packages, "\n")+1, max(0, len(info.Deps)-1), build.Seconds(), peak)
	return nil
}

// run returns what a command writes to its standard output.
func run(environment []string, name string, args ...string) (string, error) {
	command := exec.Command(name, args...)
	command.Env = append(os.Environ(), environment...)
	command.Stderr = os.Stderr
	output, err := command.Output()
	return string(bytes.TrimSpace(output)), err
}

func size(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		log.Fatal(err)
	}
	return info.Size()
}
