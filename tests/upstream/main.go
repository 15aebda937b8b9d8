// Command upstream says where Cloudflare's own OpenAPI document differs from openapi.yaml in another way than
// tests/upstream.txt accepts. It runs in the root of the repository, and takes a file or an address.
package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: upstream FILE-OR-ADDRESS")
		os.Exit(2)
	}
	if err := run(os.Stdout, "openapi.yaml", "tests/upstream.txt", os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "upstream:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, oursPath, acceptedPath, upstream string) error {
	accepted, err := readAccepted(acceptedPath)
	if err != nil {
		return err
	}
	ours, err := load(oursPath)
	if err != nil {
		return err
	}
	theirs, err := load(upstream)
	if err != nil {
		return err
	}
	if missing := missingOperations(ours, theirs); len(missing) > 0 {
		return fmt.Errorf("%s has no %s", upstream, strings.Join(missing, ", no "))
	}
	differences, err := compare(ours, theirs)
	if err != nil {
		return err
	}

	unknown, gone := without(differences, accepted), without(accepted, differences)
	for _, difference := range unknown {
		_, _ = fmt.Fprintln(out, "new: ", difference)
	}
	for _, difference := range gone {
		_, _ = fmt.Fprintln(out, "gone:", difference)
	}
	if len(unknown)+len(gone) > 0 {
		return fmt.Errorf("new: %d, gone: %d; bring openapi.yaml or %s up to date", len(unknown), len(gone), acceptedPath)
	}
	_, err = fmt.Fprintf(out, "Cloudflare's document differs from openapi.yaml in %d ways, and %s accepts each\n",
		len(accepted), acceptedPath)
	return err
}

// readAccepted returns the lines of a file that are neither empty nor comments.
func readAccepted(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var accepted []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			accepted = append(accepted, line)
		}
	}
	return accepted, nil
}

func without(lines, others []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(others, line) })
}
