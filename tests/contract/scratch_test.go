package contract_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

func TestScratchScan(t *testing.T) {
	re := regexp.MustCompile(`(?m)^\s*"?openapi"?:\s*["']?3\.0`)
	for _, root := range []string{"/root/go/pkg/mod/github.com/ogen-go/ogen@v1.24.0", "/root/go/pkg/mod/github.com/getkin/kin-openapi@v0.153.0", "/tmp/docs"} {
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil
			}
			switch filepath.Ext(path) {
			case ".yml", ".yaml", ".json":
			default:
				return nil
			}
			if info, _ := d.Info(); info.Size() > 2<<20 {
				return nil
			}
			data, _ := os.ReadFile(path)
			if !re.Match(data) {
				return nil
			}
			start := time.Now()
			func() {
				defer func() {
					if p := recover(); p != nil {
						fmt.Println("PANIC", path, p)
					}
				}()
				_, err = contract.Load(data)
			}()
			e := ""
			if err != nil {
				e = err.Error()
				if len(e) > 230 {
					e = e[:230]
				}
			}
			if time.Since(start) > time.Second {
				e += fmt.Sprint(" SLOW ", time.Since(start))
			}
			fmt.Println(path[len(root):], "=>", e)
			return nil
		})
	}
}
